//! The generator's ceiling: the best latent for each image, found by gradient descent.
//!
//! ```text
//! z* = argmin_z L(z, x),     z ← Adam(z, ∇_z L(z/‖z‖, x)),     best of `n_starts` draws from the prior
//! ```
//! No decoder can do better than the images that the generator can make; this bound stands beside every score.

use candle_core::{Tensor, Var};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::context::Context;
use crate::demand::{self, Demand};
use crate::nn::optim::{Adam, AdamParams, Parameter};
use crate::objective::Objective;

/// Images inverted at a time, times starts.
const CHUNK: usize = 96;

/// How hard to search.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InversionParams {
    /// Starting points of the search for each image.
    pub n_starts: usize,
    /// Steps from each starting point.
    pub n_steps: usize,
    /// Learning rate of the first step; falls linearly to a tenth.
    pub learning_rate: f64,
}

impl Default for InversionParams {
    /// Four starts of 60 steps: measured to be enough for a 50-number latent.
    fn default() -> Self {
        Self {
            n_starts: 4,
            n_steps: 60,
            learning_rate: 0.1,
        }
    }
}

impl InversionParams {
    /// What a search among latents of this many numbers asks of the computer at least.
    pub fn demand(&self, n_latents: usize) -> Demand {
        let rows = self.n_starts as f64;
        Demand {
            bytes: demand::training(rows * n_latents as f64, 0.0),
            steps: self.n_steps as f64,
            lower: "inversion.n_starts or inversion.n_steps",
        }
    }
}

/// The best latents found and their losses.
#[derive(Debug, Clone)]
pub struct Inversion {
    /// `[n_targets, n_latents]` on the constraint.
    pub latents: Tensor,
    /// `[n_targets]`, the objective's unit.
    pub losses: Vec<f32>,
}

/// Inverts every target of `objective`.
///
/// # Errors
/// Fails if the objective does or the run is cancelled.
///
/// # Determinism
/// Starting points come from the stream `starts` of the context.
pub fn invert(ctx: &Context, objective: &Objective, params: &InversionParams) -> Result<Inversion> {
    let n_targets = objective.n_targets();
    let mut stream = ctx.rng("starts");
    let mut latents = Vec::new();
    let mut losses = Vec::new();
    let n_chunks = n_targets.div_ceil(CHUNK);
    for chunk in 0..n_chunks {
        let targets: Vec<usize> = (chunk * CHUNK..n_targets.min((chunk + 1) * CHUNK)).collect();
        let rows: Vec<usize> = targets
            .iter()
            .flat_map(|&idx| std::iter::repeat_n(idx, params.n_starts))
            .collect();
        let start = objective
            .latent_space()
            .sample(&mut stream, rows.len(), ctx.device())?;
        let z = descend(ctx, objective, params, &start, &rows, (chunk, n_chunks))?;
        let values = objective.loss(ctx, &z, &rows)?.to_vec1::<f32>()?;
        for group in 0..targets.len() {
            let of_image = &values[group * params.n_starts..(group + 1) * params.n_starts];
            let best = (0..of_image.len())
                .min_by(|&a, &b| of_image[a].total_cmp(&of_image[b]))
                .unwrap_or(0);
            losses.push(of_image[best]);
            latents.push(z.narrow(0, group * params.n_starts + best, 1)?);
        }
    }
    Ok(Inversion {
        latents: Tensor::cat(&latents, 0)?,
        losses,
    })
}

fn descend(
    ctx: &Context,
    objective: &Objective,
    params: &InversionParams,
    start: &Tensor,
    rows: &[usize],
    chunk: (usize, usize),
) -> Result<Tensor> {
    let space = objective.latent_space();
    let z = Var::from_tensor(start)?;
    let parameter = Parameter {
        name: "z".into(),
        var: z.clone(),
        weight_decay: 0.0,
    };
    let adam = AdamParams {
        learning_rate: params.learning_rate,
        beta1: 0.9,
        beta2: 0.999,
        eps: 1e-8,
        clip_norm: None,
    };
    let mut adam = Adam::new(vec![parameter], adam)?;
    for step in 0..params.n_steps {
        ctx.check_cancelled()?;
        adam.set_learning_rate(
            params.learning_rate * (1.0 - 0.9 * step as f64 / params.n_steps as f64),
        );
        let loss = objective
            .loss(ctx, &space.constrain(z.as_tensor())?, rows)?
            .sum_all()?;
        adam.step(&loss.backward()?)?;
        ctx.progress(
            chunk.0 * params.n_steps + step + 1,
            chunk.1 * params.n_steps,
            "steps",
            "",
        );
    }
    space.constrain(&z.as_tensor().detach())
}
