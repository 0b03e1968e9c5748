//! `latent_r3gan` as a plugin: the traits `Generator` and `FittedGenerator`.

use std::path::PathBuf;

use candle_core::Tensor;
use lab_core::config::check_params;
use lab_core::demand::{Demand, training as bytes_of};
use lab_core::dims::ImageShape;
use lab_core::events::Curve;
use lab_core::prelude::*;
use lab_core::traits::{Dataset, FittedGenerator, LatentSpace};
use lab_core::weights::{prefixed, under};

use super::code::Code;
use super::discriminator::Discriminator;
use super::generator::Generator;
use super::params::LatentR3ganParams;
use super::prior;
use super::training::{self, Frozen};
use crate::error::R3ganError;

/// What stands before the names of the autoencoder's weights among its own.
const THROUGH: &str = "through";
/// What stands before those of the generator whose images' codes are drawn.
const PRIOR: &str = "prior";
/// What stands before those of the network that learned.
const OWN: &str = "latents";

/// A GAN among the latents of an autoencoder, before it has learned.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `z` | `[batch, latent]` | f32 | the code of an image, of mean 0 and variance 1 over the corpus |
/// | image | that of `through` | f32 | `[−1, 1]` |
///
/// # Source
/// The game is that of Huang, Gokaslan, Kuleshov and Tompkin (2024), arXiv:2501.05441; drawing images again as Larsen et al.
/// (2016), arXiv:1512.09300.
///
/// # Determinism
/// First weights come from the streams `generator` and `discriminator`, the images of the code from `code`, those of the game from
/// `images`, batches and differences of update k from `update-{k}`; the prior draws from streams under `prior`.
pub struct LatentR3gan {
    params: LatentR3ganParams,
    through: Box<dyn lab_core::traits::Generator>,
    prior: Box<dyn lab_core::traits::Generator>,
    generator: Generator,
    discriminator: Discriminator,
}

impl LatentR3gan {
    /// Checks the parameters, and that the autoencoder suits.
    ///
    /// # Errors
    /// [`R3ganError::Parameter`] for a number that cannot train; [`R3ganError::Part`] for an autoencoder without an encoder, with
    /// latents that are no maps of even sides, or one that has to be trained itself, and for a prior that cannot be drawn from;
    /// whatever building them fails with.
    pub fn build(params: LatentR3ganParams, ctx: &Context) -> Result<Self> {
        check_params("latent_r3gan", &params).map_err(R3ganError::from)?;
        let through = params.through.build(ctx)?;
        let refused = |expected: &str, got: String| R3ganError::Part {
            name: "through",
            expected: expected.into(),
            got,
        };
        if !through.encodes() {
            let expected =
                "a generator with an encoder, such as layers_generator(…, encoder: Some(…))";
            return Err(refused(expected, "one without".into()).into());
        }
        if through.corpus().is_some() {
            let expected = "a generator whose weights are given";
            return Err(refused(expected, "one that learns from a corpus".into()).into());
        }
        let even =
            |maps: &ImageShape| maps.height.is_multiple_of(2) && maps.width.is_multiple_of(2);
        let found = through.latent_maps();
        let got = found.map_or("a row".to_owned(), |maps| maps.to_string());
        let Some(maps) = found.filter(even) else {
            let expected = "latents that are maps of even sides, such as a layers_generator that begins with Reshape";
            return Err(refused(expected, got).into());
        };
        let prior = params.prior.build(ctx)?;
        let shape = through.image_shape();
        prior::check(prior.as_ref(), params.latent, shape, &params.train.corpus)?;
        let (channels, n_blocks) = (params.channels, params.blocks);
        Ok(Self {
            generator: Generator {
                n_latents: params.latent,
                maps,
                channels,
                n_blocks,
            },
            discriminator: Discriminator {
                maps,
                channels,
                n_blocks,
            },
            through,
            prior,
            params,
        })
    }

    fn fitted(
        &self,
        [through, prior]: [Box<dyn FittedGenerator>; 2],
        weights: Weights,
        code: Code,
        curves: Vec<Curve>,
    ) -> Box<dyn FittedGenerator> {
        Box::new(FittedLatentR3gan {
            generator: self.generator,
            through,
            prior,
            weights: weights
                .into_iter()
                .map(|(name, tensor)| (name, tensor.detach()))
                .collect(),
            code,
            curves,
        })
    }
}

impl lab_core::traits::Generator for LatentR3gan {
    fn demand(&self) -> Demand {
        let (maps, channels) = (self.generator.maps, self.params.channels as f64);
        let n_pixels = (maps.height * maps.width) as f64;
        let n_seen = self.image_shape().n_pixels() as f64;
        let latents = self.params.latent as f64 * (n_seen + channels * n_pixels / 4.0);
        let n_blocks = 12.0 * self.params.blocks as f64;
        let train = &self.params.train;
        let own = Demand {
            bytes: bytes_of(
                latents + n_blocks * channels * channels,
                train.batch as f64 * n_blocks * channels * n_pixels,
            ),
            steps: train.updates as f64,
            lower: "latent, channels, blocks, train.batch or train.updates",
        };
        own.and(self.prior.demand())
    }

    fn latent_space(&self) -> LatentSpace {
        self.generator.space()
    }

    fn image_shape(&self) -> ImageShape {
        self.through.image_shape()
    }

    fn encodes(&self) -> bool {
        true
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        Some(&self.params.train.corpus)
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files = self.through.files();
        files.extend(self.prior.files());
        files
    }

    fn prepare(&self, ctx: &Context, corpus: Option<&Stimuli>) -> Result<Box<dyn FittedGenerator>> {
        let found = corpus.map_or("none".into(), |corpus| corpus.shape().to_string());
        let Some(corpus) = corpus.filter(|corpus| corpus.shape() == self.image_shape()) else {
            return Err(R3ganError::Corpus {
                expected: format!("images of {}", self.image_shape()),
                got: found,
            }
            .into());
        };
        let through = self.through.prepare(&ctx.child(THROUGH), None)?;
        let prior = prior::prepared(&ctx.child(PRIOR), self.prior.as_ref(), corpus)?;
        let networks = (self.generator, self.discriminator);
        let frozen = Frozen {
            through: through.as_ref(),
            prior: prior.as_ref(),
        };
        let trained = training::train(ctx, &self.params, networks, frozen, corpus)?;
        let mut curves = trained.curves;
        curves.extend(prior.curves().into_iter().map(of_prior));
        Ok(self.fitted([through, prior], trained.weights, trained.code, curves))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedGenerator>> {
        let restored = |name: &str, part: &dyn lab_core::traits::Generator| {
            part.restore(&ctx.child(name), &under(name, weights))
        };
        let through = restored(THROUGH, self.through.as_ref())?;
        let prior = restored(PRIOR, self.prior.as_ref())?;
        let own = under(OWN, weights);
        let expected = self
            .generator
            .initial(&mut ctx.rng("shapes"), ctx.device())?;
        expected.set(&own)?;
        let n_pixels = self.image_shape().n_pixels();
        let code = Code::restore(weights, n_pixels, self.params.latent)?;
        Ok(self.fitted([through, prior], own, code, Vec::new()))
    }
}

/// A GAN among the latents of an autoencoder, frozen.
pub struct FittedLatentR3gan {
    generator: Generator,
    through: Box<dyn FittedGenerator>,
    prior: Box<dyn FittedGenerator>,
    weights: Weights,
    code: Code,
    curves: Vec<Curve>,
}

impl FittedLatentR3gan {
    /// Refuses latents, or draws for some, that are not `[batch, n_latents]`.
    fn check_latents(&self, z: &Tensor) -> Result<()> {
        let n_latents = self.generator.n_latents;
        if z.rank() == 2 && z.dims()[1] == n_latents && z.dims()[0] > 0 {
            return Ok(());
        }
        Err(Error::Shape {
            what: "latents of latent_r3gan".into(),
            expected: format!("[batch, {n_latents}]"),
            got: format!("{:?}", z.dims()),
        })
    }
}

impl FittedGenerator for FittedLatentR3gan {
    fn latent_space(&self) -> LatentSpace {
        self.generator.space()
    }

    fn image_shape(&self) -> ImageShape {
        self.through.image_shape()
    }

    fn generate(&self, z: &Tensor) -> Result<Tensor> {
        self.check_latents(z)?;
        let through = self.through.as_ref();
        let maps = training::made(&self.generator, &self.weights, &self.code, through, z)?;
        self.through.generate(&maps.flatten_from(1)?)
    }

    fn encode(&self, images: &Tensor) -> Result<Option<Tensor>> {
        let batch = images.dims().first().copied().unwrap_or_default();
        let expected = self.image_shape().batch(batch);
        if batch == 0 || images.dims() != expected {
            let what = "images that latent_r3gan encodes";
            return Err(Error::shape(what, expected, images.dims()));
        }
        Ok(Some(self.code.read(images)?))
    }

    fn map_draws(&self, draws: &Tensor) -> Result<Tensor> {
        self.check_latents(draws)?;
        prior::codes(self.prior.as_ref(), &self.code, self.image_shape(), draws)
    }

    fn weights(&self) -> Weights {
        let mut saved: Weights = prefixed(OWN, self.weights.clone()).collect();
        saved.extend(prefixed(THROUGH, self.through.weights()));
        saved.extend(prefixed(PRIOR, self.prior.weights()));
        self.code.save(&mut saved);
        saved
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}

/// A curve of the prior's training among those of this one, along updates of its own.
fn of_prior(mut curve: Curve) -> Curve {
    curve.name = format!("prior: {}", curve.name);
    curve.x_label = format!("{} of the prior", curve.x_label);
    curve
}

lab_core::register! {
    Generator "latent_r3gan" => LatentR3gan, LatentR3ganParams;
    summary: "A generative adversarial network among the latents of a frozen autoencoder, with codes of images for latents",
    equation: "image = decoder(G(z)), G(z) = e + K'∗a(blocks(K∗e + up(blocks(z·L + l)))), e = encoder(x̄ + (z·σ)·V);   z = (x − x̄)·Vᵀ/σ the components of the corpus, at random those of images of the prior;   d = D(y) − D(G(z)), y = encoder(x);   D: softplus(−d) + γ/2·(R(y) + R(G(z)));   G: softplus(d) + v·(decoder(G(z)) − x)²",
    source: "Huang et al. (2024), arXiv:2501.05441; Larsen et al. (2016), arXiv:1512.09300",
    parity: "PyTorch (both networks); NumPy (the code)",
}
