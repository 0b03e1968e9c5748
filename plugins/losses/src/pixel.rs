//! `pixel`: pixels of slightly smaller images.

use candle_core::Tensor;
use lab_core::config::{Declared, Range, check_params};
use lab_core::nn;
use lab_core::prelude::*;
use lab_core::traits::{LossTerm, View};
use serde::{Deserialize, Serialize};

use crate::error::LossError;
use crate::layers::{mean_per_image, same_shape};

/// Parameters of [`Pixel`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PixelParams {
    /// How two pixels are compared.
    pub distance: Distance,
    /// Both images are first brought to ⌊shrink · side⌋ pixels; 1 for none.
    pub shrink: f64,
}

/// How two pixels are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Distance {
    /// (a − b)²: the paper's text.
    Squared,
    /// |a − b|: the authors' code.
    Absolute,
}

impl Default for PixelParams {
    /// The paper's text: squared error on images reduced by 10 %.
    fn default() -> Self {
        Self {
            distance: Distance::Squared,
            shrink: 0.9,
        }
    }
}

impl PluginParams for PixelParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("pixel.rs")],
        &[
            ("shrink", Range::ABOVE_ZERO_TO_ONE.named("a factor above 0, up to 1")),
        ],
    );
}

/// The mean distance of pixels, on images that are a little smaller, which forgives small shifts.
/// The resize is bilinear with corners aligned, as in the authors' code.
///
/// # Shapes
/// Images `[batch, channels, height, width]` in `[−1, 1]` to `[batch]`, in squared or absolute pixel units.
///
/// # Errors
/// [`lab_core::Error::Shape`] if the images differ in shape.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_core::prelude::*;
/// use lab_core::traits::{Features, LossTerm, View};
/// use lab_losses::{Distance, Pixel, PixelParams};
///
/// let (ctx, features) = (Context::new(1), Features::new());
/// let image = |value: f32| Tensor::full(value, (1, 1, 10, 10), &Device::Cpu);
/// let (grey, white) = (image(0.0)?, image(1.0)?);
/// let (grey, white) = (View { image: &grey, features: &features }, View { image: &white, features: &features });
/// let squared = Pixel::build(PixelParams::default(), &ctx)?;
/// let absolute = Pixel::build(PixelParams { distance: Distance::Absolute, ..PixelParams::default() }, &ctx)?;
/// for term in [squared, absolute] {
///     assert_eq!(term.evaluate(&ctx, &grey, &grey)?.to_vec1::<f32>()?, [0.0]);
///     assert!((term.evaluate(&ctx, &grey, &white)?.to_vec1::<f32>()?[0] - 1.0).abs() < 1e-6);
/// }
/// # Ok::<(), lab_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Pixel {
    params: PixelParams,
}

impl Pixel {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`LossError::Parameter`] for one outside its range.
    pub fn build(params: PixelParams, _ctx: &Context) -> Result<Self, LossError> {
        check_params("pixel", &params)?;
        Ok(Self { params })
    }

    fn shrunk(&self, image: &Tensor) -> Result<Tensor> {
        let (_, _, height, width) = image.dims4()?;
        let side = |side: usize| ((side as f64 * self.params.shrink).floor() as usize).max(1);
        if (side(height), side(width)) == (height, width) {
            return Ok(image.clone());
        }
        Ok(nn::resize_bilinear(image, side(height), side(width))?)
    }
}

impl LossTerm for Pixel {
    fn layers(&self) -> Vec<String> {
        Vec::new()
    }

    fn evaluate(
        &self,
        _ctx: &Context,
        target: &View<'_>,
        reconstruction: &View<'_>,
    ) -> Result<Tensor> {
        same_shape("images of pixel", target.image, reconstruction.image)?;
        let difference = (self.shrunk(reconstruction.image)? - self.shrunk(target.image)?)?;
        mean_per_image(&match self.params.distance {
            Distance::Squared => difference.sqr()?,
            Distance::Absolute => difference.abs()?,
        })
    }
}

lab_core::register! {
    LossTerm "pixel" => Pixel, PixelParams;
    summary: "Mean distance of pixels on images reduced by 10 %",
    equation: "ℓ(x, y) = mean_p d(R x, R y)_p,   d squared or absolute,   R bilinear to ⌊shrink·n⌋ pixels",
    source: "Seeliger et al. (2018), equation 2, doi:10.1016/j.neuroimage.2018.07.043",
    parity: "PyTorch (values and gradients)",
}
