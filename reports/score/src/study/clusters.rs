//! The mean of decisions that share images, distractors and raters, with an error that holds what they share.
//!
//! ```text
//! V = Σ_S (−1)^(|S|+1) · c_S · Σ_g (Σ_{i in g} e_i)²/N²,    e_i = y_i − mean
//! c_S = G_S/(G_S − 1)
//! ```
//! `S`: every set of groupings that is not empty, `g`: the groups of decisions that agree in all groupings of `S`, `G_S` of
//! them. With two groupings: `V = V_image + V_rater − V_image×rater`.
//! The test refers `(mean − chance)/√V` to Student's t with `min G − 1` degrees of freedom, of single groupings.
//!
//! # Source
//! Cameron, Gelbach & Miller (2011), equations 2.10–2.13, doi:10.1198/jbes.2010.07136; degrees of freedom after Cameron &
//! Miller (2015), section VI.A, doi:10.3368/jhr.50.2.317.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::{Error, Result};

/// Groupings at most: each doubles the number of variances.
const MAX_GROUPINGS: usize = 8;

/// A share of right decisions with an error that is robust to dependence within groups.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Clustered {
    /// Share of right decisions.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Degrees of freedom: the fewest groups of a grouping, less one.
    pub degrees_of_freedom: f64,
    /// `(mean − chance)/standard_error`.
    pub t: f64,
    /// Two-sided p of t.
    pub p: f64,
    /// One-sided p: small if the share is above chance.
    pub p_greater: f64,
    /// The variance over that of independent decisions, `V·N/(mean(1 − mean))`.
    pub design_effect: f64,
    /// True if the sum of variances was below that of a single grouping, whose variance was taken.
    pub is_floored: bool,
}

impl Clustered {
    /// Student's interval of the share, not cut to `[0, 1]`; `None` unless `0 < confidence < 1`.
    pub fn interval(&self, confidence: f64) -> Option<(f64, f64)> {
        if !(0.0 < confidence && confidence < 1.0) {
            return None;
        }
        let student = StudentsT::new(0.0, 1.0, self.degrees_of_freedom).ok()?;
        let half_width = student.inverse_cdf(f64::midpoint(1.0, confidence)) * self.standard_error;
        Some((self.mean - half_width, self.mean + half_width))
    }
}

/// The share of right decisions against `chance`, robust to dependence within each grouping.
///
/// A sum of variances that is below the largest of a single grouping (by chance, in small studies) is replaced by that one:
/// the test is then too careful rather than too bold.
///
/// # Shapes
/// `correct: [n_decisions]`; `groupings`: one to eight, each `[n_decisions]`: any numbers that name the groups.
///
/// # Errors
/// - [`Error::Shape`] if there is no grouping, are too many, or one has another length than the decisions.
/// - [`Error::TooFew`] if a grouping has fewer than two groups.
/// - [`Error::Separated`] if all decisions agree: the variance is 0 and no test can be made.
///
/// # Determinism
/// Nothing is random.
pub fn cluster_robust(correct: &[bool], groupings: &[&[u32]], chance: f64) -> Result<Clustered> {
    let n_groups = check(correct, groupings)?;
    let n = correct.len() as f64;
    let n_right = correct.iter().filter(|&&is_right| is_right).count();
    let mean = n_right as f64 / n;
    if n_right == 0 || n_right == correct.len() {
        return Err(Error::Separated {
            what: "the study".into(),
            n_decisions: correct.len(),
            n_right,
        });
    }
    let (mut total, mut largest_single) = (0.0, 0.0_f64);
    for chosen in 1_u32..1 << groupings.len() {
        let variance = variance(correct, groupings, chosen, mean);
        if chosen.is_power_of_two() {
            largest_single = largest_single.max(variance);
        }
        total += if chosen.count_ones() % 2 == 1 {
            variance
        } else {
            -variance
        };
    }
    let variance = total.max(largest_single);
    Ok(tested(Clustered {
        mean,
        standard_error: variance.sqrt(),
        degrees_of_freedom: (n_groups - 1) as f64,
        t: (mean - chance) / variance.sqrt(),
        p: f64::NAN,
        p_greater: f64::NAN,
        design_effect: variance * n / (mean * (1.0 - mean)),
        is_floored: total < largest_single,
    }))
}

fn tested(mut found: Clustered) -> Clustered {
    if let Ok(student) = StudentsT::new(0.0, 1.0, found.degrees_of_freedom) {
        found.p = 2.0 * student.sf(found.t.abs());
        found.p_greater = student.sf(found.t);
    }
    found
}

/// The variance of the mean by the groups of one set of groupings, given as bits.
fn variance(correct: &[bool], groupings: &[&[u32]], chosen: u32, mean: f64) -> f64 {
    let mut keys: Vec<([u32; MAX_GROUPINGS], bool)> = Vec::with_capacity(correct.len());
    for (row, &is_right) in correct.iter().enumerate() {
        let mut key = [0; MAX_GROUPINGS];
        for (place, grouping) in groupings.iter().enumerate() {
            if chosen >> place & 1 == 1 {
                key[place] = grouping[row];
            }
        }
        keys.push((key, is_right));
    }
    keys.sort_unstable();
    let (mut squares, mut n_groups) = (0.0, 0.0);
    for group in keys.chunk_by(|left, right| left.0 == right.0) {
        let n_right = group.iter().filter(|(_, is_right)| *is_right).count();
        let sum = n_right as f64 - group.len() as f64 * mean;
        squares += sum * sum;
        n_groups += 1.0;
    }
    let n = correct.len() as f64;
    squares / (n * n) * n_groups / (n_groups - 1.0)
}

/// Checks sizes; the fewest groups of a grouping.
fn check(correct: &[bool], groupings: &[&[u32]]) -> Result<usize> {
    let is_fit = !groupings.is_empty() && groupings.len() <= MAX_GROUPINGS;
    if !is_fit || groupings.iter().any(|groups| groups.len() != correct.len()) {
        return Err(Error::Shape {
            what: "groupings of decisions".into(),
            expected: format!("one to {MAX_GROUPINGS} of {} rows", correct.len()),
            got: format!(
                "{:?} rows",
                groupings
                    .iter()
                    .map(|groups| groups.len())
                    .collect::<Vec<_>>()
            ),
        });
    }
    let sizes = groupings.iter().map(|groups| {
        let seen: BTreeSet<u32> = groups.iter().copied().collect();
        seen.len()
    });
    let fewest = sizes.min().unwrap_or(0);
    if fewest < 2 {
        return Err(Error::TooFew {
            what: "groups of decisions that share an image, a distractor or a rater".into(),
            needed: 2,
            got: fewest,
        });
    }
    Ok(fewest)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::cluster_robust;
    use crate::Error;
    use crate::study::fixtures::{read, table};

    #[derive(Deserialize)]
    struct Reference {
        name: String,
        image: f64,
        two: f64,
        three: f64,
        mean: f64,
        df: f64,
        p: f64,
    }

    /// `tests/reference/study/clusters.py`: statsmodels 0.13.5, and a sum in numpy for three groupings.
    #[test]
    fn errors_are_those_of_statsmodels() {
        let references: Vec<Reference> = serde_json::from_str(&read("clusters.json")).unwrap();
        assert_eq!(references.len(), 7);
        for reference in references {
            let table = table(&reference.name);
            let second = if reference.name == "alone" {
                &table.distractor
            } else {
                &table.rater
            };
            let one = cluster_robust(&table.correct, &[&table.image], 0.5).unwrap();
            let two = cluster_robust(&table.correct, &[&table.image, second], 0.5).unwrap();
            assert!((one.standard_error.powi(2) - reference.image).abs() < 1e-12);
            assert!((two.standard_error.powi(2) - reference.two).abs() < 1e-12);
            assert!((two.mean - reference.mean).abs() < 1e-12 && !two.is_floored);
            assert!((two.degrees_of_freedom - reference.df).abs() < 1e-12);
            assert!(
                (two.p / reference.p - 1.0).abs() < 1e-6,
                "{} {}",
                two.p,
                reference.p
            );
            if reference.name != "alone" {
                let groupings: [&[u32]; 3] = [&table.image, &table.distractor, &table.rater];
                let three = cluster_robust(&table.correct, &groupings, 0.5).unwrap();
                let variance = three.standard_error.powi(2);
                let is_same = (variance - reference.three).abs() < 1e-12;
                assert!(
                    is_same || three.is_floored,
                    "{}: {variance}",
                    reference.name
                );
            }
        }
    }

    #[test]
    fn one_decision_a_group_is_the_plain_error() {
        let correct: Vec<bool> = (0..100).map(|row| row % 10 < 7).collect();
        let own: Vec<u32> = (0..100).collect();
        let found = cluster_robust(&correct, &[&own], 0.5).unwrap();
        assert!((found.standard_error - (0.7_f64 * 0.3 / 99.0).sqrt()).abs() < 1e-12);
        let (low, high) = found.interval(0.95).unwrap();
        assert!(low < 0.7 && high > 0.7 && found.interval(1.0).is_none());
        let error = cluster_robust(&[true; 100], &[&own], 0.5).unwrap_err();
        assert!(matches!(error, Error::Separated { n_right: 100, .. }));
        assert!(cluster_robust(&correct, &[], 0.5).is_err());
        assert!(cluster_robust(&correct, &[&[1; 100]], 0.5).is_err());
        assert!(cluster_robust(&correct, &[&own[1..]], 0.5).is_err());
    }
}
