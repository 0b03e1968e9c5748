//! What both feature terms share: layers, signs and means.

use candle_core::{DType, Tensor};
use lab_core::config::Outside;
use lab_core::traits::{Features, View};
use lab_core::{Error, Result, nn};

use crate::error::LossError;

/// A layer seen with its own or with the opposite sign, so that strong negative activations count as features too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignedLayer {
    pub(crate) layer: String,
    pub(crate) negative: bool,
}

impl SignedLayer {
    /// Name of the layer in tables; a negative one is marked.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.layer, if self.negative { "−" } else { "+" })
    }

    /// The activations, with the sign.
    pub(crate) fn of(&self, features: &Features) -> Result<Tensor> {
        let values = get(features, &self.layer)?;
        Ok(if self.negative {
            values.neg()?
        } else {
            values.clone()
        })
    }
}

/// The activations of a layer.
pub(crate) fn get<'a>(features: &'a Features, layer: &str) -> Result<&'a Tensor> {
    features.get(layer).ok_or_else(|| Error::Data {
        what: "activations".into(),
        expected: format!("layer '{layer}'"),
        got: features.keys().cloned().collect::<Vec<_>>().join(", "),
        remedy: "declare the layer to the feature network".into(),
    })
}

/// `kind` summed over layers and signs; the signs of one layer are compared in one pass.
pub(crate) fn compare(
    layers: &[SignedLayer],
    kind: nn::Kind,
    threshold: f64,
    target: &View<'_>,
    reconstruction: &View<'_>,
) -> Result<Tensor> {
    let of_layer = |signs: &[SignedLayer]| {
        let layer = &signs[0].layer;
        let (wanted, got) = (
            get(target.features, layer)?,
            get(reconstruction.features, layer)?,
        );
        same_shape(&format!("activations of {layer}"), wanted, got)?;
        let part = |signed: &SignedLayer| nn::Part {
            kind,
            negative: signed.negative,
            threshold,
        };
        let parts: Vec<nn::Part> = signs.iter().map(part).collect();
        Ok(nn::compare(wanted, got, &parts)?)
    };
    summed(layers.chunk_by(|a, b| a.layer == b.layer).map(of_layer))
}

/// `term` of the activations of both sides, summed over layers and signs.
pub(crate) fn over_layers(
    layers: &[SignedLayer],
    target: &View<'_>,
    reconstruction: &View<'_>,
    term: impl Fn(&Tensor, &Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    summed(layers.iter().map(|layer| {
        let (wanted, got) = (
            layer.of(target.features)?,
            layer.of(reconstruction.features)?,
        );
        same_shape(&format!("activations of {}", layer.layer), &wanted, &got)?;
        term(&wanted, &got)
    }))
}

fn summed(values: impl Iterator<Item = Result<Tensor>>) -> Result<Tensor> {
    let sum = values.reduce(|sum, value| Ok((sum? + value?)?));
    sum.unwrap_or_else(|| Err(Error::shape("layers of a loss term", "at least 1", 0)))
}

/// The layers with their signs: each positive one, and behind it its negative where that is asked for.
pub(crate) fn signed(
    term: &'static str,
    layers: &[String],
    negative: &[String],
) -> Result<Vec<SignedLayer>, LossError> {
    let parameter = |name, expected, got: String| {
        Err(LossError::Parameter(Outside {
            plugin: term,
            name,
            expected,
            got,
        }))
    };
    if layers.is_empty() {
        return parameter("layers", "at least one layer", "none".into());
    }
    if let Some(unknown) = negative.iter().find(|layer| !layers.contains(layer)) {
        return parameter(
            "negative",
            "layers that stand in 'layers' too",
            unknown.clone(),
        );
    }
    let of_layer = |layer: &String| {
        let signs = if negative.contains(layer) {
            vec![false, true]
        } else {
            vec![false]
        };
        signs
            .into_iter()
            .map(|negative| SignedLayer {
                layer: layer.clone(),
                negative,
            })
            .collect::<Vec<_>>()
    };
    Ok(layers.iter().flat_map(of_layer).collect())
}

/// 1 where the value is above the threshold, else 0; no gradient passes.
pub(crate) fn above(values: &Tensor, threshold: f64) -> Result<Tensor> {
    Ok(values.detach().gt(threshold)?.to_dtype(DType::F32)?)
}

/// The mean over everything but the first axis: `[batch]`.
pub(crate) fn mean_per_image(values: &Tensor) -> Result<Tensor> {
    Ok(values.flatten_from(1)?.mean(1)?)
}

/// The share of ones.
pub(crate) fn share(mask: &Tensor) -> Result<f64> {
    Ok(f64::from(
        mask.to_dtype(DType::F32)?.mean_all()?.to_scalar::<f32>()?,
    ))
}

/// Refuses two sides of different shape.
pub(crate) fn same_shape(what: &str, target: &Tensor, reconstruction: &Tensor) -> Result<()> {
    if target.dims() == reconstruction.dims() {
        return Ok(());
    }
    Err(Error::shape(what, target.dims(), reconstruction.dims()))
}
