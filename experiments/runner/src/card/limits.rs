//! The ceiling of a generator, and how far the decoder of a finished run stays from it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use candle_core::Tensor;
use lab_core::config::Evaluation;
use lab_core::objective::Objective;
use lab_core::search::SearchFacts;
use lab_score::quality::Sensitivity;
use lab_score::record::{Condition, ScoreRow, Statistic};
use serde::Serialize;
use serde_json::Value;

use super::super::scoring;
use super::super::session::Session;
use super::Settings;
use super::judge::Judge;
use super::latents::{Mean, Seen, SensitivityFacts, angles_between, next};
use crate::Error;
use crate::proof::check_before_reading;
use crate::stages::basis::Basis;
use crate::stages::conditions::searched;
use crate::stages::images::Images;
use crate::stages::{align, decode};

/// The best that was found in this generator for images that it shall show: no proof that there is nothing better.
#[derive(Debug, Clone, Serialize)]
pub struct Ceiling {
    /// How the search ended.
    pub search: SearchFacts,
    /// Mean squared difference of pixels in `[−1, 1]`.
    pub pixel_error: Mean,
    /// Terms of the experiment's loss: (name, weight, mean value).
    pub terms: Vec<(String, f64, f64)>,
    /// Share of right two-alternative decisions, by pixels.
    pub two_alternatives: Option<Score>,
    /// Share of images whose class the judge names.
    pub classes: Option<Score>,
    /// Angle between the latents that two searches from other starts found for the same image, in degrees.
    pub between_searches: Mean,
}

/// A score, as a report would state it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Score {
    /// Value of the score.
    pub value: f64,
    /// Value that guessing would reach, if there is one.
    pub chance: Option<f64>,
    /// Number of images.
    pub n: usize,
    /// Bootstrap over images.
    pub interval: Option<(f64, f64)>,
}

/// Searches for every test image of the data twice and scores what the first search found.
pub(super) fn ceiling(basis: Basis<'_>, settings: &Settings) -> crate::Result<Ceiling> {
    let Basis {
        session,
        data,
        networks,
        objective,
    } = basis;
    let images = searched(basis, "ceiling")?;
    let again = searched(basis, "ceiling-again")?;
    let scored = scoring::score(session, data, networks, std::slice::from_ref(&images))?;
    let latents = latents_of(&images)?;
    let of_test = objective.with_targets(data.test_images.clone())?;
    let squared = (&images.images - &data.test_images)?
        .sqr()?
        .flatten_from(1)?;
    let per_image: Vec<f64> = squared
        .mean(1)?
        .to_vec1::<f32>()?
        .into_iter()
        .map(f64::from)
        .collect();
    let search = images.search.clone().ok_or(Error::Missing {
        what: "facts of the search",
    })?;
    let between = angles_between(latents, latents_of(&again)?)?;
    Ok(Ceiling {
        search,
        pixel_error: Mean::of(&per_image, settings, session.ctx.seed()),
        terms: terms(session, &of_test, latents)?,
        two_alternatives: find(&scored.scores, Statistic::ObserverOverall, "pixel"),
        classes: session
            .plan
            .experiment
            .evaluate
            .contains(&Evaluation::Classes)
            .then(|| find(&scored.scores, Statistic::ClassAccuracy, ""))
            .flatten(),
        between_searches: Mean::of(&between, settings, session.ctx.seed()),
    })
}

/// Each term of the loss: name, weight, mean over the targets.
fn terms(
    session: &Session<'_>,
    objective: &Objective,
    latents: &Tensor,
) -> crate::Result<Vec<(String, f64, f64)>> {
    let all: Vec<usize> = (0..objective.n_targets()).collect();
    let values = objective.values(&session.ctx, latents, &all)?;
    let mean = |values: &Tensor| -> crate::Result<f64> {
        Ok(f64::from(values.mean_all()?.to_scalar::<f32>()?))
    };
    let terms = objective.terms().iter().zip(&values);
    terms
        .map(|(term, values)| Ok((term.name.clone(), term.weight, mean(values)?)))
        .collect()
}

fn latents_of(images: &Images) -> crate::Result<&Tensor> {
    images.latents.as_ref().ok_or(Error::Missing {
        what: "latent behind a search",
    })
}

/// The ceiling's score of one kind; `observer` is empty for any.
fn find(scores: &[ScoreRow], statistic: Statistic, observer: &str) -> Option<Score> {
    let row = scores.iter().find(|row| {
        row.condition == Condition::Ceiling
            && row.statistic == statistic
            && (observer.is_empty() || row.observer == observer)
    })?;
    Some(Score {
        value: row.value,
        chance: row.chance,
        n: row.n_images,
        interval: row.image_interval,
    })
}

/// What a finished run says of the decoder.
#[derive(Debug, Clone, Serialize)]
pub enum Decoding {
    /// There is no finished run of this generator.
    NotRun {
        /// Why, and what to do.
        reason: String,
    },
    /// The run's figures.
    Finished {
        /// `summary.json` of the run.
        headline: BTreeMap<String, f64>,
        /// The decoder's error in z; `None` if it predicts pixels.
        error: Option<Box<LatentError>>,
    },
}

/// The decoder's error in z beside what errors of that size cost.
#[derive(Debug, Clone, Serialize)]
pub struct LatentError {
    /// Angle between decoded and inverted latents of a test image, in degrees.
    pub angle: Mean,
    /// The same against the inverted latents of another test image.
    pub angle_to_others: Mean,
    /// Correlation of the pixels of both images, and what the curve expects at each image's angle.
    pub pixels: [Mean; 2],
    /// The same of the judge's layer.
    pub features: [Mean; 2],
}

/// Reads a finished run of the same generator, on its own data.
pub(super) fn decoding(
    basis: Basis<'_>,
    run: &Path,
    judge: &Judge,
    curves: &SensitivityFacts,
    settings: &Settings,
) -> crate::Result<Decoding> {
    let not_run = |reason: &str| {
        let reason = reason.to_owned();
        Ok(Decoding::NotRun { reason })
    };
    let summary = run.join("summary.json");
    let manifest = match check_before_reading(run, &["summary.json"]) {
        Ok(manifest) => manifest,
        Err(Error::Unfinished { .. }) if run.join("run.ron").exists() => {
            return not_run(
                "its run is unfinished, as it has no manifest.json; lab run FILE ends it",
            );
        }
        Err(Error::Unfinished { .. }) => {
            return not_run("there is no finished run; lab run FILE makes it");
        }
        Err(error) => return Err(error),
    };
    let key = basis.networks.generator.stage.key.to_string();
    if manifest.stages.get("generator") != Some(&key) {
        return not_run(
            "the finished run is of another build, with another training of the generator; lab run FILE makes it anew",
        );
    }
    let headline = headline(&summary)?;
    let session = basis.session;
    let aligned = align::align(session, basis.data)?;
    let decoded = decode::decode(basis, &aligned)?;
    let error = match &decoded.combined.latents {
        Some(latents) => Some(Box::new(latent_error(
            judge,
            (latents, &decoded.combined.images),
            &searched(basis, "ceiling")?,
            curves,
            (settings, session.ctx.seed()),
        )?)),
        None => None,
    };
    Ok(Decoding::Finished { headline, error })
}

/// The figures of a run's summary; those that are no number are left out.
fn headline(summary: &Path) -> crate::Result<BTreeMap<String, f64>> {
    let figures = json(summary)?["all"].take();
    let figures: BTreeMap<String, Option<f64>> = serde_json::from_value(figures)
        .map_err(|source| foreign(summary, "headline figures", &source))?;
    let known = figures.into_iter();
    Ok(known
        .filter_map(|(name, value)| Some((name, value?)))
        .collect())
}

fn latent_error(
    judge: &Judge,
    (latents, images): (&Tensor, &Tensor),
    inverted: &Images,
    curves: &SensitivityFacts,
    (settings, seed): (&Settings, u64),
) -> crate::Result<LatentError> {
    let best = latents_of(inverted)?;
    let own = angles_between(latents, best)?;
    let to_others = angles_between(latents, &next(best)?)?;
    let [pixels, features, _] =
        Seen::of(judge, images)?.alike(&Seen::of(judge, &inverted.images)?)?;
    let mean = |values: &[f64]| Mean::of(values, settings, seed);
    // Beyond the curve's end an image is taken to be as unlike as at its end.
    let expected = |curve: &Sensitivity| {
        let last = curve.points.last().map_or(0.0, |point| point.angle);
        let values: Vec<f64> = own
            .iter()
            .filter_map(|&angle| curve.at(angle.min(last)))
            .collect();
        mean(&values)
    };
    Ok(LatentError {
        angle: mean(&own),
        angle_to_others: mean(&to_others),
        pixels: [mean(&pixels.unwrap_or_default()), expected(&curves.pixels)],
        features: [
            mean(&features.unwrap_or_default()),
            expected(&curves.features),
        ],
    })
}

fn json(path: &Path) -> crate::Result<Value> {
    let text = fs::read_to_string(path).map_err(lab_core::Error::io("reading", path))?;
    serde_json::from_str(&text).map_err(|source| foreign(path, "what lab wrote", &source))
}

fn foreign(path: &Path, expected: &'static str, source: &serde_json::Error) -> Error {
    Error::Foreign {
        path: path.to_owned(),
        expected,
        got: source.to_string(),
    }
}
