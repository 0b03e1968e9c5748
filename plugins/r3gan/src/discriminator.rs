//! The discriminator as a function of its weights: the generator's stages the other way round.
//!
//! ```text
//! h_last = down(x)      h_{s−1} = down(blocks(h_s))      logit = blocks(h₀)·w + b
//! ```
//! No layer sees more than one image, so that several batches can pass as one.

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::nn::{self, Variables, init};
use lab_core::rng::Stream;
use lab_core::weights::{self, Weights};

use crate::blocks;
use crate::layout::Layout;

/// The discriminator's shape.
#[derive(Debug, Clone)]
pub(crate) struct Discriminator {
    pub(crate) layout: Layout,
    /// Residual blocks a stage.
    pub(crate) n_blocks: usize,
}

impl Discriminator {
    /// Weights to start from.
    pub(crate) fn initial(&self, rng: &mut Stream, device: &Device) -> Result<Variables> {
        let channels = &self.layout.channels;
        let n_all = self.layout.n_stages() * self.n_blocks;
        let mut variables = Variables::default();
        for (stage, &n_channels) in channels.iter().enumerate().rev() {
            let n_before = channels.get(stage + 1).copied().unwrap_or(1);
            variables.insert(
                down_name(stage),
                blocks::down_kernel(rng, n_before, n_channels, device)?,
            );
            for block in 0..self.n_blocks {
                let name = block_name(stage, block);
                blocks::insert_block(&mut variables, &name, n_channels, n_all, rng, device)?;
            }
        }
        let n_last = self.layout.n_smallest();
        let sd = 1.0 / (n_last as f64).sqrt();
        variables.insert(
            "linear.weight",
            init::normal(rng, sd, &[n_last, 1], device)?,
        );
        variables.insert("linear.bias", init::zeros(&[1], device)?);
        Ok(variables)
    }

    /// Logits `[batch, 1]` of images `[batch, 1, size, size]`; above those of others for images taken as more real.
    pub(crate) fn forward(&self, w: &Weights, images: &Tensor) -> Result<Tensor> {
        let mut h = images.clone();
        for stage in (0..self.layout.n_stages()).rev() {
            h = blocks::down(&h, weights::get(w, &down_name(stage))?)?;
            for block in 0..self.n_blocks {
                h = blocks::block(w, &block_name(stage, block), &h)?;
            }
        }
        Ok(nn::linear(
            &h.flatten_from(1)?,
            weights::get(w, "linear.weight")?,
            Some(weights::get(w, "linear.bias")?),
        )?)
    }
}

fn block_name(stage: usize, block: usize) -> String {
    format!("stage-{stage}.block-{block}")
}

fn down_name(stage: usize) -> String {
    format!("stage-{stage}.down.kernel")
}
