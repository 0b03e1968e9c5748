//! `feature_magnitude`: how strong the active features are.

use candle_core::Tensor;
use lab_core::config::{Declared, Range, check_params};
use lab_core::nn;
use lab_core::prelude::*;
use lab_core::traits::{LossTerm, View};
use serde::{Deserialize, Serialize};

use crate::error::LossError;
use crate::layers::{SignedLayer, above, compare, mean_per_image, over_layers, share, signed};

/// Parameters of [`FeatureMagnitude`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeatureMagnitudeParams {
    /// Layers of the feature network.
    pub layers: Vec<String>,
    /// The layers among them whose negative activations are features too.
    pub negative: Vec<String>,
    /// θ: features above it take part.
    pub threshold: f64,
    /// Which image's features select the elements.
    pub mask: Mask,
    /// What the sum is divided by.
    pub reduction: MagnitudeReduction,
    /// Whether the value is cut off from the decoder, as in the authors' code of 2017: it is told, and trains nothing.
    pub detached: bool,
}

/// Which image's features select the elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mask {
    /// The target's, on both sides: the paper's text and the authors' code.
    Target,
    /// Each image's own: equation 4 as printed. The mask of the reconstruction passes no gradient.
    Own,
}

/// What the sum of squares is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MagnitudeReduction {
    /// The number of selected elements of the image: the authors' code.
    Masked,
    /// The number of all elements of the layer.
    All,
}

impl Default for FeatureMagnitudeParams {
    /// The paper's layers and threshold.
    fn default() -> Self {
        Self {
            layers: vec!["conv1".into(), "conv2".into()],
            negative: vec!["conv1".into()],
            threshold: 1.0,
            mask: Mask::Target,
            reduction: MagnitudeReduction::Masked,
            detached: false,
        }
    }
}

impl PluginParams for FeatureMagnitudeParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("magnitude.rs")],
        &[
            ("threshold", Range::FINITE),
        ],
    );
}

/// Squared error of the features that are present; `n` is at least 1.
///
/// # Shapes
/// Activations before the non-linearity, `[batch, …]` a layer, to `[batch]`, in squared units of the activations.
///
/// # Errors
/// [`lab_core::Error::Shape`] if the two sides differ in shape.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_core::prelude::*;
/// use lab_core::traits::{Features, LossTerm, View};
/// use lab_losses::{FeatureMagnitude, FeatureMagnitudeParams};
///
/// let ctx = Context::new(1);
/// let params = FeatureMagnitudeParams {
///     layers: vec!["conv1".into()],
///     negative: Vec::new(),
///     ..FeatureMagnitudeParams::default()
/// };
/// let term = FeatureMagnitude::build(params, &ctx)?;
/// let image = Tensor::zeros((1, 1, 2, 2), candle_core::DType::F32, &Device::Cpu)?;
/// let layer = |values: [f32; 3]| -> Result<_> {
///     Ok(Features::from([("conv1".to_owned(), Tensor::new(&[values], &Device::Cpu)?)]))
/// };
/// let (target, other) = (layer([2.0, 0.5, 3.0])?, layer([1.0, 9.0, 5.0])?);
/// let target = View { image: &image, features: &target };
/// let other = View { image: &image, features: &other };
/// // Two activations of the target are above the threshold of 1; the mean of (2 − 1)² and (3 − 5)² is 2.5.
/// assert_eq!(term.evaluate(&ctx, &target, &other)?.to_vec1::<f32>()?, [2.5]);
/// let (layer, share) = &term.selected_share(&target)?[0];
/// assert!(layer == "conv1 +" && (share - 2.0 / 3.0).abs() < 1e-6);
/// # Ok::<(), lab_core::Error>(())
/// ```
#[derive(Debug)]
pub struct FeatureMagnitude {
    params: FeatureMagnitudeParams,
    layers: Vec<SignedLayer>,
}

impl FeatureMagnitude {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`LossError::Parameter`] for one outside its range.
    pub fn build(params: FeatureMagnitudeParams, _ctx: &Context) -> Result<Self, LossError> {
        let layers = signed("feature_magnitude", &params.layers, &params.negative)?;
        check_params("feature_magnitude", &params)?;
        Ok(Self { params, layers })
    }

    /// Each image's own features, as equation 4 is printed.
    fn squared_error(&self, wanted: &Tensor, got: &Tensor) -> Result<Tensor> {
        let mask = above(wanted, self.params.threshold)?;
        let own = above(got, self.params.threshold)?;
        let difference = ((wanted * &mask)? - (got * &own)?)?;
        let selected = mask.maximum(&own)?;
        let squares = difference.sqr()?.flatten_from(1)?;
        match self.params.reduction {
            MagnitudeReduction::All => mean_per_image(&squares),
            MagnitudeReduction::Masked => {
                let n_selected = selected
                    .flatten_from(1)?
                    .sum(1)?
                    .clamp(1.0, f64::from(f32::MAX))?;
                Ok((squares.sum(1)? / n_selected)?)
            }
        }
    }
}

impl LossTerm for FeatureMagnitude {
    fn layers(&self) -> Vec<String> {
        self.params.layers.clone()
    }

    fn evaluate(
        &self,
        _ctx: &Context,
        target: &View<'_>,
        reconstruction: &View<'_>,
    ) -> Result<Tensor> {
        let value = match self.params.mask {
            Mask::Target => {
                let over_selected = self.params.reduction == MagnitudeReduction::Masked;
                let kind = nn::Kind::Magnitude { over_selected };
                let threshold = self.params.threshold;
                compare(&self.layers, kind, threshold, target, reconstruction)?
            }
            Mask::Own => over_layers(&self.layers, target, reconstruction, |wanted, got| {
                self.squared_error(wanted, got)
            })?,
        };
        Ok(if self.params.detached {
            value.detach()
        } else {
            value
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
    LossTerm "feature_magnitude" => FeatureMagnitude, FeatureMagnitudeParams;
    summary: "Squared error of the features that the target has",
    equation: "ℓ = Σ_layers Σ_e m·(a(x) − a(y))² / n,   m = [a(x) > θ],   n selected or all elements; negative layers with −a",
    source: "Seeliger et al. (2018), equation 4, doi:10.1016/j.neuroimage.2018.07.043",
    parity: "PyTorch (values and gradients)",
}
