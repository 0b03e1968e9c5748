//! `r3gan` as a plugin: the traits `Generator` and `FittedGenerator`.

use candle_core::{Device, Tensor};
use lab_core::demand::{Demand, training as bytes_of};
use lab_core::dims::ImageShape;
use lab_core::events::Curve;
use lab_core::prelude::*;
use lab_core::traits::{Constraint, Dataset, FittedGenerator, Generator as _, LatentSpace};

use crate::discriminator::Discriminator;
use crate::error::R3ganError;
use crate::generator::Generator;
use crate::layout::Layout;
use crate::params::R3ganParams;
use crate::training::{self, Networks};

/// An R3GAN before it has learned.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `z` | `[batch, latent]` | f32 | drawn from the prior, divided by its norm |
/// | image | `[batch, 1, size, size]` | f32 | `[−1, 1]` |
///
/// # Source
/// Huang, Gokaslan, Kuleshov and Tompkin (2024), arXiv:2501.05441, configuration E, with plain instead of grouped
/// convolutions, finite differences instead of exact penalties, and a hyperbolic tangent at the end.
///
/// # Determinism
/// First weights come from the streams `generator` and `discriminator`, batches, latents and differences of update k from
/// `update-{k}`.
#[derive(Debug)]
pub struct R3gan {
    params: R3ganParams,
    networks: Networks,
}

impl R3gan {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`R3ganError::Parameter`] or [`R3ganError::Size`] for parameters that cannot train.
    pub fn build(params: R3ganParams, _ctx: &Context) -> Result<Self> {
        params.check()?;
        let discriminator_width = params.discriminator_width.unwrap_or(params.width);
        let mask = params.mask.tensor(params.size, &Device::Cpu)?;
        let networks = Networks {
            generator: Generator {
                n_latents: params.latent,
                layout: Layout::new(params.size, params.width, params.blocks)?,
                mask,
            },
            discriminator: Discriminator {
                layout: Layout::new(params.size, discriminator_width, params.blocks)?,
            },
        };
        Ok(Self { params, networks })
    }

    fn fitted(&self, weights: Weights, curves: Vec<Curve>) -> Box<dyn FittedGenerator> {
        Box::new(FittedR3gan {
            generator: self.networks.generator.clone(),
            space: self.latent_space(),
            weights: weights
                .into_iter()
                .map(|(name, tensor)| (name, tensor.detach()))
                .collect(),
            curves,
        })
    }
}

impl lab_core::traits::Generator for R3gan {
    fn demand(&self) -> Demand {
        let train = &self.params.train;
        let networks = [
            &self.networks.generator.layout,
            &self.networks.discriminator.layout,
        ];
        let latent = self.params.latent as f64 * networks[0].n_smallest() as f64;
        let n_weights: f64 = networks.iter().map(|layout| layout.n_weights()).sum();
        let n_maps: f64 = networks.iter().map(|layout| layout.n_numbers()).sum();
        Demand {
            bytes: bytes_of(latent + n_weights, train.batch as f64 * n_maps),
            steps: train.updates as f64,
            lower: "width, latent, size, blocks, train.batch or train.updates",
        }
    }

    fn latent_space(&self) -> LatentSpace {
        LatentSpace {
            n_latents: self.params.latent,
            prior: self.params.prior,
            constraint: Constraint::UnitSphere,
        }
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape::grey(self.params.size)
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        Some(&self.params.train.corpus)
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
        let space = self.latent_space();
        let trained = training::train(ctx, &self.params, &self.networks, space, corpus)?;
        Ok(self.fitted(trained.weights, trained.curves))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedGenerator>> {
        let mut rng = ctx.rng("shapes");
        let expected = self.networks.generator.initial(&mut rng, ctx.device())?;
        expected.set(weights)?;
        Ok(self.fitted(weights.clone(), Vec::new()))
    }
}

/// An R3GAN's generator, frozen.
#[derive(Debug)]
pub struct FittedR3gan {
    generator: Generator,
    space: LatentSpace,
    weights: Weights,
    curves: Vec<Curve>,
}

impl FittedGenerator for FittedR3gan {
    fn latent_space(&self) -> LatentSpace {
        self.space
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape::grey(self.generator.layout.size)
    }

    fn generate(&self, z: &Tensor) -> Result<Tensor> {
        if z.rank() != 2 || z.dims()[1] != self.space.n_latents {
            return Err(Error::Shape {
                what: "latents of r3gan".into(),
                expected: format!("[batch, {}]", self.space.n_latents),
                got: format!("{:?}", z.dims()),
            });
        }
        self.generator.forward(&self.weights, z)
    }

    fn weights(&self) -> Weights {
        self.weights.clone()
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}

lab_core::register! {
    Generator "r3gan" => R3gan, R3ganParams;
    summary: "A residual generative adversarial network with a relativistic loss and gradient penalties, trained on a corpus of images",
    equation: "d = D(x) − D(G(z));   D: softplus(−d) + γ/2·(R(x) + R(G(z))), R(x) = ((D(x + σε) − D(x))/σ)²;   G: softplus(d) + w·mean (μ φ(G(z)) − μ φ(x))²/var φ(x), μ over the batch;   blocks x + K₃·a(K₂∗a(K₁·x)), 4×4 kernels between sides, tanh",
    source: "Huang et al. (2024), arXiv:2501.05441; Jolicoeur-Martineau (2019), arXiv:1807.00734; Zhang et al. (2019), arXiv:1901.09321",
    parity: "PyTorch (losses, penalties and gradients of both networks)",
}
