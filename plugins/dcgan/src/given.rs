//! Weights from a file, in place of training.
//!
//! | file | is read |
//! |---|---|
//! | one that a run wrote | by our names |
//! | any other | as a linear layer, a batch norm, and transposed convolutions with batch norms between, by the rules of [`lab_formats::parameters`] |
//!
//! Such as the authors' own `weights_DCGAN_G_BRAINS.hdf5` with its links `link_0` … `link_13`. There each transposed
//! convolution has a bias, which a batch norm with fixed statistics takes off its mean, and the first batch norm has
//! statistics of each unit in place of each map.

use std::path::Path;

use candle_core::{Device, Tensor};
use lab_core::weights::{self, Weights};
use lab_core::{Error, Result};
use lab_formats::file_error;
use lab_formats::parameters::{Bias, Kind, Parameters, Wanted, find};
use lab_formats::tensors::Tensors;

use crate::generator::{EPS, Generator, KERNEL};
use crate::layout::N_LAYERS;

/// Reads the weights of a generator.
///
/// # Errors
/// Fails if the file is damaged, or does not hold the weights of this generator.
pub(crate) fn load(path: &Path, generator: &Generator, device: &Device) -> Result<Weights> {
    let tensors = Tensors::open(path)?;
    let own = shapes(generator);
    if tensors.has_all(own.iter().map(|(name, _)| name.as_str())) {
        return read_own(&tensors, generator, own, device);
    }
    let wanted = wanted(generator);
    let found = find(&tensors, &wanted, &[])?;
    let mut weights = Weights::new();
    let mut bias_before = Vec::new();
    for (layer, parameters) in wanted.iter().zip(found) {
        let name = layer.layer.as_str();
        match layer.kind {
            Kind::Norm => insert_norm(name, parameters, &bias_before, device, &mut weights)?,
            Kind::Weighted => {
                bias_before = insert_weighted(layer, parameters, device, &mut weights)?;
            }
        }
    }
    Ok(weights)
}

/// Refuses weights that are not those of the generator.
///
/// # Errors
/// Fails if one is missing or has another shape.
pub(crate) fn check(generator: &Generator, weights: &Weights) -> Result<()> {
    for (name, shape) in shapes(generator) {
        let found = weights::get(weights, &name)?.dims();
        if !fits(generator, &name, &shape, found) {
            return Err(Error::shape(format!("weights '{name}'"), shape, found));
        }
    }
    Ok(())
}

/// Numbers of the generator's first row.
fn n_first(generator: &Generator) -> usize {
    let layout = &generator.layout;
    layout.generator[0] * layout.start * layout.start
}

/// Names and shapes of all weights.
fn shapes(generator: &Generator) -> Vec<(String, Vec<usize>)> {
    let channels = generator.layout.generator;
    let n_first = n_first(generator);
    let mut shapes = vec![
        (
            "linear.weight".to_owned(),
            vec![generator.n_latents, n_first],
        ),
        ("linear.bias".to_owned(), vec![n_first]),
        ("output.bias".to_owned(), vec![channels[N_LAYERS]]),
    ];
    for layer in 0..N_LAYERS {
        let kernel = vec![channels[layer], channels[layer + 1], KERNEL, KERNEL];
        shapes.push((format!("deconv-{layer}.kernel"), kernel));
        for part in ["scale", "shift", "mean", "variance"] {
            shapes.push((format!("norm-{layer}.{part}"), vec![channels[layer]]));
        }
    }
    shapes
}

/// Whether a weight has its shape; the first batch norm may have statistics of each unit.
fn fits(generator: &Generator, name: &str, shape: &[usize], found: &[usize]) -> bool {
    found == shape || (name.starts_with("norm-0.") && found == [n_first(generator)])
}

fn read_own(
    tensors: &Tensors,
    generator: &Generator,
    own: Vec<(String, Vec<usize>)>,
    device: &Device,
) -> Result<Weights> {
    let mut weights = Weights::new();
    for (name, shape) in own {
        let Some(entry) = tensors.entry(&name) else {
            continue;
        };
        if !fits(generator, &name, &shape, &entry.shape) {
            return Err(file_error(
                tensors.path(),
                &name,
                format!("{shape:?}"),
                format!("{:?}", entry.shape),
                "give latent, size, width and start of the run that wrote the file",
            ));
        }
        let tensor = Tensor::from_vec(tensors.values(entry)?, entry.shape.clone(), device)?;
        weights.insert(name, tensor);
    }
    Ok(weights)
}

fn wanted(generator: &Generator) -> Vec<Wanted> {
    let channels = generator.layout.generator;
    let n_first = n_first(generator);
    let layer = |layer: String, kind, shapes, n_out, bias| Wanted {
        layer,
        kind,
        shapes,
        n_out,
        bias,
    };
    let shape = vec![vec![n_first, generator.n_latents]];
    let mut wanted = vec![layer(
        "linear".into(),
        Kind::Weighted,
        shape,
        n_first,
        Bias::Optional,
    )];
    for idx in 0..N_LAYERS {
        let mut shapes = vec![vec![channels[idx]]];
        if idx == 0 {
            shapes.push(vec![n_first]);
        }
        let norm = format!("norm-{idx}");
        wanted.push(layer(
            norm,
            Kind::Norm,
            shapes,
            channels[idx],
            Bias::Required,
        ));
        let kernel = vec![channels[idx], channels[idx + 1], KERNEL, KERNEL];
        let deconv = format!("deconv-{idx}");
        let n_out = channels[idx + 1];
        wanted.push(layer(
            deconv,
            Kind::Weighted,
            vec![kernel],
            n_out,
            Bias::Optional,
        ));
    }
    wanted
}

/// Inserts a kernel or matrix; the bias that the next batch norm must take off its mean.
fn insert_weighted(
    layer: &Wanted,
    found: Parameters,
    device: &Device,
    weights: &mut Weights,
) -> Result<Vec<f32>> {
    let bias = if found.bias.is_empty() {
        vec![0.0; layer.n_out]
    } else {
        found.bias
    };
    let weight = Tensor::from_vec(found.weight, found.shape, device)?;
    if layer.layer == "linear" {
        // A non-linearity may stand between this bias and the batch norm.
        weights.insert("linear.weight".into(), weight.t()?.contiguous()?);
        weights.insert("linear.bias".into(), Tensor::new(bias, device)?);
        return Ok(Vec::new());
    }
    weights.insert(format!("{}.kernel", layer.layer), weight);
    if layer.layer == format!("deconv-{}", N_LAYERS - 1) {
        weights.insert("output.bias".into(), Tensor::new(bias, device)?);
        return Ok(Vec::new());
    }
    Ok(bias)
}

fn insert_norm(
    name: &str,
    found: Parameters,
    bias_before: &[f32],
    device: &Device,
    weights: &mut Weights,
) -> Result<()> {
    let mut mean = found.mean;
    for (mean, bias) in mean.iter_mut().zip(bias_before) {
        *mean -= bias;
    }
    // What the writer adds to the variance is brought to what is added here.
    let more = (found.eps - EPS) as f32;
    let variance = found
        .variance
        .iter()
        .map(|variance| variance + more)
        .collect();
    for (part, values) in [
        ("scale", found.weight),
        ("shift", found.bias),
        ("mean", mean),
        ("variance", variance),
    ] {
        weights.insert(format!("{name}.{part}"), Tensor::new(values, device)?);
    }
    Ok(())
}
