//! The network as a function of its weights.

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::nn::init::Initial;
use lab_core::nn::{self, ResponseNorm, Rounding, Variables, init};
use lab_core::rng::{self, Stream};
use lab_core::traits::Features;
use lab_core::weights::{self, Weights};

use crate::layout::{Behind, Layout, NAMES, POOL, POOL_STRIDE};

/// The fully connected layers, the last of which gives the class scores.
pub(crate) const DENSE: [&str; 3] = ["fc6", "fc7", "fc8"];

/// Units left out of a step, drawn from a stream.
pub(crate) struct Dropout<'a> {
    pub(crate) rng: &'a mut Stream,
    pub(crate) share: f64,
}

/// Weights to start from.
pub(crate) fn initial(
    layout: &Layout,
    n_classes: usize,
    rng: &mut Stream,
    initial: Initial,
    device: &Device,
) -> Result<Variables> {
    let mut variables = Variables::default();
    for (layer, conv) in layout.convolutions.iter().enumerate() {
        let sd = initial.sd(conv.c_in * conv.kernel * conv.kernel);
        let shape = [conv.c_out, conv.c_in, conv.kernel, conv.kernel];
        variables.insert(
            format!("{}.kernel", NAMES[layer]),
            init::normal(rng, sd, &shape, device)?,
        );
        variables.insert(
            format!("{}.bias", NAMES[layer]),
            init::zeros(&[conv.c_out], device)?,
        );
    }
    let sizes = [layout.n_flat, layout.hidden, layout.hidden, n_classes];
    for (layer, name) in DENSE.iter().enumerate() {
        let (n_in, n_out) = (sizes[layer], sizes[layer + 1]);
        variables.insert(
            format!("{name}.weight"),
            init::normal(rng, initial.sd(n_in), &[n_in, n_out], device)?,
        );
        variables.insert(format!("{name}.bias"), init::zeros(&[n_out], device)?);
    }
    Ok(variables)
}

/// Activations of the wanted layers before the non-linearity; goes no further than the last of them.
pub(crate) fn activations(
    layout: &Layout,
    w: &Weights,
    images: &Tensor,
    wanted: &[String],
) -> Result<Features> {
    let mut found = Features::new();
    let mut h = images.clone();
    for (layer, name) in NAMES.iter().enumerate() {
        if found.len() == wanted.len() {
            break;
        }
        let a = activation(layout, w, layer, &h)?;
        if wanted.iter().any(|wanted| wanted == name) {
            found.insert((*name).to_owned(), a.clone());
        }
        if found.len() < wanted.len() {
            h = behind(layout, layer, &a)?;
        }
    }
    Ok(found)
}

/// What the convolutional part makes of images: rows `[batch, n_flat]`.
pub(crate) fn flat(layout: &Layout, w: &Weights, images: &Tensor) -> Result<Tensor> {
    let mut h = images.clone();
    for layer in 0..layout.convolutions.len() {
        h = behind(layout, layer, &activation(layout, w, layer, &h)?)?;
    }
    Ok(h.flatten_from(1)?)
}

/// Class scores before the soft-max: `[batch, n_classes]`.
pub(crate) fn scores(layout: &Layout, w: &Weights, images: &Tensor) -> Result<Tensor> {
    scores_of(layout, w, &flat(layout, w, images)?, None)
}

/// The scores of what [`flat`] gives.
pub(crate) fn scores_of(
    layout: &Layout,
    w: &Weights,
    flat: &Tensor,
    mut dropout: Option<Dropout<'_>>,
) -> Result<Tensor> {
    let mut h = flat.clone();
    for layer in layout.convolutions.len()..NAMES.len() {
        if let Some(dropout) = &mut dropout {
            h = drop_units(dropout, &h)?;
        }
        h = behind(layout, layer, &activation(layout, w, layer, &h)?)?;
    }
    dense(w, DENSE[2], &h)
}

/// A layer before its non-linearity.
fn activation(layout: &Layout, w: &Weights, layer: usize, h: &Tensor) -> Result<Tensor> {
    let name = NAMES[layer];
    match layout.convolutions.get(layer) {
        Some(conv) => {
            let kernel = weights::get(w, &format!("{name}.kernel"))?;
            let bias = weights::get(w, &format!("{name}.bias"))?;
            Ok(nn::conv2d(h, kernel, Some(bias), 1, conv.padding)?)
        }
        None => dense(w, name, &h.flatten_from(1)?),
    }
}

/// What stands between a layer and the next.
fn behind(layout: &Layout, layer: usize, a: &Tensor) -> Result<Tensor> {
    let pool = |h: &Tensor| nn::max_pool2d(h, POOL, POOL_STRIDE, Rounding::Up);
    Ok(
        match layout
            .convolutions
            .get(layer)
            .map_or(Behind::Nothing, |conv| conv.behind)
        {
            Behind::Nothing => nn::relu(a)?,
            // The larger of two numbers stays the larger one, so that the smaller map can be cut off instead.
            Behind::Pool => nn::relu(&pool(a)?)?,
            Behind::NormAndPool => pool(&nn::relu_response_norm(a, &ResponseNorm::default())?)?,
        },
    )
}

fn dense(w: &Weights, name: &str, h: &Tensor) -> Result<Tensor> {
    let bias = weights::get(w, &format!("{name}.bias"))?;
    Ok(nn::linear(
        h,
        weights::get(w, &format!("{name}.weight"))?,
        Some(bias),
    )?)
}

/// Sets a share of the units to 0 and scales the others up, so that sums keep their mean.
fn drop_units(dropout: &mut Dropout<'_>, h: &Tensor) -> Result<Tensor> {
    if dropout.share == 0.0 {
        return Ok(h.clone());
    }
    let keep = 1.0 - dropout.share;
    let mask = rng::uniform(dropout.rng, 0.0, 1.0, h.dims(), h.device())?
        .lt(keep)?
        .to_dtype(h.dtype())?;
    Ok((h * mask.affine(1.0 / keep, 0.0)?)?)
}
