//! Loss terms: plugins that compare reconstructions with their targets.

use std::path::PathBuf;

use candle_core::Tensor;

use super::Features;
use crate::Result;
use crate::context::Context;

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// `[batch, channels, height, width]` in `[−1, 1]`.
    pub image: &'a Tensor,
    /// Activations of the layers that the term declared.
    pub features: &'a Features,
}

/// Compares reconstructions with targets; owns no network.
///
/// # Shapes
/// Returns `[batch]`, one value per image; the runner weighs terms and reduces over the batch.
///
/// # Example
/// ```
/// use candle_core::{Device, Var};
/// use lab_core::prelude::*;
/// use lab_core::traits::{Features, LossTerm, View};
///
/// /// The mean absolute difference of pixels.
/// struct Absolute;
///
/// impl LossTerm for Absolute {
///     fn layers(&self) -> Vec<String> {
///         Vec::new()
///     }
///
///     fn evaluate(&self, _ctx: &Context, target: &View<'_>, other: &View<'_>) -> Result<Tensor> {
///         if target.image.dims() != other.image.dims() {
///             return Err(Error::shape("images", target.image.dims(), other.image.dims()));
///         }
///         Ok((other.image - target.image)?.abs()?.flatten_from(1)?.mean(1)?)
///     }
/// }
///
/// let (ctx, features) = (Context::new(1), Features::new());
/// // Two images of 2 × 2 pixels: the first differs by 0.5 everywhere, the second not at all.
/// let target = Tensor::zeros((2, 1, 2, 2), candle_core::DType::F32, &Device::Cpu)?;
/// let image = Var::from_vec(vec![0.5f32, 0.5, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0], (2, 1, 2, 2), &Device::Cpu)?;
/// let target = View { image: &target, features: &features };
/// let other = View { image: &image, features: &features };
/// let value = Absolute.evaluate(&ctx, &target, &other)?;
/// assert_eq!(value.to_vec1::<f32>()?, [0.5, 0.0]);
/// // Its gradient reaches the reconstruction: a quarter for each of the four pixels.
/// let gradients = value.sum_all()?.backward()?;
/// assert_eq!(gradients.get(&image).unwrap().get(0)?.flatten_all()?.to_vec1::<f32>()?, [0.25; 4]);
/// # Ok::<(), lab_core::Error>(())
/// ```
pub trait LossTerm: Send + Sync {
    /// The files that it reads, as written in the experiment. Checked to exist before anything heavy starts, and hashed by
    /// content into the keys of the stages that use it.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// The layers whose activations it needs; empty for terms on pixels.
    fn layers(&self) -> Vec<String>;

    /// One value per image, differentiable with respect to the reconstruction's image and activations, and the same whichever
    /// other images are in the batch: batches are cut into parts.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] if the two sides differ in shape.
    fn evaluate(
        &self,
        ctx: &Context,
        target: &View<'_>,
        reconstruction: &View<'_>,
    ) -> Result<Tensor>;

    /// What share of the elements of each layer takes part, given the targets: `(layer, share)`. A share near 0 or 1
    /// means that the term is empty or does not select.
    ///
    /// # Errors
    /// Fails if a declared layer is missing.
    fn selected_share(&self, target: &View<'_>) -> Result<Vec<(String, f64)>> {
        let _ = target;
        Ok(Vec::new())
    }
}
