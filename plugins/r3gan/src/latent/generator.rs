//! The generator as a function of its weights.
//!
//! ```text
//! e = encoder(x̂(z))                                 latents of the code's image: what they begin as
//! h = K∗e + up(blocks(z·L + l))                     at the maps' side; the second from half of it
//! G(z) = e + K'∗leaky(blocks(h))
//! ```
//! The image x̂ of a code is blurred, as its components make it, and the autoencoder's own encoder knows the latents of any
//! image; what the game has to learn is what blurred images lack.

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::dims::ImageShape;
use lab_core::nn::{self, Variables, init};
use lab_core::rng::Stream;
use lab_core::traits::{Constraint, LatentSpace, Prior};
use lab_core::weights::{self, Weights};

use super::parts::{behind_blocks, convolved, insert_blocks, insert_kernel};
use crate::blocks::{self, Resampling, Towards};
use crate::leaky::{gain, leaky_relu};

/// The generator's shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Generator {
    pub(crate) n_latents: usize,
    /// Channels, rows and columns of the latents that it makes.
    pub(crate) maps: ImageShape,
    pub(crate) channels: usize,
    pub(crate) n_blocks: usize,
}

impl Generator {
    /// Its latents: normal numbers, as codes of images are on average.
    pub(crate) fn space(&self) -> LatentSpace {
        LatentSpace {
            n_latents: self.n_latents,
            prior: Prior::Normal,
            constraint: Constraint::None,
        }
    }

    /// Weights to start from.
    pub(crate) fn initial(&self, rng: &mut Stream, device: &Device) -> Result<Variables> {
        let mut variables = Variables::default();
        let channels = self.channels;
        let n_coarse = channels * self.maps.height * self.maps.width / 4;
        let sd = 1.0 / (self.n_latents as f64).sqrt();
        let shape = [self.n_latents, n_coarse];
        variables.insert("coarse.weight", init::normal(rng, sd, &shape, device)?);
        variables.insert("coarse.bias", init::zeros(&[n_coarse], device)?);
        insert_blocks(
            &mut variables,
            "coarse",
            channels,
            self.n_blocks,
            rng,
            device,
        )?;
        let up = Resampling {
            towards: Towards::Larger,
            n_in: channels,
            n_out: channels,
            after_activation: false,
        };
        up.insert(&mut variables, "up", rng, device)?;
        insert_kernel(
            &mut variables,
            "in",
            [self.maps.channels, channels],
            1.0,
            rng,
            device,
        )?;
        insert_blocks(&mut variables, "fine", channels, self.n_blocks, rng, device)?;
        // Small at first, so that images begin as those of codes.
        let small = 0.1 * gain();
        insert_kernel(
            &mut variables,
            "out",
            [channels, self.maps.channels],
            small,
            rng,
            device,
        )?;
        Ok(variables)
    }

    /// Maps of latents `[batch, n_latents]`, whose codes' images have these latents by the autoencoder.
    pub(crate) fn forward(&self, w: &Weights, z: &Tensor, coded: &Tensor) -> Result<Tensor> {
        let get = |name: &str| weights::get(w, name);
        let ImageShape { height, width, .. } = self.maps;
        let coarse = nn::linear(z, get("coarse.weight")?, Some(get("coarse.bias")?))?;
        let coarse = coarse.reshape((z.dim(0)?, self.channels, height / 2, width / 2))?;
        let coarse = behind_blocks(w, "coarse", self.n_blocks, &coarse)?;
        let coarse = blocks::resample(w, "up", Towards::Larger, &coarse)?;
        let h = (convolved(w, "in", coded)? + coarse)?;
        let h = behind_blocks(w, "fine", self.n_blocks, &h)?;
        Ok((coded + convolved(w, "out", &leaky_relu(&h)?)?)?)
    }
}
