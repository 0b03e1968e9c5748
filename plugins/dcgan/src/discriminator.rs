//! The discriminator as a function of its weights.
//!
//! ```text
//! h₁ = elu(norm(conv₃(x + noise)))      hᵢ = elu(norm(conv₄(hᵢ₋₁)))      logit = h₄·w + b
//! ```
//! It only ever sees whole batches, so that it is always normalised by them.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::nn::{self, Activation, Variables, init};
use lab_core::rng::Stream;
use lab_core::weights::{self, Weights};

use crate::generator::{EPS, KERNEL, STRIDE};
use crate::layout::{Layout, N_LAYERS};

/// Kernel side of the first layer.
const FIRST_KERNEL: usize = 3;
const PADDING: usize = 1;

/// What it says of a batch.
pub(crate) struct Opinion {
    /// Above 0 for images taken as real: `[batch, 1]`.
    pub(crate) logits: Tensor,
    /// Activations of each hidden layer.
    pub(crate) hidden: Vec<Tensor>,
}

/// Weights to start from.
pub(crate) fn initial(
    layout: &Layout,
    rng: &mut Stream,
    initial: init::Initial,
    device: &candle_core::Device,
) -> Result<Variables> {
    let channels = layout.discriminator;
    let mut variables = Variables::default();
    for layer in 0..N_LAYERS {
        let k = kernel_side(layer);
        let shape = [channels[layer + 1], channels[layer], k, k];
        let kernel = init::normal(rng, initial.sd(channels[layer] * k * k), &shape, device)?;
        variables.insert(format!("conv-{layer}.kernel"), kernel);
        variables.insert(
            format!("norm-{layer}.scale"),
            init::ones(&[channels[layer + 1]], device)?,
        );
        variables.insert(
            format!("norm-{layer}.shift"),
            init::zeros(&[channels[layer + 1]], device)?,
        );
    }
    let n_last = channels[N_LAYERS] * layout.end * layout.end;
    variables.insert(
        "linear.weight",
        init::normal(rng, initial.sd(n_last), &[n_last, 1], device)?,
    );
    variables.insert("linear.bias", init::zeros(&[1], device)?);
    Ok(variables)
}

/// What it says of images that already carry their noise.
pub(crate) fn forward(w: &Weights, noisy: &Tensor) -> Result<Opinion> {
    let mut hidden: Vec<Tensor> = Vec::with_capacity(N_LAYERS);
    for layer in 0..N_LAYERS {
        let x = hidden.last().unwrap_or(noisy);
        let maps = nn::conv2d(
            x,
            weights::get(w, &format!("conv-{layer}.kernel"))?,
            None,
            STRIDE,
            PADDING,
        )?;
        let scale = weights::get(w, &format!("norm-{layer}.scale"))?;
        let shift = weights::get(w, &format!("norm-{layer}.shift"))?;
        hidden.push(nn::batch_norm_act(&maps, scale, shift, EPS, Activation::Elu)?.0);
    }
    let flat = hidden[N_LAYERS - 1].flatten_from(1)?;
    let logits = nn::linear(
        &flat,
        weights::get(w, "linear.weight")?,
        Some(weights::get(w, "linear.bias")?),
    )?;
    Ok(Opinion { logits, hidden })
}

fn kernel_side(layer: usize) -> usize {
    if layer == 0 { FIRST_KERNEL } else { KERNEL }
}
