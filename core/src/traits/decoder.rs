//! Decoders.

use std::path::PathBuf;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::context::Context;
use crate::events::Curve;
use crate::objective::Objective;
use crate::weights::Weights;

/// What a decoder predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Output {
    /// Latents of the generator, `[n_samples, n_latents]`.
    Latents,
    /// Pixels, `[n_samples, channels, height, width]` in `[−1, 1]`.
    Images,
}

/// The training rows.
#[derive(Clone, Copy)]
pub struct TrainingSet<'a> {
    /// Aligned responses: `[n_samples, n_features]`, f32.
    pub features: &'a Tensor,
    /// For each row, which of the objective's targets was seen: `[n_samples]`.
    pub target_idx: &'a [usize],
    /// The targets: `[n_targets, channels, height, width]` in `[−1, 1]`.
    pub targets: &'a Tensor,
    /// Generator, features and weighted loss terms; decoders that predict images may ignore it.
    pub objective: &'a Objective,
}

/// Learns to turn aligned responses into latents or pixels.
///
/// # Determinism
/// Member `m` draws only from the stream `member-{m}` of the context, so that it is the same decoder whatever pass it is
/// trained in.
pub trait Decoder: Send + Sync {
    /// The files that it reads, as written in the experiment. Checked to exist before anything heavy starts, and hashed by
    /// content into the keys of the stages that use it.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// What it predicts.
    fn output(&self) -> Output;

    /// Fits the given members of an ensemble together, in one pass.
    ///
    /// # Errors
    /// Fails if shapes do not fit or the run is cancelled.
    fn fit(
        &self,
        ctx: &Context,
        train: &TrainingSet<'_>,
        members: &[usize],
    ) -> Result<Vec<Box<dyn FittedDecoder>>>;

    /// Rebuilds a fitted decoder from the weights it gave. The objective is that of the fit, on whatever targets:
    /// decoders that search for the latents of each response need its generator and networks.
    ///
    /// # Errors
    /// Fails if a weight is missing or has another shape.
    fn restore(
        &self,
        ctx: &Context,
        objective: &Objective,
        weights: &Weights,
    ) -> Result<Box<dyn FittedDecoder>>;
}

/// A fitted decoder: one member.
pub trait FittedDecoder: Send + Sync {
    /// Latents (on the generator's constraint) or pixels for each row of `features`, `[n_samples, n_features]`.
    ///
    /// # Errors
    /// Fails if the number of features differs from the fit.
    fn decode(&self, features: &Tensor) -> Result<Tensor>;

    /// Everything needed to rebuild it.
    fn weights(&self) -> Weights;

    /// How training went; empty for a restored one.
    fn curves(&self) -> Vec<Curve>;
}
