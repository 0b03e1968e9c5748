//! Distances that were computed elsewhere, as rows of the table.

use super::NO_TIES;
use crate::draws::Draws;
use crate::finding::{Finding, PerImage, Who};
use crate::record::{Direction, Statistic};
use crate::{Distances, Scored};

/// The mean distance of one condition with its interval, and the distances of single images for paired differences.
pub(crate) fn by_distance(distances: &Distances, draws: &Draws) -> Scored {
    let who = Who {
        condition: &distances.condition,
        observer: &distances.observer,
        in_loss: false,
    };
    let finding = Finding {
        statistic: Statistic::Distance,
        direction: Direction::None,
        pool: format!(
            "each image with its own reconstruction; lower is better; {}",
            distances.how
        ),
        tie_rule: NO_TIES,
        chance: None,
        per_image: PerImage::Distances(distances.values.clone()),
        permutation: None,
        bound: false,
    };
    finding.scored(who, draws)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use lab_core::config::Scores;

    use crate::record::{Condition, DifferenceRow, IntervalMethod, ScoreRow, Statistic};
    use crate::{Candidates, Distances, Result, Rows, Scored, TestSet, score_with};

    const OBSERVER: &str = "lpips.alex";

    /// `n` images that are equal to the originals, and what somebody says of their distances.
    fn scored(n: usize, distances: &[(Condition, Vec<f64>)]) -> Result<Scored> {
        let value = |at: usize| ((at * at * 37 + at * 11) % 101) as f32 / 101.0 - 0.5;
        let images = Rows {
            n_columns: 64,
            values: (0..n * 64).map(value).collect(),
        };
        let test = TestSet {
            height: 8,
            width: 8,
            originals: images.clone(),
            classes: None,
            observers: Vec::new(),
            classifier: None,
        };
        let candidate = |condition| Candidates {
            condition,
            images: images.clone(),
            features: BTreeMap::new(),
            named_classes: None,
            thorough: true,
        };
        let candidates = [Condition::Given, Condition::MeanImage].map(candidate);
        let given = distances.iter().map(|(condition, values)| Distances {
            condition: condition.clone(),
            observer: OBSERVER.into(),
            how: "at 8 × 8 pixels".into(),
            values: values.clone(),
        });
        let given: Vec<Distances> = given.collect();
        score_with(&test, &candidates, &given, &Scores::default(), 1)
    }

    fn row<'a>(scored: &'a Scored, condition: &Condition) -> &'a ScoreRow {
        let mut rows = scored.scores.iter();
        let is =
            |row: &&ScoreRow| row.statistic == Statistic::Distance && row.condition == *condition;
        rows.find(is).unwrap()
    }

    fn difference<'a>(scored: &'a Scored, baseline: &Condition) -> &'a DifferenceRow {
        let mut rows = scored.differences.iter();
        let is = |row: &&DifferenceRow| {
            row.statistic == Statistic::Distance && row.baseline == *baseline
        };
        rows.find(is).unwrap()
    }

    fn ramp(n: usize, from: f64) -> Vec<f64> {
        (0..n).map(|image| from + image as f64 / 100.0).collect()
    }

    #[test]
    fn distances_are_rows_beside_similarities_and_are_compared_with_baselines() {
        let n = 20;
        let further = ramp(n, 0.6).into_iter().rev().collect();
        let found = scored(
            n,
            &[
                (Condition::Given, ramp(n, 0.2)),
                (Condition::MeanImage, further),
            ],
        );
        let found = found.unwrap();
        let own = row(&found, &Condition::Given);
        assert!((own.value - 0.295).abs() < 1e-12);
        assert!(
            own.pool.contains("lower is better; at 8 × 8 pixels"),
            "{}",
            own.pool
        );
        let (low, high) = own.image_interval.unwrap();
        assert!(low < own.value && own.value < high);
        assert_eq!(
            own.image_interval_method,
            Some(IntervalMethod::ImageBootstrap)
        );
        assert_eq!(
            (own.chance, own.p_permutation, own.wilson),
            (None, None, None)
        );
        assert!((found.headline["distance.lpips.alex"] - 0.295).abs() < 1e-12);
        assert!((found.headline["mean_image.distance.lpips.alex"] - 0.695).abs() < 1e-12);
        let difference = difference(&found, &Condition::MeanImage);
        assert!((difference.value + 0.4).abs() < 1e-12, "{difference:?}");
        assert!(difference.interval.unwrap().1 < 0.0);
        assert!(difference.p_sign_flip.unwrap() < 0.01);
        let mut images = found.image_scores.iter();
        let images = images.find(|row| row.statistic == Statistic::Distance);
        assert_eq!(images.unwrap().values, ramp(n, 0.2));
    }

    /// A distance has no largest value, so that Wilson's interval cannot be had.
    #[test]
    fn few_distances_have_students_interval_and_equal_ones_none() {
        let few = scored(5, &[(Condition::Given, ramp(5, 0.2))]).unwrap();
        let few = row(&few, &Condition::Given);
        assert_eq!(few.image_interval_method, Some(IntervalMethod::Student));
        // scipy.stats.t.interval(0.95, 4, 0.22, scipy.stats.sem([0.2, 0.21, 0.22, 0.23, 0.24]))
        let (low, high) = few.image_interval.unwrap();
        assert!((low - 0.200_367_568_385_224_43).abs() < 1e-9, "{low}");
        assert!((high - 0.239_632_431_614_775_56).abs() < 1e-9, "{high}");
        let equal = scored(20, &[(Condition::Given, vec![0.0; 20])]).unwrap();
        let equal = row(&equal, &Condition::Given);
        assert_eq!((equal.value, equal.image_interval), (0.0, None));
    }

    /// The choice among trivial cues or single subjects favours the baseline: it is the one with the smallest distance.
    #[test]
    fn the_best_of_several_is_the_nearest() {
        let of = |id: &str, from: f64| (Condition::Subject(id.into()), ramp(20, from));
        let all = [
            (Condition::Given, ramp(20, 0.2)),
            of("far", 0.9),
            of("near", 0.4),
            of("middle", 0.5),
        ];
        let found = scored(20, &all).unwrap();
        let best = difference(&found, &Condition::Subject("near".into()));
        assert_eq!(best.best_of, Some(3));
        assert!((best.value + 0.2).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_distance_is_refused() {
        let refused = |values: Vec<f64>| {
            let found = scored(20, &[(Condition::Given, values)]);
            found.err().unwrap().to_string()
        };
        let short = refused(ramp(19, 0.2));
        assert!(short.contains("lpips.alex of 'reconstructions'"), "{short}");
        assert!(short.contains("expected 20 images, got 19"), "{short}");
        for value in [f64::NAN, f64::INFINITY, -0.1] {
            let mut values = ramp(20, 0.2);
            values[3] = value;
            assert!(refused(values).contains("at least 0"));
        }
    }
}
