//! `layers_generator`: a generator of described layers.

use std::path::PathBuf;

use candle_core::Tensor;
use lab_core::config::{Declared, Range};
use lab_core::dims::ValueRange;
use lab_core::events::Curve;
use lab_core::prelude::*;
use lab_core::traits::{Constraint, Dataset, FittedGenerator, Generator, LatentSpace, Prior};
use lab_formats::parameters::Rule;
use serde::{Deserialize, Serialize};

use crate::encoder::{Encoder, EncoderPlan, FittedEncoder, without};
use crate::error::DescribedError;
use crate::head::Head;
use crate::image::{Order, Output, channels_of};
use crate::layer::{self, Layer};
use crate::network::Network;
use crate::shape::Shape;

const NAME: &str = "layers_generator";

/// Parameters of `layers_generator`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LayersGeneratorParams {
    /// Numbers of a latent.
    pub latent: usize,
    /// How latents were drawn when it was trained.
    pub prior: Prior,
    /// What latents are brought onto.
    pub onto: Onto,
    /// The file of its weights: safetensors, PyTorch's `.pth`, NumPy's `.npz`, Chainer's `.npz` or HDF5.
    pub weights: String,
    /// Rules that rename keys of the file, or put them aside: pairs of a pattern and what takes its place.
    pub keys: Vec<Rule>,
    /// Its layers, from latents to images of one or three channels.
    pub layers: Vec<Layer>,
    /// The range of the pixels that they make.
    pub range: ValueRange,
    /// The order of their colours.
    pub order: Order,
    /// Whether three colours become grey: 0.299 R + 0.587 G + 0.114 B.
    pub grey: bool,
    /// The network from images to latents that belongs to it, if there is one.
    pub encoder: Option<Encoder>,
}

/// What latents are brought onto.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Onto {
    /// Nothing: every latent is as good.
    Anywhere,
    /// The sphere of radius 1.
    UnitSphere,
}

impl Onto {
    const fn constraint(self) -> Constraint {
        match self {
            Self::Anywhere => Constraint::None,
            Self::UnitSphere => Constraint::UnitSphere,
        }
    }
}

impl Default for LayersGeneratorParams {
    /// A hundred normal numbers, as in PyTorch's example of a DCGAN; layers and weights must be told.
    fn default() -> Self {
        Self {
            latent: 100,
            prior: Prior::Normal,
            onto: Onto::Anywhere,
            weights: String::new(),
            keys: Vec::new(),
            layers: Vec::new(),
            range: ValueRange::SIGNED,
            order: Order::Rgb,
            grey: true,
            encoder: None,
        }
    }
}

impl lab_core::config::PluginParams for LayersGeneratorParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("generator.rs"), include_str!("encoder.rs"), include_str!("layer.rs"), include_str!("image.rs"), include_str!("../../../core/formats/src/parameters/rules.rs")],
        &[
            ("latent", Range::UNITS),
            ("encoder.channels", Range::UNITS.up_to(3.0, "at most 3")),
        ],
    )
    .with(layer::RANGES);
}

/// A generator of described layers, before its weights are read.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `z` | `[batch, latent]` | f32 | as the prior draws them |
/// | image | `[batch, 1 or 3, height, width]` | f32 | `[−1, 1]`: mapped from `range`, then cut |
///
/// # Determinism
/// Nothing is random.
#[derive(Debug)]
pub struct LayersGenerator {
    params: LayersGeneratorParams,
    head: Head,
    encoder: Option<EncoderPlan>,
    shape: ImageShape,
}

impl LayersGenerator {
    /// Checks the parameters and follows the sizes through the layers; reads no file.
    ///
    /// # Errors
    /// [`DescribedError::Parameter`] or [`DescribedError::Layer`] for what cannot be.
    pub fn build(params: LayersGeneratorParams, ctx: &Context) -> Result<Self, DescribedError> {
        let wrong = |name, expected: &str, got: String| DescribedError::Parameter {
            plugin: NAME,
            name,
            expected: expected.into(),
            got,
        };
        if params.latent == 0 {
            return Err(wrong("latent", "at least 1", "0".into()));
        }
        let input = Shape::Row(params.latent);
        let file = &params.weights;
        let keys = match &params.encoder {
            Some(encoder) => encoder.rules_beside(&params.keys),
            None => params.keys.clone(),
        };
        let head = Head::new(NAME, params.range, &params.layers, input, file, &keys)?.tried(ctx);
        let (channels, height, width) = channels_of(head.plan.out).map_err(|got| {
            wrong(
                "layers",
                "a last layer that makes maps of 1 or 3 channels",
                got,
            )
        })?;
        let shape = ImageShape {
            channels: if params.grey { 1 } else { channels },
            height,
            width,
        };
        let latents = (params.latent, params.onto.constraint());
        let encoder = params.encoder.as_ref();
        let encoder = encoder
            .map(|encoder| EncoderPlan::new(NAME, encoder, file, shape, latents))
            .transpose()?
            .map(|encoder| encoder.tried(ctx));
        Ok(Self {
            params,
            head,
            encoder,
            shape,
        })
    }

    fn fitted(&self, ctx: &Context, weights: &Weights) -> Result<FittedLayersGenerator> {
        let encoder = self.encoder.as_ref();
        Ok(FittedLayersGenerator {
            network: self.head.network(without(weights))?,
            encoder: encoder
                .map(|encoder| encoder.fitted(weights, ctx.device()))
                .transpose()?,
            weights: weights
                .iter()
                .map(|(name, tensor)| (name.clone(), tensor.detach()))
                .collect(),
            space: self.latent_space(),
            shape: self.shape,
            output: Output {
                range: self.params.range,
                order: self.params.order,
                grey: self.params.grey,
            },
        })
    }
}

impl Generator for LayersGenerator {
    fn latent_space(&self) -> LatentSpace {
        LatentSpace {
            n_latents: self.params.latent,
            prior: self.params.prior,
            constraint: self.params.onto.constraint(),
        }
    }

    fn image_shape(&self) -> ImageShape {
        self.shape
    }

    fn latent_maps(&self) -> Option<ImageShape> {
        match *self.params.layers.first()? {
            Layer::Reshape {
                channels,
                height,
                width,
            } => Some(ImageShape {
                channels,
                height,
                width,
            }),
            _ => None,
        }
    }

    fn encodes(&self) -> bool {
        self.encoder.is_some()
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        None
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files = self.head.files();
        for file in self.encoder.iter().flat_map(EncoderPlan::files) {
            if !files.contains(&file) {
                files.push(file);
            }
        }
        files
    }

    fn prepare(
        &self,
        ctx: &Context,
        _corpus: Option<&Stimuli>,
    ) -> Result<Box<dyn FittedGenerator>> {
        let mut weights = self.head.read(ctx)?;
        if let Some(encoder) = &self.encoder {
            weights.extend(encoder.read(ctx)?);
        }
        Ok(Box::new(self.fitted(ctx, &weights)?))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedGenerator>> {
        Ok(Box::new(self.fitted(ctx, weights)?))
    }
}

/// A generator of described layers, frozen.
#[derive(Debug)]
pub struct FittedLayersGenerator {
    network: Network,
    encoder: Option<FittedEncoder>,
    /// Those of both networks.
    weights: Weights,
    space: LatentSpace,
    shape: ImageShape,
    output: Output,
}

impl FittedGenerator for FittedLayersGenerator {
    fn latent_space(&self) -> LatentSpace {
        self.space
    }

    fn image_shape(&self) -> ImageShape {
        self.shape
    }

    fn generate(&self, z: &Tensor) -> Result<Tensor> {
        if z.rank() != 2 || z.dims()[1] != self.space.n_latents {
            return Err(Error::Shape {
                what: "latents of layers_generator".into(),
                expected: format!("[batch, {}]", self.space.n_latents),
                got: format!("{:?}", z.dims()),
            });
        }
        self.output.finish(&self.network.output(z)?)
    }

    fn encode(&self, images: &Tensor) -> Result<Option<Tensor>> {
        let encoder = self.encoder.as_ref();
        encoder.map(|encoder| encoder.encode(images)).transpose()
    }

    fn weights(&self) -> Weights {
        self.weights.clone()
    }

    fn curves(&self) -> Vec<Curve> {
        Vec::new()
    }
}

lab_core::register! {
    Generator "layers_generator" => LayersGenerator, LayersGeneratorParams;
    summary: "A generator described as layers, with weights from safetensors, PyTorch, NumPy or Chainer files",
    equation: "image = clip(map(layers(z), range → [−1, 1]));   grey = 0.299 R + 0.587 G + 0.114 B;   layers and tensors belong together by name, else by order and shape",
    source: "layers as in PyTorch 2 and Chainer 7; Radford et al. (2016), arXiv:1511.06434, as an example; ITU-R BT.601",
    parity: "PyTorch (images and gradients, ≤ 1e-5)",
}
