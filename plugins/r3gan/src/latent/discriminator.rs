//! The discriminator of encoded and generated latents as a function of its weights.
//!
//! ```text
//! h = blocks(K∗x)      logit = leaky(blocks(down(leaky(h))))·w + b
//! ```
//! No layer sees more than one image, so that several batches can pass as one.

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::dims::ImageShape;
use lab_core::nn::{self, Variables, init};
use lab_core::rng::Stream;
use lab_core::weights::{self, Weights};

use super::parts::{behind_blocks, convolved, insert_blocks, insert_kernel};
use crate::blocks::{self, Resampling, Towards};
use crate::leaky::leaky_relu;

/// The discriminator's shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Discriminator {
    pub(crate) maps: ImageShape,
    pub(crate) channels: usize,
    pub(crate) n_blocks: usize,
}

impl Discriminator {
    /// Weights to start from.
    pub(crate) fn initial(&self, rng: &mut Stream, device: &Device) -> Result<Variables> {
        let (channels, n_blocks) = (self.channels, self.n_blocks);
        let mut variables = Variables::default();
        insert_kernel(
            &mut variables,
            "in",
            [self.maps.channels, channels],
            1.0,
            rng,
            device,
        )?;
        insert_blocks(&mut variables, "fine", channels, n_blocks, rng, device)?;
        let down = Resampling {
            towards: Towards::Smaller,
            n_in: channels,
            n_out: 2 * channels,
            after_activation: true,
        };
        down.insert(&mut variables, "down", rng, device)?;
        insert_blocks(
            &mut variables,
            "coarse",
            2 * channels,
            n_blocks,
            rng,
            device,
        )?;
        let n_features = 2 * channels * self.maps.height * self.maps.width / 4;
        let sd = 1.0 / (n_features as f64).sqrt();
        variables.insert(
            "linear.weight",
            init::normal(rng, sd, &[n_features, 1], device)?,
        );
        variables.insert("linear.bias", init::zeros(&[1], device)?);
        Ok(variables)
    }

    /// Logits `[batch, 1]` of latents as maps: above those of others for ones taken as more real.
    pub(crate) fn forward(&self, w: &Weights, maps: &Tensor) -> Result<Tensor> {
        let h = behind_blocks(w, "fine", self.n_blocks, &convolved(w, "in", maps)?)?;
        let h = blocks::resample(w, "down", Towards::Smaller, &leaky_relu(&h)?)?;
        let h = behind_blocks(w, "coarse", self.n_blocks, &h)?;
        Ok(nn::linear(
            &leaky_relu(&h)?.flatten_from(1)?,
            weights::get(w, "linear.weight")?,
            Some(weights::get(w, "linear.bias")?),
        )?)
    }
}
