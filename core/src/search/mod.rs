//! The best latents that a search finds for each image, and how the search ended.
//!
//! ```text
//! z* = argmin_z L(z, x),     z ← Adam(z, ∇_z L(z/‖z‖, x)),     the best of all steps from `n_starts` starts
//! ```
//! A search is no proof. The loss that it found is one that can be reached: the least loss lies there or below, and no
//! other score is bounded by it at all.

mod descent;
mod params;
#[cfg(test)]
mod tests;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

pub use params::SearchParams;

use crate::context::Context;
use crate::objective::Objective;
use crate::{Error, Result};
use descent::{Found, Group, descend};

/// Images whose latents are searched together.
const GROUP: usize = 96;

/// The best latents found, and how the search ended.
#[derive(Debug, Clone)]
pub struct Search {
    /// `[n_targets, n_latents]` on the constraint.
    pub latents: Tensor,
    /// `[n_targets]`, the objective's unit.
    pub losses: Vec<f32>,
    /// How the search ended.
    pub facts: SearchFacts,
}

/// How a search ended. Images are searched in groups; each ends by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchFacts {
    /// Images that were searched for.
    pub n_images: usize,
    /// Starting points of each image.
    pub n_starts: usize,
    /// Latents that were offered for each image, of which the best `n_starts` were taken; 0 if starts were drawn at random.
    pub n_offered: usize,
    /// Whether it began at the latents that the generator's encoder gives.
    #[serde(default)]
    pub by_encoder: bool,
    /// Steps of the group that made most.
    pub n_steps: usize,
    /// Steps that were allowed.
    pub maximum: usize,
    /// A fall of the loss by less than this share ended the search.
    pub tolerance: f64,
    /// Steps over which that fall was measured.
    pub window: usize,
    /// Images whose search ended because the loss fell by too little; the others used up the steps.
    pub n_stalled: usize,
    /// Share by which the loss fell over the last window, of the group in which it fell most; `None` if a group made fewer
    /// steps than the window has.
    pub fall: Option<f64>,
    /// Mean over images of the best loss that was found.
    pub loss: f64,
}

/// Searches the latents of every target from those that the generator's encoder gives, or from random starts if it has none.
/// Without a single step an encoder's latents are taken as they are.
///
/// # Errors
/// Fails if a parameter is outside its range, the objective fails or gives no finite loss, or the run is cancelled.
///
/// # Determinism
/// Starting points come from the stream `starts` of the context. A search that is taken up from a checkpoint ends with the
/// same bytes.
pub fn search(ctx: &Context, objective: &Objective, params: &SearchParams) -> Result<Search> {
    params.check()?;
    if let Some(encoded) = objective.generator().encode(objective.targets())? {
        let params = SearchParams {
            n_starts: 1,
            ..*params
        };
        return groups(ctx, objective, &params, &encoded, Starts::Encoder);
    }
    let n_starts = objective.n_targets() * params.n_starts;
    let generator = objective.generator();
    let starts = generator.sample(&mut ctx.rng("starts"), n_starts, ctx.device())?;
    groups(ctx, objective, params, &starts, Starts::Random)
}

/// Where a search began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Starts {
    Random,
    Encoder,
    /// The best of so many latents that were offered for each image.
    Offered(usize),
}

/// Searches the latents of every target from those that are offered, `[n_targets, n_latents]` each: for each image from the
/// `n_starts` with the least loss.
///
/// What is found for an image is never worse than the best that was offered for it.
///
/// # Errors
/// As [`search`], or if nothing is offered.
pub fn search_from(
    ctx: &Context,
    objective: &Objective,
    params: &SearchParams,
    offered: &[Tensor],
) -> Result<Search> {
    params.check()?;
    let all: Vec<usize> = (0..objective.n_targets()).collect();
    let mut losses = Vec::with_capacity(offered.len());
    for latents in offered {
        let of_each = objective.loss(ctx, &latents.detach(), &all)?;
        losses.push(of_each.to_vec1::<f32>()?);
    }
    let n_starts = params.n_starts.min(offered.len());
    let mut chosen = Vec::with_capacity(all.len() * n_starts);
    for &target in &all {
        let mut order: Vec<usize> = (0..offered.len()).collect();
        order.sort_by(|&a, &b| losses[a][target].total_cmp(&losses[b][target]));
        for &best in &order[..n_starts] {
            chosen.push(offered[best].narrow(0, target, 1)?);
        }
    }
    if chosen.is_empty() {
        return Err(Error::shape("latents to start from", "at least 1", 0));
    }
    let params = SearchParams {
        n_starts,
        ..*params
    };
    let starts = Tensor::cat(&chosen, 0)?.detach();
    let offered = Starts::Offered(offered.len());
    groups(ctx, objective, &params, &starts, offered)
}

/// `starts` is `[n_targets · n_starts, n_latents]`.
fn groups(
    ctx: &Context,
    objective: &Objective,
    params: &SearchParams,
    starts: &Tensor,
    from: Starts,
) -> Result<Search> {
    let n_targets = objective.n_targets();
    let mut all = Vec::new();
    for first in (0..n_targets).step_by(GROUP) {
        let targets: Vec<usize> = (first..n_targets.min(first + GROUP)).collect();
        let group = Group {
            idx: first / GROUP,
            n_groups: n_targets.div_ceil(GROUP),
            starts: starts.narrow(0, first * params.n_starts, targets.len() * params.n_starts)?,
            targets,
        };
        all.push(descend(ctx, objective, params, &group)?);
    }
    let latents: Vec<f32> = all.iter().flat_map(|found| found.latents.clone()).collect();
    let losses: Vec<f32> = all.iter().flat_map(|found| found.losses.clone()).collect();
    let shape = (n_targets, objective.latent_space().n_latents);
    Ok(Search {
        latents: Tensor::from_vec(latents, shape, ctx.device())?,
        facts: facts(&all, params, from, &losses),
        losses,
    })
}

fn facts(all: &[Found], params: &SearchParams, from: Starts, losses: &[f32]) -> SearchFacts {
    let stalled = all.iter().filter(|found| found.stalled);
    let falls: Option<Vec<f64>> = all.iter().map(|found| found.fall).collect();
    let sum: f64 = losses.iter().copied().map(f64::from).sum();
    SearchFacts {
        n_images: losses.len(),
        n_starts: params.n_starts,
        n_offered: match from {
            Starts::Offered(n) => n,
            Starts::Random | Starts::Encoder => 0,
        },
        by_encoder: from == Starts::Encoder,
        n_steps: all.iter().map(|found| found.n_steps).max().unwrap_or(0),
        maximum: params.n_steps,
        tolerance: params.tolerance,
        window: params.window,
        n_stalled: stalled.map(|found| found.losses.len()).sum(),
        fall: falls.and_then(|falls| falls.into_iter().reduce(f64::max)),
        loss: sum / losses.len().max(1) as f64,
    }
}
