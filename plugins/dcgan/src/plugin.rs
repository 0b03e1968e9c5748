//! `dcgan` as a plugin: the traits `Generator` and `FittedGenerator`.

use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use lab_core::demand::{Demand, training as bytes_of};
use lab_core::dims::ImageShape;
use lab_core::events::Curve;
use lab_core::prelude::*;
use lab_core::traits::{Constraint, Dataset, FittedGenerator, LatentSpace, Prior};

use crate::error::DcganError;
use crate::generator::{Folded, Generator};
use crate::layout::Layout;
use crate::params::DcganParams;
use crate::{given, training};

/// A DCGAN before it has learned.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `z` | `[batch, latent]` | f32 | uniform in a cube, divided by its norm |
/// | image | `[batch, 1, size, size]` | f32 | `[−1, 1]` |
///
/// # Determinism
/// First weights come from the streams `generator` and `discriminator`, batches and noise of update k from `update-{k}`,
/// the latents of the final statistics from `statistics`.
#[derive(Debug)]
pub struct Dcgan {
    params: DcganParams,
    generator: Generator,
}

impl Dcgan {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`DcganError::Parameter`] or [`DcganError::Size`] for parameters that cannot train.
    pub fn build(params: DcganParams, _ctx: &Context) -> Result<Self> {
        params.check()?;
        let layout = Layout::new(params.size, params.width, params.start)?;
        let mask = params.mask.tensor(params.size, &Device::Cpu)?;
        let generator = Generator {
            n_latents: params.latent,
            layout,
            first_layer: params.first_layer,
            mask,
        };
        Ok(Self { params, generator })
    }
}

impl lab_core::traits::Generator for Dcgan {
    fn demand(&self) -> Demand {
        let train = &self.params.train;
        let (n_weights, n_activations) = self.generator.layout.numbers(self.params.latent);
        Demand {
            bytes: bytes_of(n_weights, train.batch as f64 * n_activations),
            steps: train.updates as f64,
            lower: "width, latent, size, train.batch or train.updates",
        }
    }

    fn latent_space(&self) -> LatentSpace {
        LatentSpace {
            n_latents: self.params.latent,
            prior: Prior::UniformCube,
            constraint: Constraint::UnitSphere,
        }
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape::grey(self.params.size)
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        match self.params.weights {
            Some(_) => None,
            None => Some(&self.params.train.corpus),
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        self.params.weights.iter().map(PathBuf::from).collect()
    }

    fn prepare(&self, ctx: &Context, corpus: Option<&Stimuli>) -> Result<Box<dyn FittedGenerator>> {
        if let Some(file) = &self.params.weights {
            let weights = given::load(Path::new(file), &self.generator, ctx.device())?;
            return self.restore(ctx, &weights);
        }
        let found = corpus.map_or("none".into(), |corpus| corpus.shape().to_string());
        let Some(corpus) = corpus.filter(|corpus| corpus.shape() == self.image_shape()) else {
            return Err(DcganError::Corpus {
                expected: format!("images of {}", self.image_shape()),
                got: found,
            }
            .into());
        };
        let trained = training::train(
            ctx,
            &self.params,
            &self.generator,
            self.latent_space(),
            corpus,
        )?;
        Ok(Box::new(FittedDcgan::new(
            self.generator.clone(),
            self.latent_space(),
            trained.weights,
            trained.curves,
        )?))
    }

    fn restore(&self, _ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedGenerator>> {
        given::check(&self.generator, weights)?;
        Ok(Box::new(FittedDcgan::new(
            self.generator.clone(),
            self.latent_space(),
            weights.clone(),
            Vec::new(),
        )?))
    }
}

/// A DCGAN's generator, frozen.
#[derive(Debug)]
pub struct FittedDcgan {
    generator: Generator,
    space: LatentSpace,
    weights: Weights,
    folded: Folded,
    curves: Vec<Curve>,
}

impl FittedDcgan {
    fn new(
        generator: Generator,
        space: LatentSpace,
        weights: Weights,
        curves: Vec<Curve>,
    ) -> Result<Self> {
        let weights: Weights = weights
            .into_iter()
            .map(|(name, tensor)| (name, tensor.detach()))
            .collect();
        let folded = Folded::new(&weights)?;
        Ok(Self {
            generator,
            space,
            weights,
            folded,
            curves,
        })
    }
}

impl FittedGenerator for FittedDcgan {
    fn latent_space(&self) -> LatentSpace {
        self.space
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape::grey(self.generator.layout.size)
    }

    fn generate(&self, z: &Tensor) -> Result<Tensor> {
        if z.rank() != 2 || z.dims()[1] != self.space.n_latents {
            return Err(Error::Shape {
                what: "latents of dcgan".into(),
                expected: format!("[batch, {}]", self.space.n_latents),
                got: format!("{:?}", z.dims()),
            });
        }
        self.generator.forward(&self.weights, z, &mut &self.folded)
    }

    fn weights(&self) -> Weights {
        self.weights.clone()
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}

lab_core::register! {
    Generator "dcgan" => Dcgan, DcganParams;
    summary: "The paper's deep convolutional generative adversarial network, trained on a corpus of images",
    equation: "D: softplus(−D(x)) + softplus(D(G(z)));   G: softplus(−D(G(z))) + w·mean (φ(G(z)) − φ(x))²;   G: linear, 4 × transposed conv 4×4 stride 2, batch norm, ReLU, tanh",
    source: "Seeliger et al. (2018), section 2.3, doi:10.1016/j.neuroimage.2018.07.043; Radford et al. (2016), arXiv:1511.06434",
    parity: "PyTorch (losses and gradients of one update)",
}
