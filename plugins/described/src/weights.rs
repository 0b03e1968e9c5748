//! Parameters from a file, under our names and in the file's shapes.

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use lab_core::rng::{self, Stream};
use lab_core::weights::{self, Weights};
use lab_core::{Error, Result};
use lab_formats::file_error;
use lab_formats::parameters::{Bias, Kind, Parameters, Rule, Wanted, find, rules};
use lab_formats::tensors::Tensors;

use crate::error::DescribedError;
use crate::plan::Plan;
use crate::steps::{Attention, Step};

/// Refuses rules that cannot be meant, and a file without a name.
pub(crate) fn check_params(
    plugin: &'static str,
    file: &str,
    keys: &[Rule],
) -> Result<(), DescribedError> {
    let wrong = |name, expected: &str, got: String| DescribedError::Parameter {
        plugin,
        name,
        expected: expected.into(),
        got,
    };
    if file.is_empty() {
        let expected =
            "the path of a file of weights, such as weights: \"weights/net.safetensors\"";
        return Err(wrong("weights", expected, "none".into()));
    }
    match keys.iter().find_map(rules::mistake) {
        None => Ok(()),
        Some(got) => Err(wrong("keys", "rules (\"pattern\", \"name\")", got)),
    }
}

/// PyTorch's own constant of batch norm, where neither file nor experiment names one.
const EPS: f64 = 1e-5;

/// Reads the parameters of a plan.
pub(crate) fn load(path: &Path, plan: &Plan, keys: &[Rule], device: &Device) -> Result<Weights> {
    let mut layers = Vec::new();
    collect(&plan.steps, &mut layers);
    let wanted: Vec<Wanted> = layers.iter().map(|layer| layer.wanted.clone()).collect();
    let found = find(&Tensors::open(path)?, &wanted, keys)?;
    let mut weights = Weights::new();
    for (layer, parameters) in layers.iter().zip(found) {
        layer.insert(path, parameters, device, &mut weights)?;
    }
    Ok(weights)
}

/// Draws the parameters of a plan: kernels uniform in ±1/√(numbers that make one result), as PyTorch's layers begin; norms that
/// change nothing and no biases.
pub(crate) fn draw(plan: &Plan, rng: &mut Stream, device: &Device) -> Result<Weights> {
    let mut layers = Vec::new();
    collect(&plan.steps, &mut layers);
    let mut weights = Weights::new();
    for layer in &layers {
        for (part, shape) in layer.parts() {
            let tensor = match part {
                "weight" if shape.len() > 1 => {
                    let n_in: usize = shape[1..].iter().product();
                    let bound = 1.0 / (n_in as f32).sqrt();
                    rng::uniform(rng, -bound, bound, &shape, device)?
                }
                "weight" | "scale" | "variance" => Tensor::ones(shape, DType::F32, device)?,
                "eps" => Tensor::new(&[layer.eps.unwrap_or(EPS) as f32], device)?,
                _ => Tensor::zeros(shape, DType::F32, device)?,
            };
            weights.insert(format!("{}.{part}", layer.wanted.layer), tensor);
        }
    }
    Ok(weights)
}

/// Refuses weights that are not those of the steps.
pub(crate) fn check(steps: &[Step], given: &Weights) -> Result<()> {
    let mut layers = Vec::new();
    collect(steps, &mut layers);
    for layer in &layers {
        for (part, shape) in layer.parts() {
            let name = format!("{}.{part}", layer.wanted.layer);
            let found = weights::get(given, &name)?;
            if found.dims() != shape {
                let what = format!("weights '{name}'");
                return Err(Error::shape(what, shape, found.dims()));
            }
        }
    }
    Ok(())
}

/// A layer that has parameters.
struct Layer {
    wanted: Wanted,
    /// Of a batch norm, if the experiment says one.
    eps: Option<f64>,
}

impl Layer {
    /// Names and shapes of its tensors.
    fn parts(&self) -> Vec<(&'static str, Vec<usize>)> {
        let own = self.wanted.shapes.first().cloned().unwrap_or_default();
        let has_bias = self.wanted.bias != Bias::Absent;
        match self.wanted.kind {
            Kind::Weighted => {
                let bias = has_bias.then(|| ("bias", vec![self.wanted.n_out]));
                [Some(("weight", own)), bias]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            Kind::Norm => {
                let mut parts = vec![("mean", own.clone()), ("variance", own.clone())];
                parts.push(("eps", vec![1]));
                if has_bias {
                    parts.extend([("scale", own.clone()), ("shift", own)]);
                }
                parts
            }
        }
    }

    fn insert(
        &self,
        path: &Path,
        found: Parameters,
        device: &Device,
        weights: &mut Weights,
    ) -> Result<()> {
        let name = &self.wanted.layer;
        if let Some(variance) = found.variance.iter().find(|variance| **variance < 0.0) {
            let expected = format!("variances of {name} of at least 0");
            let remedy = "use weights of a training that went well";
            return Err(file_error(
                path,
                name,
                expected,
                variance.to_string(),
                remedy,
            ));
        }
        let eps = vec![self.eps.unwrap_or(found.eps) as f32];
        for (part, shape) in self.parts() {
            let values = match part {
                "weight" | "scale" => &found.weight,
                "bias" | "shift" => &found.bias,
                "mean" => &found.mean,
                "variance" => &found.variance,
                _ => &eps,
            };
            let tensor = Tensor::from_vec(values.clone(), shape, device)?;
            weights.insert(format!("{name}.{part}"), tensor);
        }
        Ok(())
    }
}

/// Layers with parameters, in their order.
fn collect(steps: &[Step], layers: &mut Vec<Layer>) {
    let need = |has: bool| if has { Bias::Required } else { Bias::Absent };
    for step in steps {
        let (wanted, eps) = match step {
            Step::Linear {
                name,
                n_in,
                n_out,
                bias,
            } => (
                weighted(name, vec![*n_out, *n_in], *n_out, need(*bias)),
                None,
            ),
            Step::Conv(conv) => {
                let bias = need(conv.bias);
                (weighted(&conv.name, conv.shape(), conv.c_out, bias), None)
            }
            Step::Norm {
                name,
                n,
                affine,
                eps,
            } => {
                let wanted = Wanted {
                    layer: name.clone(),
                    kind: Kind::Norm,
                    shapes: vec![vec![*n]],
                    n_out: *n,
                    bias: need(*affine),
                };
                (wanted, *eps)
            }
            Step::GroupNorm { name, n, .. } => (weighted(name, vec![*n], *n, Bias::Required), None),
            Step::Attention(attention) => {
                layers.extend(parts_of(attention));
                continue;
            }
            Step::Residual(one, other) => {
                collect(one, layers);
                collect(other, layers);
                continue;
            }
            _ => continue,
        };
        layers.push(Layer { wanted, eps });
    }
}

/// The four maps of attention: 1×1 convolutions, or linear layers with the same numbers.
fn parts_of(attention: &Attention) -> impl Iterator<Item = Layer> {
    let n = attention.n;
    attention.parts().into_iter().map(move |(name, bias)| {
        let bias = if bias { Bias::Required } else { Bias::Absent };
        let mut wanted = weighted(&name, vec![n, n, 1, 1], n, bias);
        wanted.shapes.push(vec![n, n]);
        Layer { wanted, eps: None }
    })
}

fn weighted(name: &str, shape: Vec<usize>, n_out: usize, bias: Bias) -> Wanted {
    Wanted {
        layer: name.to_owned(),
        kind: Kind::Weighted,
        shapes: vec![shape],
        n_out,
        bias,
    }
}
