//! How little of a decoder does what the whole does: the narrowest bottleneck and the fewest members beside which the whole is
//! not shown to be better, image by image.

use super::differences::{points, signed};
use super::intervals::{made_by, share};
use super::numbers::percent;
use lab_score::record::{Against, Condition, Record, ScoreRow};

/// The narrowest bottleneck that is not shown to lose.
pub(super) fn bottleneck(record: &Record) -> Option<String> {
    let facts = record.information.as_ref()?;
    let whole = record.pairs(&record.result(), "pixel")?;
    let widths = facts.widths.iter();
    let parts = widths.map(|&width| (width, Condition::Bottleneck(width)));
    let part = smallest(record, parts)?;
    let random = record.pairs(&Condition::RandomBottleneck(part.size), "pixel");
    let beside = random.map_or(String::new(), |row| {
        format!(" As many random directions reach {}.", percent(row.value))
    });
    Some(format!(
        "With {} of {} dimensions between responses and latents, {} of pairs are told apart by pixels, with all of them {}: {}.{beside}",
        part.size,
        facts.rank,
        percent(part.score.value),
        share(whole),
        part.verdict
    ))
}

/// The fewest members that are not shown to lose.
pub(super) fn members(record: &Record) -> Option<String> {
    let whole = record.pairs(&record.result(), "pixel")?;
    let n_members = record.members.len();
    record.pairs(&Condition::FirstMembers(2), "pixel")?;
    let part = smallest(
        record,
        (1..n_members).map(|n| match n {
            1 => (1, Condition::Member(0)),
            n => (n, Condition::FirstMembers(n)),
        }),
    )?;
    let tell = match part.size {
        1 => "One member tells".to_owned(),
        n => format!("{n} members combined tell"),
    };
    Some(format!(
        "{tell} {} of pairs apart by pixels, all {n_members} combined {}: {}.",
        percent(part.score.value),
        share(whole),
        part.verdict
    ))
}

/// A part of the decoder, and how it stands beside the whole.
struct Part<'a> {
    size: usize,
    score: &'a ScoreRow,
    verdict: String,
}

/// The smallest part from which on the whole is not shown to be better; the largest, if it is shown to be better than all of
/// them, or if they were not compared. Parts come by size, those that have no score are passed over.
fn smallest(record: &Record, parts: impl Iterator<Item = (usize, Condition)>) -> Option<Part<'_>> {
    let scored = |(size, condition): (usize, Condition)| {
        let score = record.pairs(&condition, "pixel")?;
        let mut rows = record.part_differences.iter();
        let against = rows.find(|row| row.part == condition);
        Some((size, score, against.map(|row| &row.against)))
    };
    let parts: Vec<(usize, &ScoreRow, Option<&Against>)> = parts.filter_map(scored).collect();
    let is_less = |against: Option<&Against>| {
        let interval = against.and_then(|against| against.interval);
        interval.is_none_or(|(low, _)| low > 0.0)
    };
    let less = parts.iter().rposition(|(_, _, against)| is_less(*against));
    let place = less.map_or(0, |place| (place + 1).min(parts.len() - 1));
    let (size, score, against) = *parts.get(place)?;
    Some(Part {
        size,
        score,
        verdict: verdict(against),
    })
}

fn verdict(against: Option<&Against>) -> String {
    let compared = against.and_then(|against| Some((against, against.interval?)));
    let Some((against, interval)) = compared else {
        return "the two were not compared image by image".into();
    };
    let does = if interval.0 > 0.0 {
        "does"
    } else {
        "is not shown to do"
    };
    let by = made_by(against.interval_method).map_or(String::new(), |by| format!(" by {by}"));
    format!(
        "image by image the whole decoder {does} better ({} points, interval over images{by} {})",
        signed(100.0 * against.value),
        points(interval)
    )
}
