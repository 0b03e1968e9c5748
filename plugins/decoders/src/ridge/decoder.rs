//! The regression to pixels and to latents: what both plugins build.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::context::Context;
use lab_core::demand::Demand;
use lab_core::dims::ImageShape;
use lab_core::invert::invert;
use lab_core::objective::Objective;
use lab_core::traits::{Decoder, FittedDecoder, Output, TrainingSet};
use lab_core::weights::Weights;

use super::fitted::{FittedRidge, Target};
use super::params::{LatentsBy, RidgeToLatentsParams};
use super::rows::target_rows;
use super::solve::Penalty;
use crate::error::DecoderError;

/// Ridge regression from features to what a training image is: its pixels, or the latent that makes it.
///
/// # Determinism
/// Pixels draw nothing, and all members are the same; to latents, member m inverts from the stream `member-{m}/inversion`.
#[derive(Debug)]
pub enum Ridge {
    /// To pixels.
    Pixels,
    /// To the latents of the training images, or to principal components of them.
    Latents(RidgeToLatentsParams),
}

impl Ridge {
    /// What a member predicts for each target, `[n_targets, …]`.
    fn values(
        &self,
        ctx: &Context,
        train: &TrainingSet<'_>,
        member: usize,
    ) -> Result<(Tensor, Target)> {
        match self {
            Self::Pixels => {
                let (_, channels, height, width) = train.targets.dims4()?;
                let shape = ImageShape {
                    channels,
                    height,
                    width,
                };
                Ok((train.targets.flatten_from(1)?, Target::Images(shape)))
            }
            Self::Latents(params) => {
                let ctx = ctx.child(&format!("member-{member}/inversion"));
                let constraint = train.objective.latent_space().constraint;
                let latents = latents_of(&ctx, train.objective, params)?;
                Ok((latents, Target::Latents(constraint)))
            }
        }
    }

    /// Components that stand for the latents, if they do.
    fn components(&self) -> Option<usize> {
        match self {
            Self::Pixels => None,
            Self::Latents(params) => params.components,
        }
    }

    /// Who shares a penalty, where no components stand for the latents.
    fn penalty(&self) -> Penalty {
        match self {
            Self::Latents(params) if params.own_penalties => Penalty::Own,
            _ => Penalty::Shared,
        }
    }
}

/// Latents of the targets.
fn latents_of(
    ctx: &Context,
    objective: &Objective,
    params: &RidgeToLatentsParams,
) -> Result<Tensor> {
    if params.latents_by != LatentsBy::Search {
        if let Some(latents) = objective.generator().encode(objective.targets())? {
            return Ok(latents);
        }
        if params.latents_by == LatentsBy::Encoder {
            return Err(DecoderError::NoEncoder.into());
        }
    }
    Ok(invert(ctx, objective, &params.inversion)?.latents)
}

impl Decoder for Ridge {
    fn demand(&self, n_latents: usize, _n_members: usize) -> Demand {
        match self {
            Self::Pixels => Demand::NONE,
            Self::Latents(params) => params.inversion.demand(n_latents),
        }
    }

    fn output(&self) -> Output {
        match self {
            Self::Pixels => Output::Images,
            Self::Latents(_) => Output::Latents,
        }
    }

    fn fit(
        &self,
        ctx: &Context,
        train: &TrainingSet<'_>,
        members: &[usize],
    ) -> Result<Vec<Box<dyn FittedDecoder>>> {
        ctx.check_cancelled()?;
        let n_targets = match self {
            Self::Pixels => train.targets.dims4()?.0,
            Self::Latents(_) => train.objective.n_targets(),
        };
        let rows = target_rows(ctx, train, n_targets)?;
        let fit = |&member: &usize| -> Result<Box<dyn FittedDecoder>> {
            let (values, target) = self.values(ctx, train, member)?;
            let fitted = match self.components() {
                None => {
                    let values = values.index_select(&rows, 0)?;
                    FittedRidge::fit(train, &values, target, self.penalty())?
                }
                Some(n) => FittedRidge::fit_components(train, &values, target, n)?,
            };
            Ok(Box::new(fitted))
        };
        members.iter().map(fit).collect()
    }

    fn restore(
        &self,
        ctx: &Context,
        _objective: &Objective,
        weights: &Weights,
    ) -> Result<Box<dyn FittedDecoder>> {
        Ok(Box::new(FittedRidge::restore(weights, ctx.device())?))
    }
}
