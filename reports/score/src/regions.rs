//! Which region of interest tells more: every pair of them, image by image.

use super::differences::{Judged, against};
use super::draws::Draws;
use super::family::holm;
use crate::record::{Condition, RegionDifferenceRow};

/// The regions in the shares of pairs that they tell apart by pixels, an original against all other reconstructions: of each
/// pair the one with the larger share minus the other, with p-values corrected for the number of pairs (Holm).
///
/// The rows stand in the order of the shares, the largest first. One region, or none, has no pair.
pub(super) fn differences(judged: &[Judged], draws: &Draws) -> Vec<RegionDifferenceRow> {
    let mut regions: Vec<(&str, &Judged)> = judged.iter().filter_map(region).collect();
    regions
        .sort_by(|(one, a), (other, b)| b.mean().total_cmp(&a.mean()).then_with(|| one.cmp(other)));
    let mut rows = Vec::new();
    for (place, better) in regions.iter().enumerate() {
        let worse = &regions[place + 1..];
        rows.extend(worse.iter().map(|other| row(*better, *other, draws)));
    }
    let p: Option<Vec<f64>> = rows.iter().map(|row| row.against.p_sign_flip).collect();
    for (row, p_holm) in rows.iter_mut().zip(p.iter().flat_map(|p| holm(p))) {
        row.against.p_holm = Some(p_holm);
    }
    rows
}

fn region(judged: &Judged) -> Option<(&str, &Judged)> {
    match &judged.condition {
        Condition::Region(name) if judged.is_pairs_by_pixels() => Some((name, judged)),
        _ => None,
    }
}

fn row(
    (region, own): (&str, &Judged),
    (name, other): (&str, &Judged),
    draws: &Draws,
) -> RegionDifferenceRow {
    RegionDifferenceRow {
        region: region.to_owned(),
        other: name.to_owned(),
        against: against(own, other, draws),
        n_sign_flips: draws.sign_flips.len(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::differences;
    use crate::differences::Judged;
    use crate::draws::Draws;
    use crate::family::holm;
    use crate::record::{Condition, Direction, Statistic};
    use lab_core::config::Scores;

    fn judged(name: &str, observer: &str, values: &[f64]) -> Judged {
        Judged {
            condition: Condition::Region(name.into()),
            statistic: Statistic::PairwiseIdentification,
            observer: observer.into(),
            in_loss: false,
            direction: Direction::OriginalToReconstructions,
            values: values.to_vec(),
            range: Some((0.0, 1.0)),
        }
    }

    /// Fourteen shares that rise in steps, moved by `more`.
    fn shares(more: f64) -> Vec<f64> {
        (0..14)
            .map(|at| 0.3 + 0.02 * f64::from(at) + more)
            .collect()
    }

    #[test]
    fn each_pair_stands_once_with_the_better_region_first() {
        let params = Scores {
            n_permutations: 20_000,
            ..Scores::default()
        };
        let draws = Draws::new(14, None, &params, 1);
        let mut mixed = shares(-0.001);
        mixed.reverse();
        let all = [
            judged("V1", "pixel", &shares(0.0)),
            judged("V2", "pixel", &shares(0.1)),
            judged("V3", "pixel", &mixed),
            judged("V2", "gabor.energy", &shares(0.4)),
        ];
        let rows = differences(&all, &draws);
        let pairs: Vec<(&str, &str)> = rows
            .iter()
            .map(|row| (row.region.as_str(), row.other.as_str()))
            .collect();
        assert_eq!(pairs, [("V2", "V1"), ("V2", "V3"), ("V1", "V3")]);
        let by_pair: BTreeMap<_, _> = pairs.iter().copied().zip(&rows).collect();
        // Fourteen differences of one sign: of all 2^14 signs, two are as extreme.
        let sure = &by_pair[&("V2", "V1")].against;
        assert!((sure.value - 0.1).abs() < 1e-12, "{sure:?}");
        assert!((sure.p_sign_flip_ties_whole.unwrap() - 2.0 / 16_384.0).abs() < 1e-12);
        let alike = &by_pair[&("V1", "V3")].against;
        assert!((alike.value - 0.001).abs() < 1e-12, "{alike:?}");
        assert!(alike.p_sign_flip_ties_whole.unwrap() > 0.9, "{alike:?}");
        let p: Vec<f64> = rows
            .iter()
            .map(|row| row.against.p_sign_flip.unwrap())
            .collect();
        let adjusted: Vec<f64> = rows.iter().map(|row| row.against.p_holm.unwrap()).collect();
        assert_eq!(adjusted, holm(&p));
        assert!(differences(&all[..1], &draws).is_empty());
    }

    #[test]
    fn without_signs_nothing_is_tested() {
        let params = Scores {
            n_permutations: 0,
            ..Scores::default()
        };
        let draws = Draws::new(14, None, &params, 1);
        let both = [
            judged("V1", "pixel", &shares(0.0)),
            judged("V2", "pixel", &shares(0.1)),
        ];
        let rows = differences(&both, &draws);
        assert_eq!((rows.len(), rows[0].against.p_holm), (1, None));
    }
}
