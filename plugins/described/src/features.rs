//! `layers_features`: a feature network of described layers.

use std::path::PathBuf;

use candle_core::Tensor;
use lab_core::config::{Declared, Range};
use lab_core::dims::ValueRange;
use lab_core::events::Curve;
use lab_core::prelude::*;
use lab_core::traits::{Dataset, FeatureNet, Features, FittedFeatureNet};
use lab_formats::parameters::Rule;
use serde::{Deserialize, Serialize};

use crate::error::DescribedError;
use crate::head::Head;
use crate::image::{Input, Order, Trained, check_images};
use crate::layer::{self, Layer};
use crate::network::Network;
use crate::shape::Shape;

const NAME: &str = "layers_features";
const IMAGES: &str = "images of layers_features";

/// Parameters of `layers_features`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LayersFeaturesParams {
    /// The images that the network takes.
    pub image: ImageShape,
    /// Whether images here are grey where the network takes three colours: it sees grey three times.
    pub grey: bool,
    /// The range of the pixels that it takes, before mean and sd.
    pub range: ValueRange,
    /// The order of its colours.
    pub order: Order,
    /// What is taken off each channel, in the network's order; empty for nothing.
    pub mean: Vec<f64>,
    /// What each channel is divided by then, in the network's order; empty for 1.
    pub sd: Vec<f64>,
    /// The file of its weights: safetensors, PyTorch's `.pth`, NumPy's `.npz`, Chainer's `.npz` or HDF5.
    pub weights: String,
    /// Rules that rename keys of the file, or put them aside: pairs of a pattern and what takes its place.
    pub keys: Vec<Rule>,
    /// Its layers, from the image on.
    pub layers: Vec<Layer>,
    /// What its last numbers are the scores of; empty if it does not classify.
    pub classes: Vec<String>,
}

impl Default for LayersFeaturesParams {
    /// Colour images in `[0, 1]`; layers and weights must be told.
    fn default() -> Self {
        Self {
            image: ImageShape {
                channels: 3,
                height: 64,
                width: 64,
            },
            grey: true,
            range: ValueRange {
                low: 0.0,
                high: 1.0,
            },
            order: Order::Rgb,
            mean: Vec::new(),
            sd: Vec::new(),
            weights: String::new(),
            keys: Vec::new(),
            layers: Vec::new(),
            classes: Vec::new(),
        }
    }
}

impl lab_core::config::PluginParams for LayersFeaturesParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("features.rs"), include_str!("layer.rs"), include_str!("image.rs"), include_str!("../../../core/formats/src/parameters/rules.rs")],
        &[
            ("mean", Range::FINITE),
            ("sd", Range::ABOVE_ZERO),
        ],
    )
    .with(layer::RANGES);
}

/// A feature network of described layers, before its weights are read.
///
/// # Shapes
/// Images `[batch, 1 or 3, height, width]` to activations before the non-linearity: what a convolution or linear layer
/// makes, behind the batch norm that follows it directly, if one does.
///
/// # Determinism
/// Nothing is random.
#[derive(Debug)]
pub struct LayersFeatures {
    params: LayersFeaturesParams,
    head: Head,
}

impl LayersFeatures {
    /// Checks the parameters and follows the sizes through the layers; reads no file.
    ///
    /// # Errors
    /// [`DescribedError::Parameter`] or [`DescribedError::Layer`] for what cannot be.
    pub fn build(params: LayersFeaturesParams, ctx: &Context) -> Result<Self, DescribedError> {
        let wrong = |name, expected: String, got: String| DescribedError::Parameter {
            plugin: NAME,
            name,
            expected,
            got,
        };
        let ImageShape {
            channels,
            height,
            width,
        } = params.image;
        if !matches!(channels, 1 | 3) || height == 0 || width == 0 {
            let got = params.image.to_string();
            return Err(wrong("image", "1 or 3 channels of some pixels".into(), got));
        }
        let n = params.image.channels;
        let fits = |values: &[f64]| values.is_empty() || values.len() == n;
        let positive = params.sd.iter().all(|sd| sd.is_finite() && *sd > 0.0);
        if !fits(&params.mean) || !params.mean.iter().all(|mean| mean.is_finite()) {
            let got = format!("{:?}", params.mean);
            return Err(wrong("mean", format!("{n} numbers, or none"), got));
        }
        if !fits(&params.sd) || !positive {
            let got = format!("{:?}", params.sd);
            return Err(wrong("sd", format!("{n} numbers above 0, or none"), got));
        }
        let input = Shape::from(params.image);
        let (file, keys) = (&params.weights, &params.keys);
        let head = Head::new(NAME, params.range, &params.layers, input, file, keys)?.tried(ctx);
        if head.plan.taps.is_empty() {
            let expected = "a layer with weights, whose activations can be asked for";
            return Err(wrong("layers", expected.into(), "none".into()));
        }
        let n_classes = params.classes.len();
        if n_classes > 0 && head.plan.out != Shape::Row(n_classes) {
            let expected = format!(
                "as many names as the last layer makes numbers: {}",
                head.plan.out
            );
            return Err(wrong("classes", expected, format!("{n_classes} names")));
        }
        Ok(Self { params, head })
    }

    /// The images as they come here.
    fn shape(&self) -> ImageShape {
        let channels = if self.params.grey {
            1
        } else {
            self.params.image.channels
        };
        ImageShape {
            channels,
            ..self.params.image
        }
    }

    fn fitted(&self, ctx: &Context, weights: Weights) -> Result<FittedLayersFeatures> {
        let params = &self.params;
        let mut network = self.head.network(weights)?;
        let trained = Trained {
            channels: params.image.channels,
            grey: params.grey,
            order: params.order,
            mean: params.mean.clone(),
            sd: params.sd.clone(),
        };
        let size = (params.image.height, params.image.width);
        let input = Input::new(&trained, &mut network, size, ctx.device())?;
        Ok(FittedLayersFeatures {
            network,
            input,
            shape: self.shape(),
            range: params.range,
            classes: params.classes.clone(),
        })
    }
}

impl FeatureNet for LayersFeatures {
    fn layers(&self) -> Vec<String> {
        self.head.plan.taps.clone()
    }

    fn image_shape(&self) -> Option<ImageShape> {
        Some(self.shape())
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        None
    }

    fn files(&self) -> Vec<PathBuf> {
        self.head.files()
    }

    fn prepare(
        &self,
        ctx: &Context,
        _corpus: Option<&Stimuli>,
    ) -> Result<Box<dyn FittedFeatureNet>> {
        let weights = self.head.read(ctx)?;
        Ok(Box::new(self.fitted(ctx, weights)?))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedFeatureNet>> {
        Ok(Box::new(self.fitted(ctx, weights.clone())?))
    }
}

/// A feature network of described layers, frozen.
#[derive(Debug)]
pub struct FittedLayersFeatures {
    network: Network,
    input: Input,
    shape: ImageShape,
    range: ValueRange,
    classes: Vec<String>,
}

impl FittedFeatureNet for FittedLayersFeatures {
    fn layers(&self) -> Vec<String> {
        self.network.plan().taps.clone()
    }

    fn value_range(&self) -> ValueRange {
        self.range
    }

    fn activations(&self, images: &Tensor, layers: &[String]) -> Result<Features> {
        check_images(IMAGES, images, self.shape)?;
        let known = &self.network.plan().taps;
        if let Some(unknown) = layers.iter().find(|layer| !known.contains(layer)) {
            return Err(DescribedError::Unknown {
                name: unknown.clone(),
                known: known.join(", "),
            }
            .into());
        }
        self.network.activations(&self.input.apply(images)?, layers)
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn classify(&self, images: &Tensor) -> Result<Option<Tensor>> {
        if self.classes.is_empty() {
            return Ok(None);
        }
        check_images(IMAGES, images, self.shape)?;
        Ok(Some(self.network.output(&self.input.apply(images)?)?))
    }

    fn weights(&self) -> Weights {
        self.network.given().clone()
    }

    fn curves(&self) -> Vec<Curve> {
        Vec::new()
    }
}

lab_core::register! {
    FeatureNet "layers_features" => LayersFeatures, LayersFeaturesParams;
    summary: "A feature network described as layers, with weights from safetensors, PyTorch, NumPy or Chainer files",
    equation: "activations = layers((image − mean)/sd), before the non-linearity;   grey: Σ_c K_c ∗ (g − m_c)/s_c = (Σ_c K_c/s_c) ∗ g − Σ_c (m_c/s_c)·(K_c ∗ 1)",
    source: "layers as in PyTorch 2 and Chainer 7; Krizhevsky et al. (2012) as an example",
    parity: "PyTorch (activations and gradients, ≤ 1e-5)",
}
