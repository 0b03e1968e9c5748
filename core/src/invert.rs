//! Latents of training images, for decoders that learn from them: found by a fixed number of steps.
//!
//! ```text
//! z* = argmin_z L(z, x),     z ← Adam(z, ∇_z L(z/‖z‖, x)),     best of `n_starts` draws from the prior
//! ```
//! The generator's ceiling is searched longer, and says how its search ended: [`crate::search`].

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
            .generator()
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

/// Adam with its usual decays for latents, before the constraint: no weight decay, no bound on the gradient's norm.
///
/// # Errors
/// Fails if the state of the optimiser cannot be made.
pub(crate) fn adam_of(z: &Var, learning_rate: f64) -> Result<Adam> {
    let parameter = Parameter {
        name: "z".into(),
        var: z.clone(),
        weight_decay: 0.0,
    };
    let params = AdamParams {
        learning_rate,
        beta1: 0.9,
        beta2: 0.999,
        eps: 1e-8,
        clip_norm: None,
    };
    Ok(Adam::new(vec![parameter], params)?)
}

/// The learning rate of a step, counted from 0: it falls linearly to a tenth of the first.
pub(crate) fn falling(first: f64, step: usize, n_steps: usize) -> f64 {
    first * (1.0 - 0.9 * step as f64 / n_steps as f64)
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
    let mut adam = adam_of(&z, params.learning_rate)?;
    for step in 0..params.n_steps {
        ctx.check_cancelled()?;
        adam.set_learning_rate(falling(params.learning_rate, step, params.n_steps));
        let on_it = space.constrain(z.as_tensor())?;
        let slope = objective.slope(ctx, &on_it, rows)?;
        let along = (on_it * slope.gradient)?.sum_all()?;
        adam.step(&along.backward()?).map_err(|error| {
            let whose = format!("the inversion at step {step}");
            crate::Error::from(error).not_finite_of(&whose, "lower inversion.learning_rate")
        })?;
        ctx.progress(
            chunk.0 * params.n_steps + step + 1,
            chunk.1 * params.n_steps,
            "steps",
            "",
        );
    }
    space.constrain(&z.as_tensor().detach())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::toy_objective;

    #[test]
    fn a_search_that_leaves_all_numbers_is_refused_with_its_step() -> Result<()> {
        let ctx = Context::new(1);
        let objective = toy_objective(&ctx, 3)?;
        let params = InversionParams {
            learning_rate: 1e39,
            ..InversionParams::default()
        };
        let error = invert(&ctx, &objective, &params).unwrap_err().to_string();
        assert!(
            error.contains("of the inversion at step 0")
                && error.contains("inversion.learning_rate"),
            "{error}"
        );
        Ok(())
    }
}
