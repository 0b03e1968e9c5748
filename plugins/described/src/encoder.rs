//! The network from images to latents that a generator may bring along.
//!
//! ```text
//! z = constrain(layers((image − mean)/sd))        the image mapped to the encoder's range, its maps as one row
//! ```
//! An autoencoder's own encoder finds in one pass what a search over latents takes many for.

use std::path::PathBuf;

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::context::Context;
use lab_core::dims::{ImageShape, ValueRange};
use lab_core::traits::{Constraint, constrain};
use lab_core::weights::{Weights, prefixed, under};
use lab_formats::parameters::Rule;
use serde::{Deserialize, Serialize};

use crate::error::DescribedError;
use crate::head::Head;
use crate::image::{Input, Order, Trained, check_images};
use crate::layer::Layer;
use crate::network::Network;
use crate::shape::Shape;

/// What stands before the names of its weights among a generator's.
const PREFIX: &str = "encoder";
/// The same as rules of keys have it.
const POINTED: &str = "encoder.";
/// Pixels of images encoded at a time: a whole corpus needs no more memory than a few images, and what passes between layers
/// is still in the cache when it is read.
const PIXELS: usize = 16 * 64 * 64;

/// An encoder, as an experiment writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Encoder {
    /// Channels of the images that it takes: 3 or 1. It sees a grey image three times.
    pub channels: usize,
    /// The range of the pixels that it takes.
    pub range: ValueRange,
    /// The order of its colours.
    pub order: Order,
    /// The file of its weights; empty if they lie in the generator's own file, as a run writes it.
    pub weights: String,
    /// Rules that rename keys of the file, or put them aside: pairs of a pattern and what takes its place.
    pub keys: Vec<Rule>,
    /// Its layers, from the image to as many numbers as a latent has.
    pub layers: Vec<Layer>,
}

impl Default for Encoder {
    /// Colour images in `[0, 1]`; layers and weights must be told.
    fn default() -> Self {
        Self {
            channels: 3,
            range: ValueRange {
                low: 0.0,
                high: 1.0,
            },
            order: Order::Rgb,
            weights: String::new(),
            keys: Vec::new(),
            layers: Vec::new(),
        }
    }
}

impl Encoder {
    /// Whether its weights lie among the generator's, as a run writes them.
    fn is_in_one_file(&self) -> bool {
        self.weights.is_empty()
    }

    /// The rules by which a generator's own weights are found.
    pub(crate) fn rules_beside(&self, keys: &[Rule]) -> Vec<Rule> {
        let mut keys = keys.to_vec();
        if self.is_in_one_file() {
            keys.insert(0, (format!("{POINTED}{{*}}"), String::new()));
        }
        keys
    }
}

/// The rules by which an encoder is found in a file that a run wrote: nothing else of it counts.
fn inside() -> Vec<Rule> {
    let own = (format!("{POINTED}{{*}}"), "{*}".to_owned());
    vec![own, ("{*}".to_owned(), String::new())]
}

/// An encoder with every size known, before its weights are read.
#[derive(Debug)]
pub(crate) struct EncoderPlan {
    head: Head,
    range: ValueRange,
    trained: Trained,
    /// The images as they come here.
    image: ImageShape,
    constraint: Constraint,
}

impl EncoderPlan {
    /// Checks the parameters, and that `image` becomes a latent of `n_latents` numbers.
    pub(crate) fn new(
        plugin: &'static str,
        encoder: &Encoder,
        file: &str,
        image: ImageShape,
        (n_latents, constraint): (usize, Constraint),
    ) -> Result<Self, DescribedError> {
        let wrong = |name, expected: String, got: String| DescribedError::Parameter {
            plugin,
            name,
            expected,
            got,
        };
        let takes_grey = image.channels == 1;
        if !matches!(encoder.channels, 1 | 3) || (!takes_grey && encoder.channels != 3) {
            let expected = if takes_grey {
                "1 or 3"
            } else {
                "3, as its images are coloured"
            };
            let got = encoder.channels.to_string();
            return Err(wrong("encoder.channels", expected.into(), got));
        }
        let seen = Shape::Maps(encoder.channels, image.height, image.width);
        let (file, keys) = if encoder.is_in_one_file() {
            (file, inside())
        } else {
            (encoder.weights.as_str(), encoder.keys.clone())
        };
        let head = Head::new(plugin, encoder.range, &encoder.layers, seen, file, &keys)?;
        if head.plan.out.n_numbers() != Some(n_latents) {
            let expected = format!("layers that make {n_latents} numbers of {image}, a latent's");
            return Err(wrong("encoder.layers", expected, head.plan.out.to_string()));
        }
        Ok(Self {
            head,
            range: encoder.range,
            trained: Trained {
                channels: encoder.channels,
                grey: takes_grey,
                order: encoder.order,
                mean: Vec::new(),
                sd: Vec::new(),
            },
            image,
            constraint,
        })
    }

    /// The file of its weights.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.head.files()
    }

    /// The same; in a smoke run weights are drawn where there is no file of them.
    pub(crate) fn tried(self, ctx: &Context) -> Self {
        Self {
            head: self.head.tried(ctx),
            ..self
        }
    }

    /// Reads its weights, under the names that they have among the generator's.
    pub(crate) fn read(&self, ctx: &Context) -> Result<Weights> {
        Ok(prefixed(PREFIX, self.head.read(&ctx.child(PREFIX))?).collect())
    }

    /// The encoder with its part of a generator's weights.
    pub(crate) fn fitted(&self, weights: &Weights, device: &Device) -> Result<FittedEncoder> {
        let mut network = self.head.network(under(PREFIX, weights))?;
        let size = (self.image.height, self.image.width);
        let input = Input::new(&self.trained, &mut network, size, device)?;
        Ok(FittedEncoder {
            network,
            input,
            range: self.range,
            image: self.image,
            constraint: self.constraint,
        })
    }
}

/// A generator's weights without those of its encoder.
pub(crate) fn without(weights: &Weights) -> Weights {
    let is_own = |name: &str| {
        name.strip_prefix(PREFIX)
            .is_none_or(|rest| !rest.starts_with('/'))
    };
    let mut own = weights.clone();
    own.retain(|name, _| is_own(name));
    own
}

/// An encoder that is ready.
#[derive(Debug)]
pub(crate) struct FittedEncoder {
    network: Network,
    input: Input,
    range: ValueRange,
    image: ImageShape,
    constraint: Constraint,
}

impl FittedEncoder {
    /// Latents of images in `[−1, 1]`; differentiable with respect to them.
    pub(crate) fn encode(&self, images: &Tensor) -> Result<Tensor> {
        check_images("images to encode", images, self.image)?;
        let n_images = images.dim(0)?;
        let together = (PIXELS / (self.image.height * self.image.width).max(1)).max(1);
        let mut latents = Vec::with_capacity(n_images.div_ceil(together));
        for start in (0..n_images).step_by(together) {
            let chunk = images.narrow(0, start, together.min(n_images - start))?;
            let pixels = ValueRange::SIGNED.map_to(self.range, &chunk)?;
            let maps = self.network.output(&self.input.apply(&pixels)?)?;
            latents.push(maps.flatten_from(1)?);
        }
        constrain(self.constraint, &Tensor::cat(&latents, 0)?)
    }
}
