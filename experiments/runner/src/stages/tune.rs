//! Tune: settings that the training images choose among, by cross-validation.
//!
//! A combination of settings is a plan of its own, and a fit is a decode pass of that plan on a part of the training images, so
//! that the store keeps each, as it keeps those of the result.

use lab_core::Result;
use lab_core::config::{Tune, TuneScore};
use lab_core::objective::Objective;
use lab_score::correlation::correlations;
use lab_score::identification::{Rule, identify};
use lab_score::pools::Pools;
use lab_score::record::{Direction, TunedFacts, TunedRow};

use super::align::align;
use super::basis::Basis;
use super::decode::{Fit, TrainingRows, combine};
use super::fold::{folds, without};
use super::load::Data;
use super::networks::{self, Networks};
use crate::plan::Plan;
use crate::scoring::rows;
use crate::session::Session;
use crate::store::Stage;
use crate::tuning::{Combination, combinations};

/// The stage of a fit.
pub(crate) const TUNE: &str = "tune";

/// How settings were chosen.
pub(crate) struct Tuned {
    /// Every combination and its score.
    pub(crate) facts: TunedFacts,
    /// The stages of all fits and of their alignments.
    pub(crate) stages: Vec<Stage>,
}

/// Chooses among the settings of the experiment, if it asks for that: the plan with those that were chosen, and how they were.
pub(crate) fn tuned(session: &Session<'_>, data: &Data) -> crate::Result<Option<(Plan, Tuned)>> {
    let Some(tune) = &session.plan.experiment.tune else {
        return Ok(None);
    };
    let n_train = data.train_idx.len();
    session.plan.check_folds(n_train)?;
    let networks = networks::prepare(session, data)?;
    let mut parts = Vec::new();
    for part in folds(&session.ctx, n_train, tune.folds) {
        parts.push(without(session.plan, &session.ctx, data, &part)?);
    }
    let mut stages = Vec::new();
    let mut tried = Vec::new();
    for combination in combinations(session.plan)? {
        let session = session.with(&combination.plan);
        let mut scores = Vec::new();
        for part in &parts {
            scores.push(score(&session, tune, (part, &networks), &mut stages)?);
        }
        tried.push((combination, scores));
    }
    let best = best(tried.iter().map(|(_, scores)| mean(scores)));
    let facts = TunedFacts {
        score: tune.score.words().into(),
        n_images: n_train,
        n_folds: tune.folds,
        n_members: tune.members,
        rows: tried
            .iter()
            .enumerate()
            .map(|(place, (of, scores))| row(of, scores, place == best))
            .collect(),
    };
    let chosen = tried.swap_remove(best).0;
    Ok(Some((chosen.plan, Tuned { facts, stages })))
}

/// Fits one combination without a part of the images, and judges it by these.
fn score(
    session: &Session<'_>,
    tune: &Tune,
    (data, networks): (&Data, &Networks),
    stages: &mut Vec<Stage>,
) -> crate::Result<f64> {
    let aligned = align(session, data)?;
    let features = networks.features.as_ref();
    let objective = Objective::new(
        networks.generator.net.clone(),
        features.map(|features| features.net.clone()),
        session.plan.parts.terms.clone(),
        data.train_images.clone(),
    )?;
    let fit = Fit::of_experiment(Basis {
        session,
        data,
        networks,
        objective: &objective,
    });
    let members: Vec<usize> = (0..tune.members).collect();
    let pass = fit.pass(
        TUNE,
        TrainingRows {
            train: &aligned.train,
            train_idx: &data.train_rows(),
            key: &aligned.stage.key,
        },
        &members,
    )?;
    let raw = pass.weights.iter();
    let raw = raw.map(|weights| fit.raw(weights, &aligned.test));
    let raw = raw.collect::<Result<Vec<_>>>()?;
    let combined = combine(&raw, session.plan.experiment.ensemble.combine)?;
    let images = fit.prediction(&combined)?.images;
    stages.extend([aligned.stage, pass.stage]);
    let similar = correlations(&rows(&data.test_images)?, &rows(&images)?);
    let values = match tune.score {
        TuneScore::PixelCorrelation => similar.own(),
        TuneScore::PixelIdentification => {
            let pools = Pools::whole(similar.n_rows);
            let direction = Direction::OriginalToReconstructions;
            identify(&similar, direction, &pools, Rule::Pairwise).own()
        }
    };
    Ok(mean(&values))
}

fn row(combination: &Combination, scores: &[f64], is_chosen: bool) -> TunedRow {
    TunedRow {
        settings: combination.settings.clone(),
        values: combination.values.clone(),
        score: mean(scores),
        standard_error: standard_error(scores),
        is_chosen,
        is_at_an_end: combination.is_at_an_end.clone(),
    }
}

/// The place of the largest mean; of equal ones the first. What is no number is never the largest.
fn best(means: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (place, mean) in means.enumerate() {
        if mean > best.1 {
            best = (place, mean);
        }
    }
    best.0
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Of a mean over parts: their standard deviation over the root of their number.
fn standard_error(values: &[f64]) -> f64 {
    let (n, mean) = (values.len() as f64, mean(values));
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (n - 1.0) / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::{best, standard_error};

    #[test]
    fn the_first_of_the_best_is_taken() {
        assert_eq!(best([0.1, 0.3, 0.3, 0.2].into_iter()), 1);
        assert_eq!(best([f64::NAN, -0.5, f64::NAN].into_iter()), 1);
        assert_eq!(best([f64::NAN, f64::NAN].into_iter()), 0);
    }

    /// numpy 2.4.6: `x = np.array([.1, .4, .2, .25]); x.std(ddof=1) / np.sqrt(4)`.
    #[test]
    fn standard_errors_are_those_of_numpy() {
        let found = standard_error(&[0.1, 0.4, 0.2, 0.25]);
        assert!((found - 0.062_5).abs() < 1e-9, "{found}");
    }
}
