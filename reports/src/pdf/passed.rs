//! Ceilings that a result has passed by more than chance over images explains: what bounds nothing must not be read as a bound.

use super::ceilings::{Asked, asked, of_members, value_of};
use super::numbers::upper;
use lab_score::record::{Condition, Record, ScoreRow};

/// A sentence on each ceiling that lies below what it should bound; none if none does.
pub(super) fn findings(record: &Record) -> Vec<String> {
    [decoder(record), generator(record)]
        .into_iter()
        .flatten()
        .collect()
}

fn decoder(record: &Record) -> Option<String> {
    let alone = |result: &ScoreRow| match record.members.len() {
        0 | 1 => Some(result.value),
        _ => of_members(record, result),
    };
    let listed = listed(record, &Condition::DecoderCeiling, "with noise", alone)?;
    Some(format!(
        "The decoder's ceiling bounds nothing in {listed}: one member made less of responses without noise than of those with noise. \
         It may have learned its training rows by heart, from which noise keeps it; what noise costs cannot be read from it."
    ))
}

fn generator(record: &Record) -> Option<String> {
    let result = |result: &ScoreRow| Some(result.value);
    let listed = listed(record, &Condition::Ceiling, "of the result", result)?;
    Some(format!(
        "{} bounds nothing in {listed}: what was found for the originals has a low loss, and this score asks for something else.",
        upper(&record.label(&Condition::Ceiling))
    ))
}

/// The scores in which the upper end of the ceiling's interval over images lies below `reached`, in words.
fn listed(
    record: &Record,
    ceiling: &Condition,
    beside: &str,
    reached: impl Fn(&ScoreRow) -> Option<f64>,
) -> Option<String> {
    let one = |(what, statistic, observer, direction): Asked| {
        let of = |condition: &Condition| record.score(condition, statistic, &observer, direction);
        let bound = of(ceiling)?;
        let value = reached(of(&record.result())?)?;
        let (_, high) = bound.image_interval?;
        let words = |value| value_of(statistic, value);
        (value > high).then(|| {
            let (bound, value) = (words(bound.value), words(value));
            format!("{what} by {observer} ({bound}, and {value} {beside})")
        })
    };
    let all: Vec<String> = asked(record).into_iter().filter_map(one).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::findings;
    use crate::example::example;
    use lab_score::record::{Condition, Record, Statistic};

    /// The example, whose ceiling in correlation of pixels is `value`, with its interval.
    fn with(ceiling: &Condition, value: f64, interval: Option<(f64, f64)>) -> Record {
        let (mut record, _) = example();
        let mut rows = record.scores.iter_mut();
        let row = rows.find(|row| {
            row.condition == *ceiling
                && row.statistic == Statistic::Similarity
                && row.observer == "pixel"
        });
        let row = row.unwrap();
        (row.value, row.image_interval) = (value, interval);
        record
    }

    #[test]
    fn a_ceiling_above_the_result_needs_no_sentence() {
        let (record, _) = example();
        assert!(findings(&record).is_empty(), "{:?}", findings(&record));
    }

    #[test]
    fn a_decoders_ceiling_below_the_members_bounds_nothing() {
        let ceiling = Condition::DecoderCeiling;
        let found = findings(&with(&ceiling, 0.01, Some((0.0, 0.02))));
        assert_eq!(found.len(), 1);
        let start = "The decoder's ceiling bounds nothing in similarity by pixel (0.010, and 0.";
        assert!(found[0].starts_with(start), "{found:?}");
        assert!(found[0].contains(" with noise): one member"), "{found:?}");
        // Within its interval a result may pass it, and without an interval nobody can say.
        assert!(findings(&with(&ceiling, 0.01, Some((0.0, 0.99)))).is_empty());
        assert!(findings(&with(&ceiling, 0.01, None)).is_empty());
        let mut unscored = with(&ceiling, 0.01, Some((0.0, 0.02)));
        unscored
            .scores
            .retain(|row| !matches!(row.condition, Condition::Member(_)));
        assert!(findings(&unscored).is_empty());
        unscored.members.truncate(1);
        assert_eq!(findings(&unscored).len(), 1);
    }

    #[test]
    fn what_a_search_found_may_lie_below_the_result_too() {
        let found = findings(&with(&Condition::Ceiling, 0.01, Some((0.0, 0.02))));
        assert_eq!(found.len(), 1);
        assert!(
            found[0].contains("bounds nothing in similarity by pixel (0.010, and 0."),
            "{found:?}"
        );
        assert!(
            found[0].contains(" of the result): what was found for the originals"),
            "{found:?}"
        );
    }
}
