//! Decode: the ensemble, a pass at a time, and its reconstructions.

use std::collections::BTreeMap;

use candle_core::{D, DType, Tensor};
use lab_core::config::Combine;
use lab_core::events::Curve;
use lab_core::traits::{FittedGenerator, Output, TrainingSet};
use lab_core::weights::{FINITE, Weights, n_not_finite};
use lab_core::{Error, Result};

use super::align::Aligned;
use super::basis::Basis;
use super::keys::{DECODE, Fitted, Keys, PassRows};
use crate::store::{Key, Stage};

/// Number of latents that are turned into images at a time.
const CHUNK: usize = 64;

/// What the members of an experiment's ensemble made of the rows.
pub(crate) struct Decoded {
    /// The prediction of the whole ensemble.
    pub(crate) combined: Prediction,
    /// The prediction of each member, in the order of the members.
    pub(crate) members: Vec<Prediction>,
    /// Learning curves of each member, in the same order.
    pub(crate) curves: Vec<Vec<Curve>>,
    /// The stages of the store that hold the passes, in their order.
    pub(crate) stages: Vec<Stage>,
    /// Weights of each member, in the order of the members.
    pub(crate) weights: Vec<Weights>,
    /// What each member predicts for the test rows, before it is combined or constrained: `[n_test, …]`.
    pub(crate) raw: Vec<Tensor>,
}

/// A prediction for every test image.
#[derive(Debug, Clone)]
pub(crate) struct Prediction {
    /// `[n_test, n_latents]`, where the decoder predicts latents.
    pub(crate) latents: Option<Tensor>,
    /// `[n_test, channels, height, width]` in `[−1, 1]`.
    pub(crate) images: Tensor,
}

pub(crate) fn decode(basis: Basis<'_>, aligned: &Aligned) -> Result<Decoded> {
    let experiment = &basis.session.plan.experiment;
    let fit = Fit::of_experiment(basis);
    let members: Vec<usize> = (0..experiment.ensemble.members).collect();
    let mut decoded = Decoded {
        combined: Prediction::empty(&aligned.test)?,
        members: Vec::new(),
        curves: Vec::new(),
        stages: Vec::new(),
        weights: Vec::new(),
        raw: Vec::new(),
    };
    let passes: Vec<&[usize]> = members.chunks(experiment.ensemble.per_pass).collect();
    for fitted in fit_all(&fit, aligned, &passes)? {
        for (member, weights) in fitted.weights.into_iter().enumerate() {
            let prediction = fit.raw(&weights, &aligned.test)?;
            decoded.members.push(fit.prediction(&prediction)?);
            decoded
                .curves
                .push(fitted.curves.get(member).cloned().unwrap_or_default());
            decoded.weights.push(weights);
            decoded.raw.push(prediction);
        }
        decoded.stages.push(fitted.stage);
    }
    decoded.combined = fit.prediction(&combine(&decoded.raw, experiment.ensemble.combine)?)?;
    Ok(decoded)
}

/// Every pass, in their order. One that another process makes right now comes last: there are others to make meanwhile.
fn fit_all(fit: &Fit<'_>, aligned: &Aligned, passes: &[&[usize]]) -> Result<Vec<Pass>> {
    let train_idx = fit.basis.data.train_rows();
    let rows = TrainingRows {
        train: &aligned.train,
        train_idx: &train_idx,
        key: &aligned.stage.key,
    };
    let mut left: Vec<usize> = (0..passes.len()).collect();
    let mut fitted = BTreeMap::new();
    while !left.is_empty() {
        let is_free = |pass: &usize| {
            let key = fit.key(DECODE, rows, passes[*pass]);
            key.is_ok_and(|key| !fit.basis.session.store.is_busy(DECODE, &key))
        };
        let pass = left.remove(left.iter().position(is_free).unwrap_or(0));
        fitted.insert(pass, fit.pass(DECODE, rows, passes[pass])?);
    }
    Ok(fitted.into_values().collect())
}

/// Fits the members of one pass alone, so that they are in the store.
pub(crate) fn one_pass(basis: Basis<'_>, aligned: &Aligned, idx: usize) -> Result<()> {
    let ensemble = &basis.session.plan.experiment.ensemble;
    let members: Vec<usize> = (0..ensemble.members).collect();
    let train_idx = basis.data.train_rows();
    let rows = TrainingRows {
        train: &aligned.train,
        train_idx: &train_idx,
        key: &aligned.stage.key,
    };
    match members.chunks(ensemble.per_pass).nth(idx) {
        Some(pass) => Fit::of_experiment(basis).pass(DECODE, rows, pass).map(drop),
        None => Ok(()),
    }
}

impl Prediction {
    fn empty(rows: &Tensor) -> Result<Self> {
        Ok(Self {
            latents: None,
            images: Tensor::zeros((rows.dim(0)?, 0), DType::F32, rows.device())?,
        })
    }
}

/// Training rows and where they come from.
#[derive(Clone, Copy)]
pub(crate) struct TrainingRows<'a> {
    pub(crate) train: &'a Tensor,
    pub(crate) train_idx: &'a [usize],
    pub(crate) key: &'a Key,
}

/// A decoder and what it is fitted with.
pub(crate) struct Fit<'a> {
    pub(crate) basis: Basis<'a>,
    pub(crate) decoder: Fitted<'a>,
}

/// The members of one pass, fitted.
pub(crate) struct Pass {
    pub(crate) weights: Vec<Weights>,
    pub(crate) curves: Vec<Vec<Curve>>,
    pub(crate) stage: Stage,
}

impl<'a> Fit<'a> {
    /// Fits the experiment's own decoder.
    pub(crate) fn of_experiment(basis: Basis<'a>) -> Self {
        let decoder = Keys::of(basis.session.plan).decoder();
        Self { basis, decoder }
    }

    /// Fits some members together, as a stage of the store.
    pub(crate) fn pass(
        &self,
        role: &str,
        rows: TrainingRows<'_>,
        members: &[usize],
    ) -> Result<Pass> {
        let key = self.key(role, rows, members)?;
        let session = self.basis.session;
        let ctx = session.ctx.child(role);
        let stage = session.store.stage(&ctx, role, &key, |ctx, folder| {
            let data = self.basis.data;
            let pictures = data.train_pictures();
            let train = TrainingSet {
                features: rows.train,
                target_idx: rows.train_idx,
                targets: &data.train_images,
                picture_of: pictures.as_deref(),
                objective: self.basis.objective,
            };
            let fitted = self.decoder.plugin.fit(ctx, &train, members)?;
            for (member, fitted) in members.iter().zip(&fitted) {
                folder.write_weights(&format!("member-{member}.safetensors"), &fitted.weights())?;
                folder.write_curves(&format!("member-{member}.json"), &fitted.curves())?;
            }
            Ok(())
        })?;
        let folder = stage.folder();
        let weights =
            |member: &usize| folder.read_weights(&ctx, &format!("member-{member}.safetensors"));
        let curves = |member: &usize| folder.read_json(&format!("member-{member}.json"));
        Ok(Pass {
            weights: members.iter().map(weights).collect::<Result<_>>()?,
            curves: members.iter().map(curves).collect::<Result<_>>()?,
            stage,
        })
    }

    fn key(&self, role: &str, rows: TrainingRows<'_>, members: &[usize]) -> Result<Key> {
        let (session, data) = (self.basis.session, &self.basis.data.key);
        let of_rows = PassRows {
            aligned: rows.key,
            train_idx: rows.train_idx,
            members,
        };
        let networks = self.basis.networks.keys();
        Keys::of(session.plan).pass(role, self.decoder, of_rows, (data, &networks))
    }

    /// What a fitted decoder predicts for some rows, before it is constrained.
    pub(crate) fn raw(&self, weights: &Weights, rows: &Tensor) -> Result<Tensor> {
        let basis = self.basis;
        let plugin = self.decoder.plugin;
        let decoder = plugin.restore(&basis.session.ctx, basis.objective, weights)?;
        decoder.decode(rows)
    }

    /// The images that a decoder's raw prediction stands for.
    pub(crate) fn prediction(&self, raw: &Tensor) -> Result<Prediction> {
        let n = n_not_finite(raw)?;
        if n > 0 {
            return Err(Error::Data {
                what: format!("predictions of '{}'", self.decoder.part.name()),
                expected: FINITE.into(),
                got: format!("{n} of {} that are NaN or infinite", raw.elem_count()),
                remedy: "lower the decoder's learning rate, or scale the responses down".into(),
            });
        }
        match self.decoder.plugin.output() {
            Output::Images => Ok(Prediction {
                latents: None,
                images: raw.clamp(-1f32, 1f32)?,
            }),
            Output::Latents => {
                let latents = self.basis.objective.latent_space().constrain(raw)?;
                Ok(Prediction {
                    images: generate(self.basis.objective.generator(), &latents)?,
                    latents: Some(latents),
                })
            }
        }
    }
}

/// Images of latents, a chunk at a time.
pub(crate) fn generate(generator: &dyn FittedGenerator, latents: &Tensor) -> Result<Tensor> {
    let n = latents.dim(0)?;
    let chunk = |start: usize| {
        generator.generate(
            &latents
                .narrow(0, start, CHUNK.min(n - start))?
                .contiguous()?,
        )
    };
    let images = (0..n)
        .step_by(CHUNK)
        .map(chunk)
        .collect::<Result<Vec<_>>>()?;
    Ok(Tensor::cat(&images, 0)?.detach())
}

/// Combines the members' predictions element by element.
pub(crate) fn combine(predictions: &[Tensor], how: Combine) -> Result<Tensor> {
    if predictions.is_empty() {
        return Err(Error::shape("members of the ensemble", "at least 1", 0));
    }
    let stacked = Tensor::stack(predictions, 0)?;
    match how {
        Combine::Mean => Ok(stacked
            .to_dtype(DType::F64)?
            .mean(0)?
            .to_dtype(DType::F32)?),
        Combine::Median => {
            let dims = stacked.dims()[1..].to_vec();
            let columns = stacked.flatten_from(1)?.t()?.contiguous()?;
            let (sorted, _) = columns.sort_last_dim(true)?;
            let n = predictions.len();
            let (low, high) = (
                sorted.narrow(D::Minus1, (n - 1) / 2, 1)?,
                sorted.narrow(D::Minus1, n / 2, 1)?,
            );
            Ok(((low + high)? * 0.5)?.reshape(dims)?)
        }
    }
}

/// Weights of several members under names of their own.
pub(crate) fn named(weights: &[Weights]) -> Weights {
    let mut all = BTreeMap::new();
    for (member, weights) in weights.iter().enumerate() {
        for (name, tensor) in weights {
            all.insert(format!("member-{member}.{name}"), tensor.clone());
        }
    }
    all
}
