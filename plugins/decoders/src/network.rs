//! Dense networks that several members share the shape of, and one member's finished network.
//!
//! ```text
//! h⁰ = s·x,     hᵏ = f(hᵏ⁻¹·Wᵏ + bᵏ),     z = constrain(hᴷ)
//! ```
//! Every member has its own `W` and `b`; members lie along the first axis and never mix.

use candle_core::{DType, Device, Tensor, Var};
use lab_core::events::Curve;
use lab_core::nn;
use lab_core::traits::{Constraint, FittedDecoder, constrain};
use lab_core::weights::{self, Weights};
use lab_core::{Error, Result};

use crate::error::DecoderError;

/// The golden ratio, the slope of [`NonLinearity::GoldenTanh`] at 0.
const GOLDEN_RATIO: f64 = 1.618_033_988_749_895;

/// What follows each layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NonLinearity {
    /// The values themselves.
    Identity,
    /// `φ·tanh(x)` with the golden ratio φ.
    GoldenTanh,
}

impl NonLinearity {
    fn apply(self, x: Tensor) -> Result<Tensor> {
        match self {
            Self::Identity => Ok(x),
            Self::GoldenTanh => Ok(nn::tanh(&x)?.affine(GOLDEN_RATIO, 0.0)?),
        }
    }
}

/// The shape of a network between its inputs and its outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Architecture {
    /// Units of each hidden layer.
    pub(crate) hidden: Vec<usize>,
    /// What follows each layer, the last one too.
    pub(crate) non_linearity: NonLinearity,
}

impl Architecture {
    /// Inputs and outputs of each layer.
    pub(crate) fn layers(&self, n_features: usize, n_latents: usize) -> Vec<(usize, usize)> {
        let inputs = std::iter::once(n_features).chain(self.hidden.iter().copied());
        let outputs = self
            .hidden
            .iter()
            .copied()
            .chain(std::iter::once(n_latents));
        inputs.zip(outputs).collect()
    }
}

/// One dense layer of all members: weight `[n_members, n_in, n_out]`, bias `[n_members, 1, n_out]`.
#[derive(Debug, Clone)]
pub(crate) struct Layer<T> {
    pub(crate) weight: T,
    pub(crate) bias: T,
}

impl Layer<Var> {
    /// The present values, still tied to the variables.
    pub(crate) fn tracked(&self) -> Layer<Tensor> {
        Layer {
            weight: self.weight.as_tensor().clone(),
            bias: self.bias.as_tensor().clone(),
        }
    }

    /// A copy of the values of one member.
    pub(crate) fn member(&self, slot: usize) -> Result<Layer<Tensor>> {
        let slice = |var: &Var| -> Result<Tensor> {
            Ok(var.as_tensor().detach().narrow(0, slot, 1)?.copy()?)
        };
        Ok(Layer {
            weight: slice(&self.weight)?,
            bias: slice(&self.bias)?,
        })
    }
}

/// Outputs of every member for its own rows, before the constraint: `x` is `[n_members, batch, n_features]`.
pub(crate) fn forward(
    layers: &[Layer<Tensor>],
    non_linearity: NonLinearity,
    x: &Tensor,
) -> Result<Tensor> {
    let mut hidden = x.clone();
    for layer in layers {
        hidden = non_linearity.apply(hidden.matmul(&layer.weight)?.broadcast_add(&layer.bias)?)?;
    }
    Ok(hidden)
}

/// One member, fitted or restored.
pub(crate) struct FittedNetwork {
    layers: Vec<Layer<Tensor>>,
    non_linearity: NonLinearity,
    scale: f32,
    constraint: Constraint,
    curves: Vec<Curve>,
    saved: Weights,
}

impl FittedNetwork {
    /// A member from its layers, each with a first axis of 1; `scale` multiplies every feature.
    pub(crate) fn new(
        layers: Vec<Layer<Tensor>>,
        non_linearity: NonLinearity,
        scale: f32,
        constraint: Constraint,
        curves: Vec<Curve>,
    ) -> Result<Self> {
        let mut saved = Weights::new();
        for (layer, Layer { weight, bias }) in layers.iter().enumerate() {
            saved.insert(format!("layer-{layer}.weight"), weight.squeeze(0)?);
            saved.insert(format!("layer-{layer}.bias"), bias.flatten_all()?);
            saved.insert("scale".into(), Tensor::new(&[scale], weight.device())?);
            let sphere = f32::from(u8::from(constraint == Constraint::UnitSphere));
            saved.insert(
                "unit_sphere".into(),
                Tensor::new(&[sphere], weight.device())?,
            );
        }
        Ok(Self {
            layers,
            non_linearity,
            scale,
            constraint,
            curves,
            saved,
        })
    }

    /// Rebuilds a member from what [`FittedDecoder::weights`] gave.
    pub(crate) fn restore(
        architecture: &Architecture,
        saved: &Weights,
        device: &Device,
    ) -> Result<Self> {
        let mut layers = Vec::new();
        let mut n_in = weights::get(saved, "layer-0.weight")?.dim(0)?;
        for layer in 0..=architecture.hidden.len() {
            let name = format!("layer-{layer}.bias");
            let n_out = weights::get(saved, &name)?.elem_count();
            if let Some(&expected) = architecture.hidden.get(layer) {
                expect_shape(&name, &[expected], &[n_out])?;
            }
            layers.push(restore_layer(saved, layer, n_in, n_out, device)?);
            n_in = n_out;
        }
        let constraint = if scalar(saved, "unit_sphere")? > 0.5 {
            Constraint::UnitSphere
        } else {
            Constraint::None
        };
        Self::new(
            layers,
            architecture.non_linearity,
            scalar(saved, "scale")?,
            constraint,
            Vec::new(),
        )
    }

    /// Latents of rows that are already scaled, `[n_samples, n_features]`.
    pub(crate) fn latents(&self, scaled: &Tensor) -> Result<Tensor> {
        let z = forward(&self.layers, self.non_linearity, &scaled.unsqueeze(0)?)?.squeeze(0)?;
        constrain(self.constraint, &z)
    }

    /// Adds a curve of the training.
    pub(crate) fn push_curve(&mut self, curve: Curve) {
        self.curves.push(curve);
    }
}

impl FittedDecoder for FittedNetwork {
    fn decode(&self, features: &Tensor) -> Result<Tensor> {
        let n_features = self.layers[0].weight.dim(1)?;
        if features.rank() != 2 || features.dims()[1] != n_features {
            return Err(Error::Shape {
                what: "features to decode".into(),
                expected: format!("[n_samples, {n_features}]"),
                got: format!("{:?}", features.dims()),
            });
        }
        self.latents(&scale_features(features, self.scale)?)
    }

    fn weights(&self) -> Weights {
        self.saved.clone()
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}

/// Features as f32 times the scale; the same arithmetic in training and afterwards.
pub(crate) fn scale_features(features: &Tensor, scale: f32) -> Result<Tensor> {
    Ok(features
        .to_dtype(DType::F32)?
        .affine(f64::from(scale), 0.0)?)
}

fn restore_layer(
    saved: &Weights,
    layer: usize,
    n_in: usize,
    n_out: usize,
    device: &Device,
) -> Result<Layer<Tensor>> {
    let name = format!("layer-{layer}.weight");
    let weight = weights::get(saved, &name)?;
    expect_shape(&name, &[n_in, n_out], weight.dims())?;
    let bias = weights::get(saved, &format!("layer-{layer}.bias"))?;
    Ok(Layer {
        weight: weight.to_device(device)?.unsqueeze(0)?,
        bias: bias.to_device(device)?.reshape((1, 1, n_out))?,
    })
}

fn scalar(saved: &Weights, name: &str) -> Result<f32> {
    let values = weights::get(saved, name)?
        .to_dtype(DType::F32)?
        .flatten_all()?
        .to_vec1::<f32>()?;
    expect_shape(name, &[1], &[values.len()])?;
    Ok(values[0])
}

fn expect_shape(name: &str, expected: &[usize], got: &[usize]) -> Result<(), DecoderError> {
    if expected == got {
        return Ok(());
    }
    Err(DecoderError::Weights {
        name: name.into(),
        expected: format!("{expected:?}"),
        got: format!("{got:?}"),
    })
}
