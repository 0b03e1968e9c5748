//! The search for the latents of responses: Adam through the frozen generator, from several starts.

use candle_core::{Tensor, Var};
use lab_core::Result;
use lab_core::context::Context;
use lab_core::nn::optim::{Adam, AdamParams, Parameter};
use lab_core::objective::{Objective, activations};
use lab_core::traits::Features;

use super::params::PerImageParams;
use super::predicted::{PIXELS, Part};

/// What is known about some images, a row each.
pub(super) struct Wanted {
    /// ẑ: `[batch, n_latents]`.
    pub(super) latents: Tensor,
    /// φ̂ of each part: `[batch, n_units]`.
    pub(super) parts: Vec<Tensor>,
}

impl Wanted {
    /// Each row `n` times in a row.
    pub(super) fn repeated(&self, n: usize) -> Result<Self> {
        let repeat = |tensor: &Tensor| -> Result<Tensor> {
            let (rows, columns) = tensor.dims2()?;
            Ok(tensor
                .unsqueeze(1)?
                .broadcast_as((rows, n, columns))?
                .contiguous()?
                .reshape((rows * n, columns))?)
        };
        Ok(Self {
            latents: repeat(&self.latents)?,
            parts: self.parts.iter().map(repeat).collect::<Result<_>>()?,
        })
    }
}

/// The energy that is minimised, and how.
pub(super) struct Search<'a> {
    pub(super) objective: &'a Objective,
    pub(super) params: &'a PerImageParams,
    pub(super) parts: &'a [Part],
    /// Σ of the latents' errors on images left out.
    pub(super) latent_error: f64,
}

impl Search<'_> {
    /// E of each row: `z` is `[batch, n_latents]` on the constraint; returns `[batch]`, differentiable.
    pub(super) fn energy(&self, z: &Tensor, wanted: &Wanted) -> Result<Tensor> {
        let mut energy = (z - &wanted.latents)?
            .sqr()?
            .sum(1)?
            .affine(self.params.prior / self.latent_error, 0.0)?;
        if self.parts.is_empty() {
            return Ok(energy);
        }
        let image = self.objective.generator().generate(z)?;
        let layers: Vec<String> = self
            .parts
            .iter()
            .filter(|part| part.name != PIXELS)
            .map(|part| part.name.clone())
            .collect();
        let features = match self.objective.features() {
            Some(net) if !layers.is_empty() => activations(net, &image, &layers)?,
            _ => Features::new(),
        };
        for (part, wanted) in self.parts.iter().zip(&wanted.parts) {
            let (values, weight) = match features.get(&part.name) {
                Some(values) => (values, self.params.features / layers.len() as f64),
                None => (&image, self.params.pixels),
            };
            energy = (energy + part.distance(values, wanted)?.affine(weight, 0.0)?)?;
        }
        Ok(energy)
    }

    /// Descends from `start` `[batch, n_latents]`; returns latents on the constraint.
    pub(super) fn descend(&self, ctx: &Context, start: &Tensor, wanted: &Wanted) -> Result<Tensor> {
        let space = self.objective.latent_space();
        let z = Var::from_tensor(start)?;
        let parameter = Parameter {
            name: "z".into(),
            var: z.clone(),
            weight_decay: 0.0,
        };
        let rate = self.params.learning_rate;
        let adam = AdamParams {
            learning_rate: rate,
            ..AdamParams::default()
        };
        let mut adam = Adam::new(vec![parameter], adam)?;
        for step in 0..self.params.n_steps {
            ctx.check_cancelled()?;
            adam.set_learning_rate(rate * (1.0 - 0.9 * step as f64 / self.params.n_steps as f64));
            let energy = self
                .energy(&space.constrain(z.as_tensor())?, wanted)?
                .sum_all()?;
            adam.step(&energy.backward()?).map_err(|error| {
                let whose = format!("the search of per_image at step {step}");
                lab_core::Error::from(error).not_finite_of(&whose, "lower learning_rate")
            })?;
        }
        space.constrain(&z.as_tensor().detach())
    }
}

/// The row of least energy in each group of `n`: `z` is `[n_groups·n, n_latents]`.
pub(super) fn best(z: &Tensor, energy: &Tensor, n: usize) -> Result<Tensor> {
    let energy = energy.to_vec1::<f32>()?;
    let place = |(group, of_row): (usize, &[f32])| {
        let best = (0..n)
            .min_by(|&a, &b| of_row[a].total_cmp(&of_row[b]))
            .unwrap_or(0);
        (group * n + best) as u32
    };
    let rows: Vec<u32> = energy.chunks_exact(n).enumerate().map(place).collect();
    Ok(z.index_select(&Tensor::new(rows, z.device())?, 0)?)
}

/// `[rows·n, n_latents]` from `[rows, n_latents]` and `[rows·(n − 1), n_latents]`: the row itself first in each group.
pub(super) fn with_own(own: &Tensor, others: &Tensor, n: usize) -> Result<Tensor> {
    let (rows, columns) = own.dims2()?;
    let own = own.unsqueeze(1)?;
    let others = others.reshape((rows, n - 1, columns))?;
    Ok(Tensor::cat(&[own, others], 1)?.reshape((rows * n, columns))?)
}
