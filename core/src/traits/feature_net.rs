//! Feature networks: plugins that turn images into activations.

use std::collections::BTreeMap;
use std::path::PathBuf;

use candle_core::Tensor;

use super::Dataset;
use crate::Result;
use crate::config::PluginRef;
use crate::context::Context;
use crate::demand::Demand;
use crate::dims::{ImageShape, ValueRange};
use crate::events::Curve;
use crate::recording::Stimuli;
use crate::weights::Weights;

/// Activations by layer name, taken before the non-linearity: `[batch, …]` each.
pub type Features = BTreeMap<String, Tensor>;

/// Maps images to activations, once it is prepared.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | images | `[batch, channels, height, width]` | f32 | the network's value range |
/// | activations | `[batch, channels, height, width]` or `[batch, n_features]` a layer | f32 | unitless |
///
/// # Example
/// ```
/// use lab_core::dims::ValueRange;
/// use lab_core::events::Curve;
/// use lab_core::prelude::*;
/// use lab_core::traits::{Dataset, FeatureNet, Features, FittedFeatureNet};
///
/// /// One layer with one feature: the mean of an image's pixels.
/// struct Brightness;
///
/// impl FittedFeatureNet for Brightness {
///     fn layers(&self) -> Vec<String> {
///         vec!["mean".into()]
///     }
///
///     fn value_range(&self) -> ValueRange {
///         ValueRange { low: 0.0, high: 1.0 }
///     }
///
///     fn activations(&self, images: &Tensor, layers: &[String]) -> Result<Features> {
///         let mean = images.flatten_from(1)?.mean_keepdim(1)?;
///         Ok(layers.iter().map(|layer| (layer.clone(), mean.clone())).collect())
///     }
///
///     fn classes(&self) -> &[String] {
///         &[]
///     }
///
///     fn classify(&self, _images: &Tensor) -> Result<Option<Tensor>> {
///         Ok(None)
///     }
///
///     fn weights(&self) -> Weights {
///         Weights::new()
///     }
///
///     fn curves(&self) -> Vec<Curve> {
///         Vec::new()
///     }
/// }
///
/// impl FeatureNet for Brightness {
///     fn layers(&self) -> Vec<String> {
///         FittedFeatureNet::layers(self)
///     }
///
///     fn image_shape(&self) -> Option<ImageShape> {
///         None // It takes images of any shape.
///     }
///
///     fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
///         None // There is nothing to learn.
///     }
///
///     fn prepare(&self, _ctx: &Context, _corpus: Option<&Stimuli>) -> Result<Box<dyn FittedFeatureNet>> {
///         Ok(Box::new(Brightness))
///     }
///
///     fn restore(&self, _ctx: &Context, _weights: &Weights) -> Result<Box<dyn FittedFeatureNet>> {
///         Ok(Box::new(Brightness))
///     }
/// }
///
/// let ctx = Context::new(1);
/// let fitted = Brightness.prepare(&ctx, None)?;
/// // A black image and a white one; the caller maps pixels into the network's range.
/// let images = Tensor::new(&[[[[-1f32, -1.0]]], [[[1.0, 1.0]]]], ctx.device())?;
/// let mapped = ValueRange::SIGNED.map_to(fitted.value_range(), &images)?;
/// let found = fitted.activations(&mapped, &fitted.layers())?;
/// assert_eq!(found["mean"].to_vec2::<f32>()?, [[0.0], [1.0]]);
/// # Ok::<(), lab_core::Error>(())
/// ```
pub trait FeatureNet: Send + Sync {
    /// Names of its layers, from input to output.
    fn layers(&self) -> Vec<String>;

    /// The shape of image it takes; `None` if any.
    fn image_shape(&self) -> Option<ImageShape>;

    /// The dataset that it learns from, by name: whoever has it prepared builds and loads that. `None` if it does not learn or its weights are given.
    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>>;

    /// The files of weights that `prepare` reads, as written in the experiment. Checked to exist before anything heavy
    /// starts, and hashed by content into the key of the stage.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// What getting ready for images of this shape asks of the computer at least, from the parameters alone: said before
    /// anything heavy starts.
    fn demand(&self, _image: ImageShape) -> Demand {
        Demand::NONE
    }

    /// Trains on the corpus, or loads given weights, or just gets ready.
    ///
    /// # Errors
    /// Fails if the corpus has no labels or images of another shape, or the run is cancelled.
    fn prepare(&self, ctx: &Context, corpus: Option<&Stimuli>)
    -> Result<Box<dyn FittedFeatureNet>>;

    /// Rebuilds a fitted network from the weights it gave.
    ///
    /// # Errors
    /// Fails if a weight is missing or has another shape.
    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedFeatureNet>>;
}

/// A feature network that is ready and frozen.
pub trait FittedFeatureNet: Send + Sync {
    /// Names of its layers, from input to output.
    fn layers(&self) -> Vec<String>;

    /// The range of pixel values it takes; callers map images into it.
    fn value_range(&self) -> ValueRange;

    /// Activations of the named layers, before the non-linearity; differentiable with respect to the images. Stops after
    /// the last layer asked for.
    ///
    /// # Errors
    /// Fails if a layer is unknown or the images have the wrong shape.
    fn activations(&self, images: &Tensor, layers: &[String]) -> Result<Features>;

    /// The classes it tells apart; empty if it does not classify.
    fn classes(&self) -> &[String];

    /// Class scores before the soft-max, `[batch, n_classes]`; `None` if it does not classify.
    ///
    /// # Errors
    /// Fails if the images have the wrong shape.
    fn classify(&self, images: &Tensor) -> Result<Option<Tensor>>;

    /// Everything needed to rebuild it.
    fn weights(&self) -> Weights;

    /// How training went; empty for a restored one.
    fn curves(&self) -> Vec<Curve>;
}
