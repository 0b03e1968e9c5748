//! The generator as a function of its weights.
//!
//! ```text
//! h₀ = √n·z·W + b      h_s = up(blocks(h_{s−1}))      image = m·tanh(up(a(h_last)))
//! ```
//! z lies on the unit sphere of n numbers; √n gives its numbers the size 1 that the kernels' first values expect.

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::nn::{self, Variables, init};
use lab_core::rng::Stream;
use lab_core::weights::{self, Weights};

use crate::blocks::{self, Resampling, Towards};
use crate::layout::Layout;

/// The generator's shape.
#[derive(Debug, Clone)]
pub(crate) struct Generator {
    pub(crate) n_latents: usize,
    pub(crate) layout: Layout,
    /// `[1, 1, size, size]`, in `[0, 1]`.
    pub(crate) mask: Option<Tensor>,
}

impl Generator {
    /// Weights to start from.
    pub(crate) fn initial(&self, rng: &mut Stream, device: &Device) -> Result<Variables> {
        let layout = &self.layout;
        let mut variables = Variables::default();
        let n_first = layout.n_smallest();
        let sd = 1.0 / (self.n_latents as f64).sqrt();
        variables.insert(
            "linear.weight",
            init::normal(rng, sd, &[self.n_latents, n_first], device)?,
        );
        variables.insert("linear.bias", init::zeros(&[n_first], device)?);
        for stage in 0..layout.n_stages() {
            blocks::insert_stage(&mut variables, layout, stage, rng, device)?;
            let up = Resampling {
                towards: Towards::Larger,
                n_in: layout.channels[stage],
                n_out: layout.n_next(stage),
                after_activation: layout.is_last(stage),
            };
            up.insert(&mut variables, &up_name(stage), rng, device)?;
        }
        Ok(variables)
    }

    /// Images of latents `[batch, n_latents]`.
    pub(crate) fn forward(&self, w: &Weights, z: &Tensor) -> Result<Tensor> {
        let layout = &self.layout;
        let linear = nn::linear(
            &z.affine((self.n_latents as f64).sqrt(), 0.0)?,
            weights::get(w, "linear.weight")?,
            Some(weights::get(w, "linear.bias")?),
        )?;
        let side = layout.start;
        let mut h = linear.reshape((z.dim(0)?, layout.channels[0], side, side))?;
        for stage in 0..layout.n_stages() {
            h = blocks::stage(w, stage, layout.n_blocks(stage), &h)?;
            h = blocks::resample(w, &up_name(stage), Towards::Larger, &h)?;
        }
        self.masked(&nn::tanh(&h)?)
    }

    /// Images, made or real, as far as the mask lets them be seen.
    pub(crate) fn masked(&self, images: &Tensor) -> Result<Tensor> {
        Ok(match &self.mask {
            Some(mask) => images.broadcast_mul(&mask.to_device(images.device())?)?,
            None => images.clone(),
        })
    }
}

fn up_name(stage: usize) -> String {
    format!("stage-{stage}.up")
}
