//! The discriminator as a function of its weights: the generator's stages the other way round.
//!
//! ```text
//! h_last = a(down(x))      h_s = blocks(down(h_{s+1}))      logit = h₀·w + b
//! ```
//! No layer sees more than one image, so that several batches can pass as one.

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::nn::{self, Variables, init};
use lab_core::rng::Stream;
use lab_core::weights::{self, Weights};

use crate::blocks::{self, Resampling, Towards};
use crate::layout::Layout;

/// The discriminator's shape.
#[derive(Debug, Clone)]
pub(crate) struct Discriminator {
    pub(crate) layout: Layout,
}

/// What it says of a batch.
pub(crate) struct Opinion {
    /// Above those of others for images taken as more real: `[batch, 1]`.
    pub(crate) logits: Tensor,
    /// What the logits are linear in: `[batch, n_features]`.
    pub(crate) features: Tensor,
}

impl Discriminator {
    /// Weights to start from.
    pub(crate) fn initial(&self, rng: &mut Stream, device: &Device) -> Result<Variables> {
        let layout = &self.layout;
        let mut variables = Variables::default();
        for stage in (0..layout.n_stages()).rev() {
            let down = Resampling {
                towards: Towards::Smaller,
                n_in: layout.n_next(stage),
                n_out: layout.channels[stage],
                after_activation: layout.is_last(stage + 1),
            };
            down.insert(&mut variables, &down_name(stage), rng, device)?;
            blocks::insert_stage(&mut variables, layout, stage, rng, device)?;
        }
        let n_features = layout.n_smallest();
        let sd = 1.0 / (n_features as f64).sqrt();
        variables.insert(
            "linear.weight",
            init::normal(rng, sd, &[n_features, 1], device)?,
        );
        variables.insert("linear.bias", init::zeros(&[1], device)?);
        Ok(variables)
    }

    /// What it says of images `[batch, 1, size, size]`.
    pub(crate) fn forward(&self, w: &Weights, images: &Tensor) -> Result<Opinion> {
        let layout = &self.layout;
        let mut h = images.clone();
        for stage in (0..layout.n_stages()).rev() {
            h = blocks::resample(w, &down_name(stage), Towards::Smaller, &h)?;
            h = blocks::stage(w, stage, layout.n_blocks(stage), &h)?;
        }
        let features = h.flatten_from(1)?;
        let logits = nn::linear(
            &features,
            weights::get(w, "linear.weight")?,
            Some(weights::get(w, "linear.bias")?),
        )?;
        Ok(Opinion { logits, features })
    }
}

fn down_name(stage: usize) -> String {
    format!("stage-{stage}.down")
}
