//! `feature_presence`: which features of a network are active.

use candle_core::Tensor;
use lab_core::config::{Declared, Range, check_params};
use lab_core::nn;
use lab_core::prelude::*;
use lab_core::traits::{LossTerm, View};
use serde::{Deserialize, Serialize};

use crate::error::LossError;
use crate::layers::{SignedLayer, above, compare, mean_per_image, over_layers, share, signed};

/// What probabilities are kept away from 0 and 1 by, where logits cannot be used: the authors' value.
const EPS: f64 = 1e-5;

/// Parameters of [`FeaturePresence`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeaturePresenceParams {
    /// Layers of the feature network.
    pub layers: Vec<String>,
    /// The layers among them whose negative activations are features too.
    pub negative: Vec<String>,
    /// θ: a feature is present above it.
    pub threshold: f64,
    /// k: how steep the soft decision is.
    pub steepness: f64,
    /// How the reconstruction's features become probabilities.
    pub binarisation: Binarisation,
}

/// How the reconstruction's features become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Binarisation {
    /// sigmoid(k·(a − θ)).
    Sigmoid,
    /// clip(k·(a − θ)/5 + ½, 0, 1): the authors' released example, with k = 3.
    HardSigmoid,
    /// 1 above θ, else 0; the gradient is passed on as if a itself had been given, within 1 of θ.
    StraightThrough,
    /// 1 above θ, else 0; no gradient at all, as in the authors' code of 2017, which this term therefore did not train.
    Detached,
}

impl Default for FeaturePresenceParams {
    /// The paper's layers and threshold, with the steepness that did best.
    fn default() -> Self {
        Self {
            layers: vec!["conv1".into(), "conv2".into()],
            negative: vec!["conv1".into()],
            threshold: 1.0,
            steepness: 3.0,
            binarisation: Binarisation::Sigmoid,
        }
    }
}

impl PluginParams for FeaturePresenceParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("presence.rs")],
        &[
            ("threshold", Range::FINITE),
            ("steepness", Range::ABOVE_ZERO),
        ],
    );
}

/// Cross-entropy between the features that the target has and those that the reconstruction has.
///
/// ```text
/// t = [a(x) > θ],    p = sigmoid(k·(a(y) − θ)),    ℓ = Σ_layers mean_e −(t·log p + (1 − t)·log(1 − p))
/// ```
/// Computed from logits as softplus(g) − t·g with g = k·(a − θ). The printed equation has the sign of its second half
/// exchanged, and a hard decision on both sides, which has no gradient; both are mended here.
///
/// # Shapes
/// Activations before the non-linearity, `[batch, …]` a layer, to `[batch]`, in nats.
///
/// # Errors
/// [`lab_core::Error::Shape`] if the two sides differ in shape.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_core::prelude::*;
/// use lab_core::traits::{Features, LossTerm, View};
/// use lab_losses::{FeaturePresence, FeaturePresenceParams};
///
/// let ctx = Context::new(1);
/// let params = FeaturePresenceParams {
///     layers: vec!["conv1".into()],
///     negative: Vec::new(),
///     threshold: 1.0,
///     steepness: 3.0,
///     ..FeaturePresenceParams::default()
/// };
/// let term = FeaturePresence::build(params, &ctx)?;
/// let image = Tensor::zeros((1, 1, 2, 2), candle_core::DType::F32, &Device::Cpu)?;
/// let layer = |values: [f32; 2]| -> Result<_> {
///     Ok(Features::from([("conv1".to_owned(), Tensor::new(&[values], &Device::Cpu)?)]))
/// };
/// // The target has the first feature and lacks the second.
/// let target = layer([2.0, 0.0])?;
/// let loss = |values| -> Result<f32> {
///     let (target, other) = (View { image: &image, features: &target }, layer(values)?);
///     let other = View { image: &image, features: &other };
///     Ok(term.evaluate(&ctx, &target, &other)?.to_vec1::<f32>()?[0])
/// };
/// // At the threshold nothing is decided, which costs log 2 nats a feature.
/// assert!((loss([1.0, 1.0])? - 2f32.ln()).abs() < 1e-6);
/// assert!(loss([2.0, 0.0])? < 0.05);
/// assert!(loss([0.0, 2.0])? > 3.0);
/// # Ok::<(), lab_core::Error>(())
/// ```
#[derive(Debug)]
pub struct FeaturePresence {
    params: FeaturePresenceParams,
    layers: Vec<SignedLayer>,
}

impl FeaturePresence {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`LossError::Parameter`] for one outside its range.
    pub fn build(params: FeaturePresenceParams, _ctx: &Context) -> Result<Self, LossError> {
        let layers = signed("feature_presence", &params.layers, &params.negative)?;
        check_params("feature_presence", &params)?;
        Ok(Self { params, layers })
    }

    fn hard_sigmoid(&self, activation: &Tensor) -> Result<Tensor> {
        let slope = self.params.steepness / 5.0;
        Ok(activation
            .affine(slope, 0.5 - slope * self.params.threshold)?
            .clamp(0.0, 1.0)?)
    }

    fn straight_through(&self, activation: &Tensor) -> Result<Tensor> {
        let threshold = self.params.threshold;
        let near = activation.clamp(threshold - 1.0, threshold + 1.0)?;
        Ok((above(activation, threshold)? + (&near - near.detach())?)?)
    }

    fn detached(&self, activation: &Tensor) -> Result<Tensor> {
        above(activation, self.params.threshold)
    }
}

/// `−(t·log(p + ε) + (1 − t)·log(1 − p + ε))` of every element.
fn cross_entropy(present: &Tensor, probability: &Tensor) -> Result<Tensor> {
    let yes = (present * probability.affine(1.0, EPS)?.log()?)?;
    let no = (present.affine(-1.0, 1.0)? * probability.affine(-1.0, 1.0 + EPS)?.log()?)?;
    Ok((yes + no)?.neg()?)
}

impl LossTerm for FeaturePresence {
    fn layers(&self) -> Vec<String> {
        self.params.layers.clone()
    }

    fn evaluate(
        &self,
        _ctx: &Context,
        target: &View<'_>,
        reconstruction: &View<'_>,
    ) -> Result<Tensor> {
        let FeaturePresenceParams {
            threshold,
            steepness,
            ..
        } = self.params;
        let probability = match self.params.binarisation {
            Binarisation::Sigmoid => {
                let kind = nn::Kind::Presence { steepness };
                return compare(&self.layers, kind, threshold, target, reconstruction);
            }
            Binarisation::HardSigmoid => Self::hard_sigmoid,
            Binarisation::StraightThrough => Self::straight_through,
            Binarisation::Detached => Self::detached,
        };
        over_layers(&self.layers, target, reconstruction, |wanted, got| {
            mean_per_image(&cross_entropy(
                &above(wanted, threshold)?,
                &probability(self, got)?,
            )?)
        })
    }

    fn selected_share(&self, target: &View<'_>) -> Result<Vec<(String, f64)>> {
        let of_layer = |layer: &SignedLayer| {
            Ok((
                layer.name(),
                share(&above(&layer.of(target.features)?, self.params.threshold)?)?,
            ))
        };
        self.layers.iter().map(of_layer).collect()
    }
}

lab_core::register! {
    LossTerm "feature_presence" => FeaturePresence, FeaturePresenceParams;
    summary: "Cross-entropy between the active features of target and reconstruction",
    equation: "ℓ = Σ_layers mean_e [softplus(g) − t·g],   g = k·(a(y) − θ),   t = [a(x) > θ]; negative layers with −a",
    source: "Seeliger et al. (2018), equation 3, doi:10.1016/j.neuroimage.2018.07.043",
    parity: "PyTorch (values and gradients)",
}
