//! The network as a function of its weights.
//!
//! ```text
//! aᵢ = norm(conv(hᵢ₋₁))      hᵢ = pool(relu(aᵢ))      scores = grid(h₃)·W + b
//! ```

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::nn::{self, Activation, BatchStatistics, Rounding, Variables, init};
use lab_core::rng::Stream;
use lab_core::traits::Features;
use lab_core::weights::{self, Weights};

/// Names of the layers, from input to output.
pub(crate) const NAMES: [&str; 3] = ["conv1", "conv2", "conv3"];
/// Side of the grid in front of the linear map.
const GRID: usize = 3;
/// What is added to a variance.
const EPS: f64 = 1e-5;

/// Weights to start from.
pub(crate) fn initial(
    channels: [usize; 3],
    n_classes: usize,
    rng: &mut Stream,
    device: &Device,
) -> Result<Variables> {
    let mut variables = Variables::default();
    let mut c_in = 1;
    for (name, c_out) in NAMES.iter().zip(channels) {
        variables.insert(
            format!("{name}.kernel"),
            init::he_normal(rng, c_in * 9, &[c_out, c_in, 3, 3], device)?,
        );
        variables.insert(format!("{name}.scale"), init::ones(&[c_out], device)?);
        variables.insert(format!("{name}.shift"), init::zeros(&[c_out], device)?);
        c_in = c_out;
    }
    let n_flat = c_in * GRID * GRID;
    variables.insert(
        "linear.weight",
        init::normal(
            rng,
            (1.0 / n_flat as f64).sqrt(),
            &[n_flat, n_classes],
            device,
        )?,
    );
    variables.insert("linear.bias", init::zeros(&[n_classes], device)?);
    Ok(variables)
}

/// Class scores of a batch that is normalised by itself, and its statistics.
pub(crate) fn training_scores(
    w: &Weights,
    images: &Tensor,
) -> Result<(Tensor, Vec<BatchStatistics>)> {
    let mut statistics = Vec::new();
    let mut h = images.clone();
    for name in NAMES {
        let maps = nn::conv2d(&h, weights::get(w, &format!("{name}.kernel"))?, None, 1, 1)?;
        let (scale, shift) = (
            weights::get(w, &format!("{name}.scale"))?,
            weights::get(w, &format!("{name}.shift"))?,
        );
        let (y, batch) = nn::batch_norm_act(&maps, scale, shift, EPS, Activation::Relu)?;
        statistics.push(batch);
        h = nn::max_pool2d(&y, 2, 2, Rounding::Down)?;
    }
    Ok((linear(w, &h)?, statistics))
}

/// Activations before the ReLU and, if nothing is wanted, the last map; statistics are those of the training.
pub(crate) fn activations(w: &Weights, images: &Tensor, wanted: &[String]) -> Result<Features> {
    let mut found = Features::new();
    let mut h = images.clone();
    for name in NAMES {
        if found.len() == wanted.len() {
            break;
        }
        let a = normalised(w, name, &h)?;
        if wanted.iter().any(|wanted| wanted == name) {
            found.insert(name.to_owned(), a.clone());
        }
        h = nn::max_pool2d(&a.relu()?, 2, 2, Rounding::Down)?;
    }
    Ok(found)
}

/// Class scores with the statistics of the training.
pub(crate) fn scores(w: &Weights, images: &Tensor) -> Result<Tensor> {
    let mut h = images.clone();
    for name in NAMES {
        h = nn::max_pool2d(&normalised(w, name, &h)?.relu()?, 2, 2, Rounding::Down)?;
    }
    linear(w, &h)
}

fn normalised(w: &Weights, name: &str, h: &Tensor) -> Result<Tensor> {
    let get = |part: &str| weights::get(w, &format!("{name}.{part}"));
    let maps = nn::conv2d(h, get("kernel")?, None, 1, 1)?;
    let scale = (get("scale")? / (get("variance")? + EPS)?.sqrt()?)?;
    let shift = (get("shift")? - (get("mean")? * &scale)?)?;
    Ok(nn::channel_affine_act(
        &maps,
        &scale,
        &shift,
        Activation::Identity,
    )?)
}

fn linear(w: &Weights, h: &Tensor) -> Result<Tensor> {
    let grid = nn::resize_area(h, GRID, GRID)?.flatten_from(1)?;
    Ok(nn::linear(
        &grid,
        weights::get(w, "linear.weight")?,
        Some(weights::get(w, "linear.bias")?),
    )?)
}
