//! Small stand-ins with known behaviour: a generator, a feature network, a loss term and an objective of them.

use std::sync::Arc;

use candle_core::{D, Tensor};

use crate::config::PluginRef;
use crate::context::Context;
use crate::dims::{ImageShape, ValueRange};
use crate::events::Curve;
use crate::objective::{Objective, WeightedTerm};
use crate::recording::Stimuli;
use crate::rng::{self, stream};
use crate::traits::{
    Constraint, Dataset, FeatureNet, Features, FittedFeatureNet, FittedGenerator, Generator,
    LatentSpace, LossTerm, Prior, View,
};
use crate::weights::{self, Weights};
use crate::{Error, Result};

/// Numbers in a latent of [`toy_objective`].
const N_LATENTS: usize = 6;
/// Side of an image of [`toy_objective`], in pixels.
const SIZE: usize = 8;
/// Stream of the targets of [`toy_objective`].
const TARGETS: &str = "testing/toy-targets";

/// A fixed random generator.
///
/// ```text
/// image = tanh(z·W)
/// ```
#[derive(Debug, Clone)]
pub struct ToyGenerator {
    weight: Tensor,
    shape: ImageShape,
}

impl ToyGenerator {
    /// One with random weights of standard deviation 1.
    ///
    /// # Errors
    /// Fails if the tensor cannot be made.
    pub fn new(ctx: &Context, n_latents: usize, shape: ImageShape) -> Result<Self> {
        let mut draws = stream(0, "testing/toy-generator");
        let weight = rng::normal(
            &mut draws,
            1.0,
            &[n_latents, shape.n_pixels()],
            ctx.device(),
        )?;
        Self::with_weight(weight, shape)
    }

    /// One with the given weights, `[n_latents, n_pixels]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if they do not fit the image.
    pub fn with_weight(weight: Tensor, shape: ImageShape) -> Result<Self> {
        if weight.rank() != 2 || weight.dims()[1] != shape.n_pixels() {
            return Err(Error::shape(
                "weights of the toy generator",
                ("n_latents", shape.n_pixels()),
                weight.dims(),
            ));
        }
        Ok(Self { weight, shape })
    }
}

impl FittedGenerator for ToyGenerator {
    fn latent_space(&self) -> LatentSpace {
        LatentSpace {
            n_latents: self.weight.dims()[0],
            prior: Prior::UniformCube,
            constraint: Constraint::UnitSphere,
        }
    }

    fn image_shape(&self) -> ImageShape {
        self.shape
    }

    fn generate(&self, z: &Tensor) -> Result<Tensor> {
        if z.rank() != 2 || z.dims()[1] != self.weight.dims()[0] {
            return Err(Error::shape(
                "latents of the toy generator",
                ("batch", self.weight.dims()[0]),
                z.dims(),
            ));
        }
        Ok(z.matmul(&self.weight)?
            .tanh()?
            .reshape(&self.shape.batch(z.dims()[0])[..])?)
    }

    fn weights(&self) -> Weights {
        Weights::from([("weight".to_owned(), self.weight.clone())])
    }

    fn curves(&self) -> Vec<Curve> {
        Vec::new()
    }
}

impl Generator for ToyGenerator {
    fn latent_space(&self) -> LatentSpace {
        FittedGenerator::latent_space(self)
    }

    fn image_shape(&self) -> ImageShape {
        self.shape
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        None
    }

    fn prepare(
        &self,
        _ctx: &Context,
        _corpus: Option<&Stimuli>,
    ) -> Result<Box<dyn FittedGenerator>> {
        Ok(Box::new(self.clone()))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedGenerator>> {
        let weight = weights::get(weights, "weight")?.to_device(ctx.device())?;
        Ok(Box::new(Self::with_weight(weight, self.shape)?))
    }
}

/// A fixed random feature network with the layers `toy1` and `toy2`.
///
/// ```text
/// toy1 = x·W₁     toy2 = tanh(toy1)·W₂
/// ```
#[derive(Debug, Clone)]
pub struct ToyNet {
    weights: [Tensor; 2],
    shape: ImageShape,
}

impl ToyNet {
    /// One for images of this shape, with 12 and 5 features.
    ///
    /// # Errors
    /// Fails if the tensors cannot be made.
    pub fn new(ctx: &Context, shape: ImageShape) -> Result<Self> {
        let mut draws = stream(0, "testing/toy-net");
        let (n_in, sd) = (shape.n_pixels(), 1.0 / (shape.n_pixels() as f64).sqrt());
        let first = rng::normal(&mut draws, sd, &[n_in, 12], ctx.device())?;
        let second = rng::normal(&mut draws, 0.3, &[12, 5], ctx.device())?;
        Ok(Self {
            weights: [first, second],
            shape,
        })
    }
}

impl FittedFeatureNet for ToyNet {
    fn layers(&self) -> Vec<String> {
        vec!["toy1".into(), "toy2".into()]
    }

    fn value_range(&self) -> ValueRange {
        ValueRange {
            low: -0.5,
            high: 0.5,
        }
    }

    fn activations(&self, images: &Tensor, layers: &[String]) -> Result<Features> {
        if let Some(layer) = layers
            .iter()
            .find(|layer| !FittedFeatureNet::layers(self).contains(layer))
        {
            return Err(super::broken(
                "layers of the toy network",
                "toy1 or toy2",
                layer.as_str(),
            ));
        }
        if images.rank() != 4 || images.dims()[1..] != self.shape.batch(1)[1..] {
            return Err(Error::shape(
                "images of the toy network",
                self.shape.batch(1),
                images.dims(),
            ));
        }
        let first = images.flatten_from(1)?.matmul(&self.weights[0])?;
        let second = first.tanh()?.matmul(&self.weights[1])?;
        let all = [("toy1".to_owned(), first), ("toy2".to_owned(), second)];
        Ok(all
            .into_iter()
            .filter(|(layer, _)| layers.contains(layer))
            .collect())
    }

    fn classes(&self) -> &[String] {
        &[]
    }

    fn classify(&self, _images: &Tensor) -> Result<Option<Tensor>> {
        Ok(None)
    }

    fn weights(&self) -> Weights {
        let [first, second] = self.weights.clone();
        Weights::from([("toy1".to_owned(), first), ("toy2".to_owned(), second)])
    }

    fn curves(&self) -> Vec<Curve> {
        Vec::new()
    }
}

impl FeatureNet for ToyNet {
    fn layers(&self) -> Vec<String> {
        FittedFeatureNet::layers(self)
    }

    fn image_shape(&self) -> Option<ImageShape> {
        Some(self.shape)
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        None
    }

    fn prepare(
        &self,
        _ctx: &Context,
        _corpus: Option<&Stimuli>,
    ) -> Result<Box<dyn FittedFeatureNet>> {
        Ok(Box::new(self.clone()))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedFeatureNet>> {
        let layer = |name: &str| -> Result<Tensor> {
            Ok(weights::get(weights, name)?.to_device(ctx.device())?)
        };
        Ok(Box::new(Self {
            weights: [layer("toy1")?, layer("toy2")?],
            shape: self.shape,
        }))
    }
}

/// The mean squared difference of the images, or of the activations of one layer, for each image.
#[derive(Debug, Clone)]
pub struct ToyTerm {
    /// The layer; `None` for pixels.
    pub layer: Option<String>,
}

impl LossTerm for ToyTerm {
    fn layers(&self) -> Vec<String> {
        self.layer.clone().into_iter().collect()
    }

    fn evaluate(
        &self,
        _ctx: &Context,
        target: &View<'_>,
        reconstruction: &View<'_>,
    ) -> Result<Tensor> {
        let side = |view: &View<'_>| match &self.layer {
            None => Ok(view.image.clone()),
            Some(layer) => view
                .features
                .get(layer)
                .cloned()
                .ok_or_else(|| super::broken("toy term", format!("layer '{layer}'"), "none")),
        };
        let (target, reconstruction) = (side(target)?, side(reconstruction)?);
        if target.dims() != reconstruction.dims() {
            return Err(Error::shape(
                "sides of the toy term",
                target.dims(),
                reconstruction.dims(),
            ));
        }
        Ok((target - reconstruction)?
            .sqr()?
            .flatten_from(1)?
            .mean(D::Minus1)?)
    }
}

/// An objective of toys: 10 × pixels + 1 × `toy2`, 6 latents, 8×8 pixels, and targets that the generator can make.
///
/// # Errors
/// Fails if a tensor cannot be made.
///
/// # Determinism
/// Everything comes from fixed streams.
pub fn toy_objective(ctx: &Context, n_targets: usize) -> Result<Objective> {
    let shape = ImageShape::grey(SIZE);
    let generator = ToyGenerator::new(ctx, N_LATENTS, shape)?;
    let z = FittedGenerator::latent_space(&generator).sample(
        &mut stream(0, TARGETS),
        n_targets,
        ctx.device(),
    )?;
    let targets = generator.generate(&z)?;
    let pixel = WeightedTerm {
        name: "pixel".into(),
        weight: 10.0,
        term: Box::new(ToyTerm { layer: None }),
    };
    let feature = WeightedTerm {
        name: "feature".into(),
        weight: 1.0,
        term: Box::new(ToyTerm {
            layer: Some("toy2".into()),
        }),
    };
    let net = ToyNet::new(ctx, shape)?;
    Objective::new(
        Arc::new(generator),
        Some(Arc::new(net)),
        Arc::new(vec![pixel, feature]),
        targets,
    )
}

/// Normal features `[n_samples, n_features]` to train a decoder on.
///
/// # Errors
/// Fails if the tensor cannot be made.
pub fn toy_features(ctx: &Context, n_samples: usize, n_features: usize) -> Result<Tensor> {
    Ok(rng::normal(
        &mut stream(0, "testing/toy-features"),
        1.0,
        &[n_samples, n_features],
        ctx.device(),
    )?)
}

/// A dataset that holds nothing: what tests of a crate register under the name of its default corpus.
#[derive(Debug)]
pub struct ToyCorpus;

impl ToyCorpus {
    /// Has nothing to check.
    ///
    /// # Errors
    /// Never.
    pub fn build(_params: crate::config::NoParams, _ctx: &Context) -> Result<Self> {
        Ok(Self)
    }
}

impl Dataset for ToyCorpus {
    fn files(&self) -> Vec<std::path::PathBuf> {
        Vec::new()
    }

    fn load(&self, _ctx: &Context) -> Result<crate::recording::Recording> {
        Err(Error::Data {
            what: "the toy corpus".into(),
            expected: "a test that hands over its own corpus".into(),
            got: "a request for this one".into(),
            remedy: "prepare the network with a corpus".into(),
        })
    }
}
