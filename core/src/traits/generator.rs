//! Generators: plugins that turn latents into images.

use std::path::PathBuf;

use candle_core::{Device, Tensor};
use rand::distr::{Distribution, Uniform};
use serde::{Deserialize, Serialize};

use super::Dataset;
use crate::config::PluginRef;
use crate::context::Context;
use crate::demand::Demand;
use crate::dims::ImageShape;
use crate::events::Curve;
use crate::recording::Stimuli;
use crate::rng::Stream;
use crate::weights::Weights;
use crate::{Error, Result, nn, rng};

/// Where latents come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prior {
    /// Each number uniform in `[−1, 1]`.
    UniformCube,
    /// Each number standard normal.
    Normal,
}

/// The set that latents must lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Constraint {
    /// No constraint.
    None,
    /// Euclidean norm 1.
    UnitSphere,
}

/// The space of a generator's inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatentSpace {
    /// Numbers of one latent.
    pub n_latents: usize,
    /// How they are drawn before the constraint.
    pub prior: Prior,
    /// The set that they are brought onto.
    pub constraint: Constraint,
}

impl LatentSpace {
    /// Draws `n` latents, `[n, n_latents]`, on the constraint. What a generator's samples are made of is
    /// [`FittedGenerator::sample`].
    ///
    /// # Errors
    /// Fails if the tensor cannot be made.
    pub fn sample(&self, stream: &mut Stream, n: usize, device: &Device) -> Result<Tensor> {
        let shape = [n, self.n_latents];
        let z = match self.prior {
            Prior::Normal => rng::normal(stream, 1.0, &shape, device)?,
            Prior::UniformCube => {
                let range = Uniform::new_inclusive(-1f32, 1f32)
                    .map_err(|source| Error::plugin("rand", source))?;
                let values: Vec<f32> = (0..n * self.n_latents)
                    .map(|_| range.sample(stream))
                    .collect();
                Tensor::from_vec(values, &shape, device)?
            }
        };
        self.constrain(&z)
    }

    /// [`constrain`] with this space's constraint.
    ///
    /// # Errors
    /// Fails only if the tensor arithmetic does.
    pub fn constrain(&self, z: &Tensor) -> Result<Tensor> {
        constrain(self.constraint, z)
    }
}

/// Brings latents `[n, n_latents]` onto a constraint; differentiable. Every latent of the project passes through here.
///
/// # Errors
/// Fails only if the tensor arithmetic does.
pub fn constrain(constraint: Constraint, z: &Tensor) -> Result<Tensor> {
    match constraint {
        Constraint::None => Ok(z.clone()),
        Constraint::UnitSphere => Ok(nn::unit_norm(z)?),
    }
}

/// Turns latents into images, once it is prepared.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `z` | `[batch, n_latents]` | f32 | on the latent space's constraint |
/// | image | `[batch, channels, height, width]` | f32 | `[−1, 1]` |
///
/// # Example
/// ```
/// use lab_core::events::Curve;
/// use lab_core::prelude::*;
/// use lab_core::traits::{Constraint, Dataset, FittedGenerator, Generator, LatentSpace, Prior};
///
/// /// Every number of a latent is the brightness of a row of pixels.
/// struct Rows;
///
/// impl FittedGenerator for Rows {
///     fn latent_space(&self) -> LatentSpace {
///         LatentSpace { n_latents: 4, prior: Prior::UniformCube, constraint: Constraint::None }
///     }
///
///     fn image_shape(&self) -> ImageShape {
///         ImageShape::grey(4)
///     }
///
///     fn generate(&self, z: &Tensor) -> Result<Tensor> {
///         if z.rank() != 2 || z.dims()[1] != 4 {
///             return Err(Error::shape("latents", ("batch", 4), z.dims()));
///         }
///         Ok(z.reshape(((), 1, 4, 1))?.broadcast_as((z.dims()[0], 1, 4, 4))?.contiguous()?)
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
/// impl Generator for Rows {
///     fn latent_space(&self) -> LatentSpace {
///         FittedGenerator::latent_space(self)
///     }
///
///     fn image_shape(&self) -> ImageShape {
///         ImageShape::grey(4)
///     }
///
///     fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
///         None // There is nothing to learn.
///     }
///
///     fn prepare(&self, _ctx: &Context, _corpus: Option<&Stimuli>) -> Result<Box<dyn FittedGenerator>> {
///         Ok(Box::new(Rows))
///     }
///
///     fn restore(&self, _ctx: &Context, _weights: &Weights) -> Result<Box<dyn FittedGenerator>> {
///         Ok(Box::new(Rows))
///     }
/// }
///
/// let ctx = Context::new(1);
/// let fitted = Rows.prepare(&ctx, None)?;
/// let z = fitted.sample(&mut ctx.rng("latents"), 3, ctx.device())?;
/// let images = fitted.generate(&z)?;
/// assert_eq!(images.dims(), fitted.image_shape().batch(3));
/// // The first column of an image is its latent.
/// assert_eq!(images.narrow(3, 0, 1)?.flatten_from(1)?.to_vec2::<f32>()?, z.to_vec2::<f32>()?);
/// assert!(fitted.generate(&z.narrow(1, 0, 2)?).is_err());
/// # Ok::<(), lab_core::Error>(())
/// ```
pub trait Generator: Send + Sync {
    /// The space of its latents.
    fn latent_space(&self) -> LatentSpace;

    /// The shape of its images.
    fn image_shape(&self) -> ImageShape;

    /// How the numbers of a latent lie as maps, channel by channel and row by row; `None` if they are a row without places.
    fn latent_maps(&self) -> Option<ImageShape> {
        None
    }

    /// Whether it will have an encoder: [`FittedGenerator::encode`].
    fn encodes(&self) -> bool {
        false
    }

    /// The dataset that it learns from, by name: whoever has it prepared builds and loads that. `None` if its weights are given.
    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>>;

    /// The files of weights that `prepare` reads, as written in the experiment. Checked to exist before anything heavy
    /// starts, and hashed by content into the key of the stage.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// What getting ready asks of the computer at least, from the parameters alone: said before anything heavy starts.
    fn demand(&self) -> Demand {
        Demand::NONE
    }

    /// Trains on the corpus, or loads given weights.
    ///
    /// # Errors
    /// Fails if the corpus' images have another shape, weights do not fit, or the run is cancelled.
    fn prepare(&self, ctx: &Context, corpus: Option<&Stimuli>) -> Result<Box<dyn FittedGenerator>>;

    /// Rebuilds a fitted generator from the weights it gave.
    ///
    /// # Errors
    /// Fails if a weight is missing or has another shape.
    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedGenerator>>;
}

/// A generator that is ready and frozen.
pub trait FittedGenerator: Send + Sync {
    /// The space of its latents.
    fn latent_space(&self) -> LatentSpace;

    /// The shape of its images.
    fn image_shape(&self) -> ImageShape;

    /// Images in `[−1, 1]`; differentiable with respect to `z`, not to its own weights.
    ///
    /// # Errors
    /// Fails if `z` has the wrong shape.
    fn generate(&self, z: &Tensor) -> Result<Tensor>;

    /// Latents `[batch, n_latents]` of images `[batch, channels, height, width]` in `[−1, 1]` by an encoder of its own, on the
    /// latent space's constraint; differentiable with respect to the images, not to its own weights; `None` without an encoder.
    /// What is generated from them need not be the best that the generator can do.
    ///
    /// # Errors
    /// Fails if the images have another shape than its own.
    fn encode(&self, images: &Tensor) -> Result<Option<Tensor>> {
        let _ = images;
        Ok(None)
    }

    /// Latents of draws from the latent space's prior, `[batch, n_latents]` each: what a mapping network does (Karras et al. 2019,
    /// arXiv:1812.04948). The draws themselves, unless its latents are distributed as no prior is. It need not have a gradient.
    ///
    /// # Errors
    /// Fails if the draws have the wrong shape.
    fn map_draws(&self, draws: &Tensor) -> Result<Tensor> {
        Ok(draws.clone())
    }

    /// `n` latents at random, `[n, n_latents]`, as those of its samples are distributed: a draw from the prior, mapped.
    ///
    /// # Errors
    /// Fails if mapping them does.
    fn sample(&self, stream: &mut Stream, n: usize, device: &Device) -> Result<Tensor> {
        self.map_draws(&self.latent_space().sample(stream, n, device)?)
    }

    /// Everything needed to rebuild it.
    fn weights(&self) -> Weights;

    /// How training went; empty for a restored one.
    fn curves(&self) -> Vec<Curve>;
}
