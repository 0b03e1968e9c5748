//! The decoder against each baseline, image by image: the tables, and what methods must say.

use super::numbers::{DASH, p_figure};
use super::scores::{Table, permuted};
use lab_score::family::independent_observers;
use lab_score::record::{Alternative, Condition, DifferenceRow, Record, Statistic, TestRow};

/// Below this p, corrected for the number of tests, the report speaks of a difference.
pub(super) const ALPHA: f64 = 0.05;

/// The test of a difference in the headline family.
pub(super) fn test_of<'a>(record: &'a Record, row: &DifferenceRow) -> Option<&'a TestRow> {
    let figure = lab_score::headline::difference_name(row);
    let mut tests = record.headline_tests.iter();
    tests.find(|test| test.figure == figure)
}

pub(super) fn label(record: &Record, row: &DifferenceRow) -> String {
    match (&row.baseline, row.best_of) {
        (Condition::Subject(id), Some(n)) if n > 1 => {
            format!("ridge to pixels from {id} alone, the best of {n} single subjects by ridge")
        }
        (Condition::Cue(_), Some(n)) if n > 1 => {
            format!("{}, the best of {n} trivial cues", row.baseline.label())
        }
        (Condition::NearestTraining, _) => format!("the {}", row.baseline.label()),
        (other, _) => record.label(other),
    }
}

/// Whether the table has room for a difference: by all observers against what knows responses, images or cues, and by pixels
/// and in classes against what knows nothing of the image.
fn is_shown(row: &DifferenceRow, independent: &[String]) -> bool {
    let blind = matches!(
        row.baseline,
        Condition::Shuffled | Condition::Prior | Condition::MeanImage
    );
    let by_pixels = row.observer == "pixel";
    match row.statistic {
        Statistic::ObserverOverall => by_pixels || (!blind && independent.contains(&row.observer)),
        Statistic::PairwiseIdentification | Statistic::SameClassIdentification => {
            by_pixels && !blind && !matches!(row.baseline, Condition::Cue(_))
        }
        Statistic::Similarity => by_pixels || !blind,
        _ => true,
    }
}

/// Differences in right decisions, pairs, classes and similarities, with their tests.
pub(super) fn table(record: &Record) -> Table {
    let independent = independent_observers(&record.scores);
    let shown = |row: &&DifferenceRow| is_shown(row, &independent);
    let whose = match record.result() {
        Condition::Given => "reconstructions",
        _ => "decoder",
    };
    let columns = [
        "baseline",
        "score",
        "compared by",
        "images",
        whose,
        "difference",
        "interval over images",
        "p, random signs",
        "p, Holm",
    ];
    Table {
        columns: columns.map(String::from).to_vec(),
        rows: record
            .differences
            .iter()
            .filter(shown)
            .map(|row| table_row(record, row))
            .collect(),
    }
}

fn table_row(record: &Record, row: &DifferenceRow) -> Vec<String> {
    let statistic = statistic_name(row.statistic);
    let is_share = row.statistic.is_share();
    let figure = |value: f64| {
        if is_share {
            format!("{:.1} %", 100.0 * value)
        } else {
            format!("{value:.3}").replace('-', "−")
        }
    };
    let difference = if is_share {
        signed(100.0 * row.value)
    } else {
        signed_three(row.value)
    };
    let interval = row.interval.map(|(low, high)| {
        if is_share {
            points((low, high))
        } else {
            format!("{} to {}", signed_three(low), signed_three(high))
        }
    });
    vec![
        label(record, row),
        statistic.into(),
        row.observer.clone(),
        row.n_images.to_string(),
        figure(row.decoder),
        difference,
        interval.unwrap_or(DASH.into()),
        permuted(row.p_sign_flip, row.p_sign_flip_ties_whole),
        test_of(record, row).map_or(DASH.into(), |test| p_figure(test.p_holm)),
    ]
}

/// A score in a word or two.
pub(super) fn statistic_name(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::ObserverOverall => "2AFC",
        Statistic::ObserverMajority => "2AFC, majority",
        Statistic::PairwiseIdentification => "pairs",
        Statistic::SameClassIdentification => "pairs of one class",
        Statistic::FiveWay => "first of 5",
        Statistic::TenWay => "first of 10",
        Statistic::TopOne => "first of all",
        Statistic::ClassAccuracy => "class named",
        Statistic::Similarity => "similarity",
        Statistic::Distance => "distance (lower is better)",
    }
}

/// The headline family: every figure with a p that the findings state.
pub(super) fn family(record: &Record) -> Table {
    let row = |test: &TestRow| {
        let asked = match test.alternative {
            Alternative::Greater => "larger than chance (one-sided)",
            Alternative::TwoSided => "other than zero (two-sided)",
        };
        vec![
            test.figure.clone(),
            asked.into(),
            p_figure(test.p),
            p_figure(test.p_holm),
        ]
    };
    let columns = ["figure", "is it …", "p", "p, Holm"];
    Table {
        columns: columns.map(String::from).to_vec(),
        rows: record.headline_tests.iter().map(row).collect(),
    }
}

/// What the methods must say of differences and of the family.
pub(super) fn statistics(record: &Record) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(row) = record
        .differences
        .iter()
        .find(|row| row.p_sign_flip.is_some())
    {
        let chosen = record
            .differences
            .iter()
            .any(|row| row.best_of.is_some_and(|n| n > 1));
        let chosen = if chosen {
            " The best single subject and the best trivial cue are chosen by the same score on the same images, which favours them."
        } else {
            ""
        };
        let whose = match record.result() {
            Condition::Given => "the reconstruction's",
            _ => "the decoder's",
        };
        all.push(format!(
            "Differences: the mean over images of {whose} score minus the baseline's for the same image, with a percentile \
             bootstrap over images. Their p is two-sided and gives each image's difference a random sign, {} times; ties are placed \
             by lot, as under permutation.{chosen} Where interval and p disagree, the p after Holm's correction decides: intervals are not \
             corrected for their number, a bootstrap over few images that differ is too narrow, and random signs of few such images take \
             few values.",
            row.n_sign_flips
        ));
    }
    if !record.headline_tests.is_empty() {
        all.push(format!(
            "Many tests: the findings state {} p-values. Holm's correction over these keeps the probability of one false claim or \
             more below the level at which the corrected p is read; all other p-values of this report are not corrected.",
            record.headline_tests.len()
        ));
    }
    all
}

/// `+3.1`, `−0.4`, `0.0`.
pub(super) fn signed(value: f64) -> String {
    with_sign(format!("{value:.1}"))
}

/// `+0.031`, `−0.004`, `0.000`.
pub(super) fn signed_three(value: f64) -> String {
    with_sign(format!("{value:.3}"))
}

fn with_sign(figure: String) -> String {
    if figure
        .trim_start_matches('-')
        .chars()
        .all(|digit| "0.".contains(digit))
    {
        figure.trim_start_matches('-').into()
    } else if figure.starts_with('-') {
        figure.replace('-', "−")
    } else {
        format!("+{figure}")
    }
}

/// Bounds in percentage points: `−1.2 to +3.4`.
pub(super) fn points((low, high): (f64, f64)) -> String {
    format!("{} to {}", signed(100.0 * low), signed(100.0 * high))
}

#[cfg(test)]
mod tests {
    use super::{family, signed, statistics, table};
    use crate::example::example;

    #[test]
    fn the_table_has_every_baseline() {
        let (record, _) = example();
        let rows = table(&record).rows;
        let n_similarities = rows.iter().filter(|row| row[1] == "similarity").count();
        assert_eq!((rows.len(), n_similarities), (25, 7), "a page holds 40");
        for statistic in ["pairs", "pairs of one class", "class named"] {
            let mut of_ridge = rows.iter().filter(|row| row[0] == "ridge to pixels");
            assert!(of_ridge.any(|row| row[1] == statistic), "{statistic}");
        }
        for baseline in [
            "shuffled responses",
            "mean training image",
            "ridge to pixels",
        ] {
            assert!(rows.iter().any(|row| row[0] == baseline), "{baseline}");
        }
        let tests = family(&record).rows;
        assert_eq!(tests.len(), record.headline_tests.len());
        let words = statistics(&record).join(" ");
        for part in [
            "a random sign, 200 times",
            "which favours them",
            "Holm's correction",
        ] {
            assert!(words.contains(part), "{words}");
        }
        assert!(words.contains(&format!("state {} p-values", tests.len())));
    }

    #[test]
    fn nothing_is_said_of_differences_that_are_not_there() {
        let (mut record, _) = example();
        record.differences.clear();
        record.headline_tests.clear();
        assert!(statistics(&record).is_empty());
        assert!(table(&record).rows.is_empty() && family(&record).rows.is_empty());
    }

    #[test]
    fn figures_have_their_sign() {
        let found = [3.12, -3.12, 0.0, -0.04, 0.04].map(signed);
        assert_eq!(found, ["+3.1", "−3.1", "0.0", "0.0", "0.0"]);
    }
}
