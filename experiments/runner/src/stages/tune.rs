//! Tune: settings that the training images choose among, by cross-validation.
//!
//! A combination of settings is a plan of its own. A fit of it on all parts but one of the training images is a stage of the store,
//! as a decode pass is, and keeps the score of that part alone.

use lab_core::config::{Tune, TuneScore};
use lab_core::objective::Objective;
use lab_core::traits::{FittedDecoder, TrainingSet};
use lab_core::{Error, Result};
use lab_score::correlation::correlations;
use lab_score::identification::{Rule, identify};
use lab_score::pools::Pools;
use lab_score::record::{Direction, TunedFacts, TunedRow};

use super::align::{Aligned, align};
use super::basis::Basis;
use super::decode::{Fit, combine};
use super::fold::{folds, without};
use super::keys::{Keys, NetworkKeys, PassRows};
use super::load::Data;
use super::networks::{self, Networks};
use crate::plan::Plan;
use crate::scoring::rows;
use crate::session::Session;
use crate::store::{Key, Stage};
use crate::tuning::{Combination, combinations};

/// The stage of a fit.
pub(crate) const TUNE: &str = "tune";
/// Name, in the folder of that stage, of the file that holds its score.
pub(crate) const SCORE_FILE: &str = "score.json";

/// What was chosen, and what the run goes on with.
pub(crate) struct Tuned {
    /// The plan with the settings that were chosen.
    pub(crate) plan: Plan,
    /// The networks, which no setting of these changes, with the loss terms that were chosen.
    pub(crate) networks: Networks,
    pub(crate) choice: Choice,
}

/// How it was chosen.
pub(crate) struct Choice {
    /// Every combination and its score.
    pub(crate) facts: TunedFacts,
    /// The stages of all fits and of their alignments, without their warnings: the result's own say the same of all training
    /// images.
    pub(crate) stages: Vec<Stage>,
}

/// Chooses among the settings of the experiment, if it asks for that.
pub(crate) fn tuned(session: &Session<'_>, data: &Data) -> crate::Result<Option<Tuned>> {
    let Some(tune) = &session.plan.experiment.tune else {
        return Ok(None);
    };
    session
        .plan
        .check_folds(&data.recording.stimuli, &data.train_idx)?;
    let networks = networks::prepare(session, data)?;
    let mut combinations = combinations(session.plan)?;
    let parts = folds(&session.ctx, data, tune.folds);
    let mut scores = vec![Vec::new(); combinations.len()];
    let mut stages: Vec<Stage> = Vec::new();
    // A part at a time, as each has responses of its own in memory.
    for part in &parts {
        let fold = without(session.plan, &session.ctx, data, part)?;
        for (of, scores) in combinations.iter().zip(&mut scores) {
            let (score, made) = fit(&session.with(&of.plan), tune, (&fold, &networks))?;
            scores.push(score);
            for mut stage in made {
                stage.warnings.clear();
                if stages.iter().all(|other| other.key != stage.key) {
                    stages.push(stage);
                }
            }
        }
    }
    let best = best(&scores);
    let rows = combinations.iter().zip(scores).enumerate();
    let facts = TunedFacts {
        score: tune.score.words().into(),
        n_images: data.train_idx.len(),
        n_folds: tune.folds,
        n_members: tune.members,
        parts: parts.iter().map(|part| of_dataset(data, part)).collect(),
        rows: rows
            .map(|(place, (of, scores))| row(of, scores, place == best))
            .collect(),
    };
    let plan = combinations.swap_remove(best).plan;
    Ok(Some(Tuned {
        networks: Networks {
            terms: plan.parts.terms.clone(),
            ..networks
        },
        plan,
        choice: Choice { facts, stages },
    }))
}

/// The images of a part, by their indices among all images of the dataset.
fn of_dataset(data: &Data, part: &[usize]) -> Vec<usize> {
    part.iter()
        .map(|&place| data.ids[data.train_idx[place]])
        .collect()
}

/// The key of a fit: that of a decode pass, and what makes a score of its predictions.
pub(crate) fn key(
    plan: &Plan,
    tune: &Tune,
    (fold, aligned): (&Data, &Key),
    networks: &NetworkKeys,
) -> Result<Key> {
    let members: Vec<usize> = (0..tune.members).collect();
    let rows = PassRows {
        aligned,
        train_idx: &fold.train_rows(),
        members: &members,
    };
    let keys = Keys::of(plan);
    let key = keys.pass(TUNE, keys.decoder(), rows, (&fold.key, networks))?;
    let mut key = key.shown_as("tune.score", "score", &format!("{:?}", tune.score));
    if tune.members > 1 {
        key = key.and(
            "ensemble.combine",
            &format!("{:?}", plan.experiment.ensemble.combine),
        );
    }
    key.sources("lab-score")
}

/// Fits one combination without a part of the images, and judges it by these; says which stages that made.
fn fit(
    session: &Session<'_>,
    tune: &Tune,
    (fold, networks): (&Data, &Networks),
) -> crate::Result<(f64, [Stage; 2])> {
    let aligned = align(session, fold)?;
    let key = key(
        session.plan,
        tune,
        (fold, &aligned.stage.key),
        &networks.keys(),
    )?;
    let features = networks.features.as_ref();
    let objective = Objective::new(
        networks.generator.net.clone(),
        features.map(|features| features.net.clone()),
        session.plan.parts.terms.clone(),
        fold.train_images.clone(),
    )?;
    let fit = Fit::of_experiment(Basis {
        session,
        data: fold,
        networks,
        objective: &objective,
    });
    let ctx = session.ctx.child(TUNE);
    let stage = session.store.stage(&ctx, TUNE, &key, |ctx, folder| {
        let members: Vec<usize> = (0..tune.members).collect();
        let pictures = fold.train_pictures();
        let train = TrainingSet {
            features: &aligned.train,
            target_idx: &fold.train_rows(),
            targets: &fold.train_images,
            picture_of: pictures.as_deref(),
            objective: &objective,
        };
        let fitted = fit.decoder.plugin.fit(ctx, &train, &members)?;
        folder.write_json(
            SCORE_FILE,
            &score(&fit, tune.score, (fold, &aligned), &fitted)?,
        )
    })?;
    // A number that was read is the same whether its stage was made now or before.
    let score = stage.folder().read_json(SCORE_FILE)?;
    Ok((score, [aligned.stage, stage]))
}

/// The mean over the images that were left out of how like them their reconstructions are.
fn score(
    fit: &Fit<'_>,
    by: TuneScore,
    (fold, aligned): (&Data, &Aligned),
    fitted: &[Box<dyn FittedDecoder>],
) -> Result<f64> {
    let raw = fitted.iter().map(|member| member.decode(&aligned.test));
    let raw = raw.collect::<Result<Vec<_>>>()?;
    let how = fit.basis.session.plan.experiment.ensemble.combine;
    let images = fit.prediction(&combine(&raw, how)?)?.images;
    let similar = correlations(&rows(&fold.test_images)?, &rows(&images)?);
    let values = match by {
        TuneScore::PixelCorrelation => similar.own(),
        TuneScore::PixelIdentification => {
            let pools = Pools::whole(similar.n_rows);
            let direction = Direction::OriginalToReconstructions;
            identify(&similar, direction, &pools, Rule::Pairwise).own()
        }
    };
    let mean = mean(&values);
    if mean.is_finite() {
        return Ok(mean);
    }
    Err(Error::Data {
        what: format!(
            "the {} of images that a fit of tune has not seen",
            by.words()
        ),
        expected: "a number".into(),
        got: mean.to_string(),
        remedy: "look for what is no number among the training images".into(),
    })
}

fn row(combination: &Combination, scores: Vec<f64>, is_chosen: bool) -> TunedRow {
    TunedRow {
        settings: combination.settings.clone(),
        values: combination.values.clone(),
        score: mean(&scores),
        standard_error: standard_error(&scores),
        scores,
        is_chosen,
        is_at_an_end: combination.is_at_an_end.clone(),
    }
}

/// The combination with the largest mean over parts; of equal ones the first.
pub(crate) fn best(scores: &[Vec<f64>]) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (place, scores) in scores.iter().enumerate() {
        let mean = mean(scores);
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
        let all = |means: &[f64]| {
            means
                .iter()
                .map(|mean| vec![mean - 0.25, mean + 0.25])
                .collect::<Vec<_>>()
        };
        assert_eq!(best(&all(&[0.125, 0.375, 0.375, 0.25])), 1);
        assert_eq!(best(&all(&[-0.5, -0.25])), 1);
    }

    /// numpy 2.4.6: `x = np.array([.1, .4, .2, .25]); x.std(ddof=1) / np.sqrt(4)`.
    #[test]
    fn standard_errors_are_those_of_numpy() {
        let found = standard_error(&[0.1, 0.4, 0.2, 0.25]);
        assert!((found - 0.062_5).abs() < 1e-12, "{found}");
    }
}
