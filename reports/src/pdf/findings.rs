//! What a reader should take home, in sentences that hold for these numbers and no others.

use super::numbers::{p_value, percent};
use super::scores::{find, independent_observers};
use super::{differences, intervals};
use lab_score::record::{Condition, Direction, Record, ScoreRow, Statistic};

/// Below this p the report speaks of a score above chance.
const ALPHA: f64 = 0.05;
const TASK: Direction = Direction::OriginalToReconstructions;

/// The findings, most important first.
pub(super) fn findings(record: &Record) -> Vec<String> {
    let observers = independent_observers(record);
    let mut all = Vec::new();
    all.extend(pixel(record));
    all.extend(
        observers
            .iter()
            .filter_map(|observer| network(record, observer)),
    );
    all.extend(classes(record));
    all.extend(same_class(record));
    all.extend(ceiling(record));
    all.extend(baselines(record));
    all.extend(differences::findings(record));
    all
}

fn overall<'a>(record: &'a Record, condition: &Condition, observer: &str) -> Option<&'a ScoreRow> {
    find(
        record,
        condition,
        Statistic::ObserverOverall,
        observer,
        TASK,
    )
}

fn pixel(record: &Record) -> Option<String> {
    let row = overall(record, &Condition::Decoder, "pixel")?;
    let verdict = match row.p_permutation {
        Some(p) if p >= ALPHA => " This is not distinguishable from guessing.",
        _ => "",
    };
    Some(format!(
        "Shown an original, its reconstruction and that of another image, an observer that compares pixels chose right in {} of {} \
         decisions{}.{verdict}",
        percent(row.value),
        row.n_decisions.unwrap_or(row.n_images),
        certainty(row),
    ))
}

fn network(record: &Record, observer: &str) -> Option<String> {
    let row = overall(record, &Condition::Decoder, observer)?;
    Some(format!(
        "An observer that compares by {observer}, which the loss did not use, chose right in {}{}.",
        percent(row.value),
        certainty(row)
    ))
}

/// Chance, interval and p, in brackets.
fn certainty(row: &ScoreRow) -> String {
    let mut parts = Vec::new();
    parts.extend(
        row.chance
            .map(|chance| format!("chance {}", percent(chance))),
    );
    parts.extend(intervals::over_images(row));
    parts.extend(
        row.p_permutation
            .map(|p| format!("{} by permutation", p_value(p))),
    );
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join("; "))
    }
}

fn classes(record: &Record) -> Option<String> {
    let accuracy = |condition: &Condition| {
        record
            .scores
            .iter()
            .find(|row| row.statistic == Statistic::ClassAccuracy && row.condition == *condition)
    };
    let decoder = accuracy(&Condition::Decoder)?;
    let beside = [
        (
            Condition::Ceiling,
            "of the best images that the generator can make",
        ),
        (
            Condition::RidgeToPixels,
            "of the images of ridge regression",
        ),
        (Condition::Originals, "of the originals"),
    ];
    let beside: Vec<String> = beside
        .into_iter()
        .filter_map(|(condition, whose)| {
            accuracy(&condition).map(|row| format!("{} {whose}", percent(row.value)))
        })
        .collect();
    let beside = if beside.is_empty() {
        String::new()
    } else {
        format!(" It names that of {}.", beside.join(", "))
    };
    Some(format!(
        "The independent classifier {} names the class of {} of the reconstructions{}.{beside}",
        decoder.observer,
        percent(decoder.value),
        certainty(decoder),
    ))
}

fn same_class(record: &Record) -> Option<String> {
    let row = find(
        record,
        &Condition::Decoder,
        Statistic::SameClassIdentification,
        "pixel",
        TASK,
    )?;
    let meaning = match row.p_permutation {
        Some(p) if p < ALPHA => "reconstructions show more than the class of an image",
        _ => "nothing is shown beyond the class of an image",
    };
    Some(format!(
        "Among images of one class, {} of pairs are told apart by pixels{}: {meaning}.",
        percent(row.value),
        certainty(row)
    ))
}

fn ceiling(record: &Record) -> Option<String> {
    let row = overall(record, &Condition::Ceiling, "pixel")?;
    Some(format!(
        "The generator's ceiling, its best image for each test image, is chosen right in {} of the same decisions: a better decoder \
         could not pass it, only a better generator.",
        percent(row.value)
    ))
}

fn baselines(record: &Record) -> Option<String> {
    let all = [
        Condition::RidgeToPixels,
        Condition::NoAlignment,
        Condition::Shuffled,
        Condition::MeanImage,
    ];
    let parts: Vec<String> = all
        .iter()
        .filter_map(|condition| {
            overall(record, condition, "pixel")
                .map(|row| format!("{} {}", condition.label(), percent(row.value)))
        })
        .collect();
    (!parts.is_empty()).then(|| format!("Baselines in the same decisions: {}.", parts.join("; ")))
}
