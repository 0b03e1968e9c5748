//! Loss terms.

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
pub trait LossTerm: Send + Sync {
    /// The files that it reads, as written in the experiment. Checked to exist before anything heavy starts, and hashed by
    /// content into the keys of the stages that use it.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// The layers whose activations it needs; empty for terms on pixels.
    fn layers(&self) -> Vec<String>;

    /// One value per image, differentiable with respect to the reconstruction's image and activations.
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
