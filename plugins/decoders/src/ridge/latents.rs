//! `ridge_to_latents`: ridge regression to the latents of the training images.

use lab_core::Result;
use lab_core::config::PluginParams;
use lab_core::context::Context;
use lab_core::invert::{InversionParams, invert};
use lab_core::objective::Objective;
use lab_core::traits::{Decoder, FittedDecoder, Output, TrainingSet};
use lab_core::weights::Weights;
use serde::{Deserialize, Serialize};

use super::fitted::{FittedRidge, Target};
use super::rows::target_rows;

/// Parameters of [`RidgeToLatents`].
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RidgeToLatentsParams {
    /// How hard to search for the latent of each training image.
    pub inversion: InversionParams,
}

impl PluginParams for RidgeToLatentsParams {
    fn smoke(&mut self) {
        self.inversion.n_starts = 1;
        self.inversion.n_steps = self.inversion.n_steps.min(5);
    }
}

/// Ridge regression from features to latents that were found by inverting the generator.
///
/// ```text
/// z_i = argmin_z L(z, x_i),    ẑ = constrain((r − r̄)·W + z̄),    W = argmin Σ_i ‖z_i − ẑ_i‖² + α‖W‖²
/// ```
///
/// # Source
/// Hoerl & Kennard (1970), doi:10.1080/00401706.1970.10488634; the inversion is that of [`lab_core::invert`].
///
/// # Determinism
/// Member m inverts from the stream `member-{m}/inversion`.
#[derive(Debug)]
pub struct RidgeToLatents {
    params: RidgeToLatentsParams,
}

impl RidgeToLatents {
    /// Has nothing to check.
    ///
    /// # Errors
    /// None.
    pub fn build(params: RidgeToLatentsParams, _ctx: &Context) -> Result<Self> {
        Ok(Self { params })
    }
}

impl Decoder for RidgeToLatents {
    fn output(&self) -> Output {
        Output::Latents
    }

    fn fit(
        &self,
        ctx: &Context,
        train: &TrainingSet<'_>,
        members: &[usize],
    ) -> Result<Vec<Box<dyn FittedDecoder>>> {
        ctx.check_cancelled()?;
        let rows = target_rows(ctx, train, train.objective.n_targets())?;
        let constraint = train.objective.latent_space().constraint;
        let fit = |member: &usize| -> Result<Box<dyn FittedDecoder>> {
            let ctx = ctx.child(&format!("member-{member}/inversion"));
            let latents = invert(&ctx, train.objective, &self.params.inversion)?
                .latents
                .index_select(&rows, 0)?;
            Ok(Box::new(FittedRidge::fit(
                train.features,
                &latents,
                Target::Latents(constraint),
            )?))
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

lab_core::register! {
    Decoder "ridge_to_latents" => RidgeToLatents, RidgeToLatentsParams;
    summary: "Ridge regression to the latents found by inverting the training images",
    equation: "z = argmin L(z, x),   ẑ = constrain((r − r̄)·W + z̄),   W = argmin Σ ‖z − ẑ‖² + α‖W‖²",
    source: "Hoerl & Kennard (1970), doi:10.1080/00401706.1970.10488634",
    parity: "scikit-learn (RidgeCV)",
}
