//! What decisions share: clusters of images and raters, and the mixed model of images, distractors and raters.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::counts::CONFIDENCE;
use super::decisions::{Decision, n_right};
use super::mixed::{Fit, Fixed, Terms, fit, share_right};
use super::params::Params;
use super::resample::resample;
use super::rows::{ClusterRow, MixedRow};

/// Numbers for names, in the order of their first appearance.
fn numbered<'a>(names: impl Iterator<Item = &'a str>) -> Vec<u32> {
    let mut known: BTreeMap<&str, u32> = BTreeMap::new();
    names
        .map(|name| {
            let next = known.len() as u32;
            *known.entry(name).or_insert(next)
        })
        .collect()
}

fn n_different(labels: &[u32]) -> usize {
    labels
        .iter()
        .max()
        .map_or(0, |&largest| largest as usize + 1)
}

/// The share with an allowance for what images and raters share; `None` where nothing tells it.
pub(super) fn clusters(trials: &[&Decision], chance: f64, params: &Params) -> Option<ClusterRow> {
    let correct: Vec<bool> = trials.iter().map(|trial| trial.is_correct).collect();
    let images = numbered(trials.iter().map(|trial| trial.image.as_str()));
    let are_known = trials.iter().all(|trial| !trial.rater.is_empty());
    let raters = are_known.then(|| numbered(trials.iter().map(|trial| trial.rater.as_str())));
    let raters = raters.filter(|raters| n_different(raters) > 1);
    let drawn = resample(
        &correct,
        &images,
        raters.as_deref(),
        params.n_draws,
        CONFIDENCE,
        params.seed,
    )?;
    let n = trials.len() as f64;
    let share = n_right(trials) as f64 / n;
    let t = (share - chance) / drawn.standard_error;
    let p = StudentsT::new(0.0, 1.0, drawn.degrees as f64).ok()?.sf(t);
    Some(ClusterRow {
        n_images: n_different(&images),
        n_raters: raters.as_deref().map(n_different),
        standard_error: drawn.standard_error,
        degrees: drawn.degrees,
        interval: drawn.interval,
        p,
        p_holm: p,
        design_effect: drawn.standard_error.powi(2) * n / (share * (1.0 - share)),
    })
}

/// The mixed model of a set's decisions; what it refuses is said in its row. `None` with fewer than two images.
pub(super) fn mixed(trials: &[&Decision], chance: f64) -> Option<MixedRow> {
    let correct: Vec<bool> = trials.iter().map(|trial| trial.is_correct).collect();
    let images = numbered(trials.iter().map(|trial| trial.image.as_str()));
    if n_different(&images) < 2 {
        return None;
    }
    // A term is one number a decision: foils of larger pools have no single level.
    let are_pairs = trials.iter().all(|trial| trial.distractors.len() == 1);
    let foils =
        are_pairs.then(|| numbered(trials.iter().map(|trial| trial.distractors[0].as_str())));
    let are_known = trials.iter().all(|trial| !trial.rater.is_empty());
    let raters = are_known.then(|| numbered(trials.iter().map(|trial| trial.rater.as_str())));
    let terms = Terms {
        image: Some(&images),
        distractor: foils.as_deref(),
        rater: raters.as_deref(),
    };
    Some(
        match fit(&correct, &Fixed::intercept(correct.len()), &terms) {
            Ok(fit) => fitted(&fit, chance),
            Err(refused) => MixedRow {
                said: vec![refused.to_string()],
                ..MixedRow::default()
            },
        },
    )
}

/// The intercept against the log-odds of guessing, by t; shares are those of other images, distractors and raters.
fn fitted(fit: &Fit, chance: f64) -> MixedRow {
    let intercept = &fit.coefficients[0];
    let guessing = (chance / (1.0 - chance)).ln();
    let error = intercept.standard_error;
    let t = error.map(|error| (intercept.estimate - guessing) / error);
    let p = t.map(|t| beyond(t, intercept.degrees_of_freedom));
    let bounds = intercept.interval(CONFIDENCE);
    MixedRow {
        share: Some(fit.share_right),
        interval: bounds
            .map(|(low, high)| (share_right(low, fit.sd()), share_right(high, fit.sd()))),
        p,
        p_holm: p,
        deviations: fit.deviations.clone(),
        said: fit.warnings.iter().map(ToString::to_string).collect(),
    }
}

/// One-sided p of t; without degrees of freedom no term varies, and decisions are as independent as numbers of a normal law.
fn beyond(t: f64, degrees: Option<f64>) -> f64 {
    let student = degrees.and_then(|degrees| StudentsT::new(0.0, 1.0, degrees).ok());
    student.map_or_else(|| Normal::standard().sf(t), |student| student.sf(t))
}
