//! The generator as a function of its weights.
//!
//! ```text
//! h₀ = √n·z·W + b      h_s = up(blocks(h_{s−1}))      image = m·tanh(up(blocks(h_last)) + c)
//! ```
//! z lies on the unit sphere of n numbers; √n gives its numbers the size 1 that the kernels' first values expect.

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::nn::{self, Variables, init};
use lab_core::rng::Stream;
use lab_core::weights::{self, Weights};

use crate::blocks;
use crate::layout::Layout;

/// The generator's shape.
#[derive(Debug, Clone)]
pub(crate) struct Generator {
    pub(crate) n_latents: usize,
    pub(crate) layout: Layout,
    /// Residual blocks a stage.
    pub(crate) n_blocks: usize,
    /// `[1, 1, size, size]`, in `[0, 1]`.
    pub(crate) mask: Option<Tensor>,
}

impl Generator {
    /// Weights to start from.
    pub(crate) fn initial(&self, rng: &mut Stream, device: &Device) -> Result<Variables> {
        let channels = &self.layout.channels;
        let n_all = self.layout.n_stages() * self.n_blocks;
        let mut variables = Variables::default();
        let n_first = self.layout.n_smallest();
        let sd = 1.0 / (self.n_latents as f64).sqrt();
        variables.insert(
            "linear.weight",
            init::normal(rng, sd, &[self.n_latents, n_first], device)?,
        );
        variables.insert("linear.bias", init::zeros(&[n_first], device)?);
        for (stage, &n_channels) in channels.iter().enumerate() {
            for block in 0..self.n_blocks {
                let name = block_name(stage, block);
                blocks::insert_block(&mut variables, &name, n_channels, n_all, rng, device)?;
            }
            let n_next = channels.get(stage + 1).copied().unwrap_or(1);
            variables.insert(
                up_name(stage),
                blocks::up_kernel(rng, n_channels, n_next, device)?,
            );
        }
        variables.insert("output.bias", init::zeros(&[1], device)?);
        Ok(variables)
    }

    /// Images of latents `[batch, n_latents]`.
    pub(crate) fn forward(&self, w: &Weights, z: &Tensor) -> Result<Tensor> {
        let Layout {
            start, channels, ..
        } = &self.layout;
        let linear = nn::linear(
            &z.affine((self.n_latents as f64).sqrt(), 0.0)?,
            weights::get(w, "linear.weight")?,
            Some(weights::get(w, "linear.bias")?),
        )?;
        let mut h = linear.reshape((z.dim(0)?, channels[0], *start, *start))?;
        for stage in 0..channels.len() {
            for block in 0..self.n_blocks {
                h = blocks::block(w, &block_name(stage, block), &h)?;
            }
            let is_last = stage + 1 == channels.len();
            let bias = is_last
                .then(|| weights::get(w, "output.bias"))
                .transpose()?;
            h = blocks::up(&h, weights::get(w, &up_name(stage))?, bias)?;
        }
        self.masked(&h.tanh()?)
    }

    /// Images, made or real, as far as the mask lets them be seen.
    pub(crate) fn masked(&self, images: &Tensor) -> Result<Tensor> {
        Ok(match &self.mask {
            Some(mask) => images.broadcast_mul(&mask.to_device(images.device())?)?,
            None => images.clone(),
        })
    }
}

fn block_name(stage: usize, block: usize) -> String {
    format!("stage-{stage}.block-{block}")
}

fn up_name(stage: usize) -> String {
    format!("stage-{stage}.up.kernel")
}
