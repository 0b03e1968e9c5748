//! Intervals over images in words: how each was made, and what binomial figures do with ties.

use super::numbers::{interval, percent, three};
use lab_score::record::{IntervalMethod, Record, ScoreRow, Statistic};

/// The interval of a score over images, with the way it was made where that is no bootstrap.
pub(super) fn over_images(row: &ScoreRow) -> Option<String> {
    let bounds = over_images_of(row.statistic, row.image_interval)?;
    Some(match made_by(row.image_interval_method) {
        Some(method) => format!("interval over {} images by {method} {bounds}", row.n_images),
        None => format!("interval over images {bounds}"),
    })
}

/// An interval in the unit of its score.
pub(super) fn over_images_of(statistic: Statistic, bounds: Option<(f64, f64)>) -> Option<String> {
    let bounds = bounds?;
    Some(if statistic.is_share() {
        interval(bounds)
    } else {
        format!("{}–{}", three(bounds.0), three(bounds.1))
    })
}

/// A share with its interval, in a sentence.
pub(super) fn share(row: &ScoreRow) -> String {
    let bounds = over_images_of(row.statistic, row.image_interval);
    let bounds = bounds.map_or(String::new(), |bounds| format!(" ({bounds})"));
    format!("{}{bounds}", percent(row.value))
}

/// Whose formula an interval is, where it is no bootstrap.
pub(super) fn made_by(method: Option<IntervalMethod>) -> Option<&'static str> {
    match method? {
        IntervalMethod::ImageBootstrap => None,
        IntervalMethod::Wilson => Some("Wilson's formula"),
        IntervalMethod::ClopperPearson => Some("Clopper and Pearson's formula"),
        IntervalMethod::Student => Some("Student's formula"),
    }
}

/// What the methods must say of intervals and of ties, for the rows at hand.
pub(super) fn statistics(record: &Record) -> Vec<String> {
    let mut all = Vec::new();
    let by_formula = |method: Option<IntervalMethod>| method == Some(IntervalMethod::Wilson);
    let of_scores = record.scores.iter().map(|row| row.image_interval_method);
    let of_differences = record.differences.iter().map(|row| row.interval_method);
    let of_parts = record.part_differences.iter();
    let of_parts = of_parts.map(|row| row.against.interval_method);
    if of_scores
        .chain(of_differences)
        .chain(of_parts)
        .any(by_formula)
    {
        all.push(
            "Where images are fewer than 12 or all agree, a bootstrap over them would be too narrow or of no width. The interval \
             over images is then Wilson's, with the number of images as N and the mean score, on the way from its least to its \
             largest possible value, as the share of images that are right. A share of decisions or a similarity is no such count: \
             for these it is an approximation, and too wide."
                .into(),
        );
    }
    if record
        .scores
        .iter()
        .any(|row| row.statistic == Statistic::ClassAccuracy)
    {
        all.push(
            "Classes: the classifier is asked for the likeliest of the data's classes, whatever else it knows. Chance is the share \
             that the same names would reach if they were dealt out to images at random."
                .into(),
        );
    }
    let has_half = |row: &ScoreRow| {
        row.statistic != Statistic::TopOne
            && row.p_binomial.is_some()
            && row.n_correct.is_some_and(|n| n.fract() > 0.0)
    };
    if record.scores.iter().any(has_half) {
        all.push(
            "Right decisions are counted exactly, a tie as one half. Where a sum ends in a half, the binomial p is that of the whole \
             number below it, which makes it larger: the test is conservative there."
                .into(),
        );
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{over_images, statistics};
    use crate::example::example;
    use lab_score::record::{IntervalMethod, Record, Statistic};

    fn record(method: Option<IntervalMethod>) -> Record {
        let (mut record, _) = example();
        for row in &mut record.scores {
            row.image_interval_method = method;
        }
        record.differences.clear();
        record
    }

    #[test]
    fn an_interval_names_its_formula_where_it_is_no_bootstrap() {
        let words = |method, statistic| {
            let record = record(method);
            let mut rows = record.scores.into_iter();
            let mut row = rows.find(|row| row.statistic == statistic).unwrap();
            row.image_interval = Some((0.25, 0.5));
            over_images(&row)
        };
        let overall = Statistic::ObserverOverall;
        let drawn = Some(IntervalMethod::ImageBootstrap);
        let found = [
            words(drawn, overall),
            words(None, overall),
            words(Some(IntervalMethod::Wilson), overall),
            words(drawn, Statistic::Similarity),
        ];
        let expected = [
            "interval over images 25.0–50.0 %",
            "interval over images 25.0–50.0 %",
            "interval over 36 images by Wilson's formula 25.0–50.0 %",
            "interval over images 0.250–0.500",
        ];
        assert_eq!(found, expected.map(|words| Some(words.to_owned())));
    }

    #[test]
    fn the_approximation_is_told_where_it_is_used() {
        let told = |method| {
            let words = statistics(&record(method)).join(" ");
            words.contains("fewer than 12")
        };
        assert!(told(Some(IntervalMethod::Wilson)));
        assert!(!told(Some(IntervalMethod::ImageBootstrap)));
        assert!(!told(None));
    }

    #[test]
    fn chance_of_classes_is_told_where_there_are_any() {
        let mut record = record(None);
        let told = |record: &Record| statistics(record).join(" ").contains("dealt out");
        assert!(told(&record));
        record
            .scores
            .retain(|row| row.statistic != Statistic::ClassAccuracy);
        assert!(!told(&record));
    }

    #[test]
    fn halves_are_told_where_there_are_any() {
        let told = |n_correct: f64| {
            let mut record = record(None);
            for row in &mut record.scores {
                row.n_correct = row.n_correct.map(|_| n_correct);
            }
            statistics(&record).join(" ").contains("conservative")
        };
        assert!(told(10.5) && !told(10.0));
    }
}
