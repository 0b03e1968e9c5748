//! Score tables: headline figures by condition, and every row with its terms.

use serde::Serialize;

use super::numbers::{DASH, interval, p_figure, percent, three};
use lab_score::record::{Condition, Direction, Record, ScoreRow, Statistic};

/// Heading of the column of distances.
pub(super) const LPIPS: &str = "LPIPS (lower is better)";

/// A table ready to be set; the first column is text, the others are figures.
#[derive(Debug, Clone, Serialize, Default)]
pub struct Table {
    /// Headings of the columns.
    pub columns: Vec<String>,
    /// Cells of each row, as many as there are headings.
    pub rows: Vec<Vec<String>>,
}

/// One column of the headline table.
struct Column {
    title: String,
    statistic: Statistic,
    observer: String,
    direction: Direction,
}

/// The deepest layer of each network that the loss did not use.
pub(super) fn independent_observers(record: &Record) -> Vec<String> {
    lab_score::family::independent_observers(&record.scores)
}

/// Headline scores by condition: the result, ceiling, then baselines.
pub(super) fn headline(record: &Record) -> Table {
    let conditions = [
        record.result(),
        Condition::Ceiling,
        Condition::DecoderCeiling,
        Condition::RidgeToPixels,
        Condition::NoAlignment,
        Condition::Shuffled,
        Condition::Prior,
        Condition::NearestTraining,
        Condition::RandomTraining,
        Condition::MeanImage,
        Condition::Originals,
    ];
    by_condition(record, &conditions, &columns(record))
}

/// The same for single subjects.
pub(super) fn subjects(record: &Record) -> Table {
    let ids = || {
        record
            .data
            .subjects
            .iter()
            .map(|subject| subject.id.clone())
    };
    let mut conditions = vec![Condition::RidgeToPixels];
    conditions.extend(ids().map(Condition::Subject));
    let by_decoder = ids().map(Condition::SubjectDecoder);
    let by_decoder = by_decoder.filter(|condition| {
        let mut scores = record.scores.iter();
        scores.any(|row| row.condition == *condition)
    });
    let by_decoder: Vec<Condition> = by_decoder.collect();
    if !by_decoder.is_empty() {
        conditions.push(record.result());
        conditions.extend(by_decoder);
    }
    let mut columns = columns(record);
    for column in &mut columns {
        if column.statistic == Statistic::ObserverOverall {
            column.statistic = Statistic::PairwiseIdentification;
            column.title = column.title.replace("2AFC", "pairs");
        }
    }
    columns.retain(|column| {
        column.statistic != Statistic::SameClassIdentification && column.observer != "ssim"
    });
    let mut table = by_condition(record, &conditions, &columns);
    for row in &mut table.rows {
        if row[0] == Condition::RidgeToPixels.label() {
            row[0] = "ridge to pixels, all subjects".into();
        }
        if row[0] == record.result().label() {
            row[0] = format!("{}, all subjects", row[0]);
        }
    }
    table
}

fn columns(record: &Record) -> Vec<Column> {
    let column = |title: &str, statistic, observer: &str, direction| Column {
        title: title.into(),
        statistic,
        observer: observer.into(),
        direction,
    };
    let task = Direction::OriginalToReconstructions;
    let mut columns = vec![column(
        "2AFC, pixels",
        Statistic::ObserverOverall,
        "pixel",
        task,
    )];
    for observer in independent_observers(record) {
        columns.push(column(
            &format!("2AFC, {observer}"),
            Statistic::ObserverOverall,
            &observer,
            task,
        ));
    }
    columns.push(column(
        "pairs of one class, pixels",
        Statistic::SameClassIdentification,
        "pixel",
        task,
    ));
    if let Some(row) = record
        .scores
        .iter()
        .find(|row| row.statistic == Statistic::ClassAccuracy)
    {
        columns.push(column(
            &format!("class, {}", row.observer),
            Statistic::ClassAccuracy,
            &row.observer,
            Direction::None,
        ));
    }
    columns.push(column(
        "correlation of pixels",
        Statistic::Similarity,
        "pixel",
        Direction::None,
    ));
    columns.push(column(
        "SSIM",
        Statistic::Similarity,
        "ssim",
        Direction::None,
    ));
    if let Some(row) = distance(record) {
        columns.push(column(
            LPIPS,
            Statistic::Distance,
            &row.observer,
            Direction::None,
        ));
    }
    columns
}

/// The distance of the result from the originals, if it was computed.
pub(super) fn distance(record: &Record) -> Option<&ScoreRow> {
    let mut rows = record.scores.iter();
    rows.find(|row| row.statistic == Statistic::Distance)
}

fn by_condition(record: &Record, conditions: &[Condition], columns: &[Column]) -> Table {
    let mut table = Table {
        columns: vec!["whose images".into()],
        rows: Vec::new(),
    };
    table
        .columns
        .extend(columns.iter().map(|column| column.title.clone()));
    for condition in conditions {
        let cells: Vec<Option<&ScoreRow>> = columns
            .iter()
            .map(|column| {
                record.score(
                    condition,
                    column.statistic,
                    &column.observer,
                    column.direction,
                )
            })
            .collect();
        if cells.iter().any(Option::is_some) {
            let mut row = vec![record.label(condition)];
            row.extend(
                cells
                    .into_iter()
                    .map(|cell| cell.map_or(DASH.into(), figure)),
            );
            table.rows.push(row);
        }
    }
    table
}

fn figure(row: &ScoreRow) -> String {
    if row.statistic.is_share() {
        percent(row.value)
    } else {
        three(row.value)
    }
}

/// Every score of one condition, with its direction, pool, tie rule and N.
pub(super) fn all(record: &Record, condition: &Condition) -> Table {
    let columns = [
        "statistic",
        "compared by",
        "direction",
        "pool",
        "ties",
        "N",
        "value",
        "interval over images",
        "Wilson",
        "Clopper–Pearson",
        "p, permuted",
        "p, binomial",
    ];
    let rows = record
        .scores
        .iter()
        .filter(|row| row.condition == *condition);
    Table {
        columns: columns.map(String::from).to_vec(),
        rows: rows.map(full_row).collect(),
    }
}

fn full_row(row: &ScoreRow) -> Vec<String> {
    let marked = if row.in_loss {
        format!("{} (in the loss)", row.observer)
    } else {
        row.observer.clone()
    };
    let n = match row.n_decisions {
        Some(n_decisions) => format!("{n_decisions} of {} images", row.n_images),
        None => format!("{} images", row.n_images),
    };
    let shown = |bounds: Option<(f64, f64)>| match bounds {
        Some((low, high)) if !row.statistic.is_share() => {
            format!("{}–{}", three(low), three(high))
        }
        Some(bounds) => interval(bounds),
        None => DASH.into(),
    };
    vec![
        statistic(row.statistic).into(),
        marked,
        direction(row.direction).into(),
        row.pool.clone(),
        row.tie_rule.clone(),
        n,
        figure(row),
        shown(row.image_interval),
        shown(row.wilson),
        shown(row.clopper_pearson),
        permuted(row.p_permutation, row.p_permutation_ties_whole),
        row.p_binomial.map_or(DASH.into(), p_figure),
    ]
}

/// p with the place among ties drawn by lot, and in brackets with all ties counted, where that is another figure.
pub(super) fn permuted(p: Option<f64>, ties_whole: Option<f64>) -> String {
    let Some(found) = p.map(p_figure) else {
        return DASH.into();
    };
    match ties_whole.map(p_figure).filter(|whole| *whole != found) {
        Some(whole) => format!("{found} ({whole})"),
        None => found,
    }
}

fn statistic(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::PairwiseIdentification => "pairs",
        Statistic::SameClassIdentification => "pairs of one class",
        Statistic::FiveWay => "first of 5",
        Statistic::TenWay => "first of 10",
        Statistic::TopOne => "first of all",
        Statistic::ObserverOverall => "2AFC, all decisions",
        Statistic::ObserverMajority => "2AFC, majority an image",
        Statistic::ClassAccuracy => "class named",
        Statistic::Similarity => "similarity",
        Statistic::Distance => "distance (lower is better)",
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::OriginalToReconstructions => "original to reconstructions",
        Direction::ReconstructionToOriginals => "reconstruction to originals",
        Direction::None => DASH,
    }
}
