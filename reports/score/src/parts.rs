//! Parts of a decoder against the whole: its predictions through a bottleneck, and the first members of its ensemble.

use super::differences::{Judged, against};
use super::draws::Draws;
use crate::record::PartDifferenceRow;

/// The result minus each part of it, image by image, in the shares of pairs that they tell apart by pixels, an original against
/// all other reconstructions. The rows stand in the order of the conditions.
pub(super) fn differences(judged: &[Judged], draws: &Draws) -> Vec<PartDifferenceRow> {
    let by_pairs = || judged.iter().filter(|judged| judged.is_pairs_by_pixels());
    let Some(whole) = by_pairs().find(|judged| judged.condition.is_result()) else {
        return Vec::new();
    };
    let row = |part: &Judged| PartDifferenceRow {
        part: part.condition.clone(),
        against: against(whole, part, draws),
        n_sign_flips: draws.sign_flips.len(),
    };
    by_pairs()
        .filter(|judged| judged.condition.is_part())
        .map(row)
        .collect()
}

#[cfg(test)]
mod tests {
    use lab_core::config::Scores;

    use super::differences;
    use crate::differences::Judged;
    use crate::draws::Draws;
    use crate::record::{Condition, Direction, IntervalMethod, Statistic};

    fn judged(condition: Condition, observer: &str, less: f64) -> Judged {
        Judged {
            condition,
            statistic: Statistic::PairwiseIdentification,
            observer: observer.into(),
            in_loss: false,
            direction: Direction::OriginalToReconstructions,
            // What is less differs from image to image, by a hundredth of it for each.
            values: (0..14)
                .map(f64::from)
                .map(|at| 0.6 + 0.02 * at - less * (1.0 + 0.01 * (at - 6.5)))
                .collect(),
            range: Some((0.0, 1.0)),
        }
    }

    #[test]
    fn each_part_is_taken_from_the_whole() {
        let params = Scores {
            n_permutations: 20_000,
            ..Scores::default()
        };
        let draws = Draws::new(14, None, &params, 1);
        let all = [
            judged(Condition::Bottleneck(2), "pixel", 0.1),
            judged(Condition::RandomBottleneck(2), "pixel", 0.2),
            judged(Condition::Decoder, "gabor.energy", 0.3),
            judged(Condition::Decoder, "pixel", 0.0),
            judged(Condition::Member(0), "pixel", 0.05),
            judged(Condition::Member(1), "pixel", 0.05),
            judged(Condition::FirstMembers(2), "gabor.energy", 0.05),
            judged(Condition::FirstMembers(2), "pixel", 0.0),
        ];
        let rows = differences(&all, &draws);
        let parts: Vec<&Condition> = rows.iter().map(|row| &row.part).collect();
        assert_eq!(
            parts,
            [
                &Condition::Bottleneck(2),
                &Condition::Member(0),
                &Condition::FirstMembers(2)
            ]
        );
        let values: Vec<f64> = rows.iter().map(|row| row.against.value).collect();
        for (value, expected) in values.iter().zip([0.1, 0.05, 0.0]) {
            assert!((value - expected).abs() < 1e-12, "{values:?}");
        }
        // Fourteen differences of one sign: of all 2^14 signs, two are as extreme.
        let p = rows[0].against.p_sign_flip_ties_whole.unwrap();
        assert!((p - 2.0 / 16_384.0).abs() < 1e-12, "{p}");
        let of_member = &rows[1].against;
        let (low, high) = of_member.interval.unwrap();
        assert!(
            0.0485 < low && low < 0.05 && 0.05 < high && high < 0.0515,
            "{low} {high}"
        );
        let methods: Vec<_> = rows.iter().map(|row| row.against.interval_method).collect();
        // Where all images agree a bootstrap has no width.
        let [bootstrap, wilson] = [IntervalMethod::ImageBootstrap, IntervalMethod::Wilson];
        assert_eq!(methods, [Some(bootstrap), Some(bootstrap), Some(wilson)]);
        assert!(differences(&all[..2], &draws).is_empty());
    }
}
