//! Decoders: plugins that turn aligned responses into latents or pixels.

use std::path::PathBuf;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::demand::Demand;
use crate::events::Curve;
use crate::objective::Objective;
use crate::weights::Weights;
use crate::{Error, Result};

/// What a decoder predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Output {
    /// Latents of the generator, `[n_samples, n_latents]`.
    Latents,
    /// Pixels, `[n_samples, channels, height, width]` in `[−1, 1]`.
    Images,
}

/// What a decoder is fitted on.
#[derive(Clone, Copy)]
pub struct TrainingSet<'a> {
    /// Aligned responses: `[n_samples, n_features]`, f32.
    pub features: &'a Tensor,
    /// For each row, which of the objective's targets was seen: `[n_samples]`. Rows of one target are repeats of it: those that
    /// are left out to choose a setting leave together.
    pub target_idx: &'a [usize],
    /// The targets: `[n_targets, channels, height, width]` in `[−1, 1]`.
    pub targets: &'a Tensor,
    /// For each target, the number of the picture that it was cut from, where images were cut from pictures: `[n_targets]`.
    /// Targets of one picture depend on each other: rows that are left out to choose a setting leave together with all rows of
    /// their picture.
    pub picture_of: Option<&'a [usize]>,
    /// Generator, features and weighted loss terms; decoders that predict images may ignore it.
    pub objective: &'a Objective,
}

impl TrainingSet<'_> {
    /// For each row, the number of the picture that was seen: `[n_samples]`; `None` where no images were cut from pictures.
    ///
    /// # Errors
    /// [`Error::Shape`] if a row saw a target whose picture is not given.
    pub fn pictures(&self) -> Result<Option<Vec<usize>>> {
        let Some(pictures) = self.picture_of else {
            return Ok(None);
        };
        let seen = |&target: &usize| {
            let picture = pictures.get(target).copied();
            picture.ok_or_else(|| {
                let expected = format!("of all targets, {target} among them");
                Error::shape("pictures of targets", expected, pictures.len())
            })
        };
        self.target_idx
            .iter()
            .map(seen)
            .collect::<Result<_>>()
            .map(Some)
    }
}

/// Learns to turn aligned responses into latents or pixels.
///
/// # Determinism
/// Member `m` draws only from the stream `member-{m}` of the context, so that it is the same decoder whatever pass it is
/// trained in.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use lab_core::events::Curve;
/// use lab_core::objective::Objective;
/// use lab_core::prelude::*;
/// use lab_core::traits::{Decoder, FittedDecoder, Output, TrainingSet};
/// # use lab_core::traits::{Constraint, FittedGenerator, LatentSpace, Prior};
/// #
/// # /// Every number of a latent is the brightness of a row of pixels.
/// # struct Rows;
/// #
/// # impl FittedGenerator for Rows {
/// #     fn latent_space(&self) -> LatentSpace {
/// #         LatentSpace { n_latents: 4, prior: Prior::UniformCube, constraint: Constraint::None }
/// #     }
/// #
/// #     fn image_shape(&self) -> ImageShape {
/// #         ImageShape::grey(4)
/// #     }
/// #
/// #     fn generate(&self, z: &Tensor) -> Result<Tensor> {
/// #         if z.rank() != 2 || z.dims()[1] != 4 {
/// #             return Err(Error::shape("latents", ("batch", 4), z.dims()));
/// #         }
/// #         Ok(z.reshape(((), 1, 4, 1))?.broadcast_as((z.dims()[0], 1, 4, 4))?.contiguous()?)
/// #     }
/// #
/// #     fn weights(&self) -> Weights {
/// #         Weights::new()
/// #     }
/// #
/// #     fn curves(&self) -> Vec<Curve> {
/// #         Vec::new()
/// #     }
/// # }
///
/// /// Predicts the mean of the training images, whatever the response: a baseline.
/// struct MeanImage;
///
/// struct FittedMean {
///     mean: Tensor,
/// }
///
/// impl Decoder for MeanImage {
///     fn output(&self) -> Output {
///         Output::Images
///     }
///
///     fn fit(
///         &self,
///         _ctx: &Context,
///         train: &TrainingSet<'_>,
///         members: &[usize],
///     ) -> Result<Vec<Box<dyn FittedDecoder>>> {
///         let mean = train.targets.mean_keepdim(0)?;
///         // Nothing is drawn, so that all members are the same.
///         let member = |_| Box::new(FittedMean { mean: mean.clone() }) as Box<dyn FittedDecoder>;
///         Ok(members.iter().map(member).collect())
///     }
///
///     fn restore(&self, _ctx: &Context, _objective: &Objective, weights: &Weights) -> Result<Box<dyn FittedDecoder>> {
///         Ok(Box::new(FittedMean { mean: lab_core::weights::get(weights, "mean")?.clone() }))
///     }
/// }
///
/// impl FittedDecoder for FittedMean {
///     fn decode(&self, features: &Tensor) -> Result<Tensor> {
///         let copies = vec![&self.mean; features.dim(0)?];
///         Ok(Tensor::cat(&copies, 0)?)
///     }
///
///     fn weights(&self) -> Weights {
///         Weights::from([("mean".to_owned(), self.mean.clone())])
///     }
///
///     fn curves(&self) -> Vec<Curve> {
///         Vec::new()
///     }
/// }
///
/// let ctx = Context::new(1);
/// // A black image and a white one, seen in this order, and responses of two features.
/// let targets = Tensor::new(&[-1f32, 1.0], ctx.device())?.reshape((2, 1, 1, 1))?.repeat((1, 1, 4, 4))?;
/// let features = Tensor::new(&[[1f32, 0.0], [0.0, 1.0]], ctx.device())?;
/// let objective = Objective::new(Arc::new(Rows), None, Arc::new(Vec::new()), targets.clone())?;
/// let train = TrainingSet { features: &features, target_idx: &[0, 1], targets: &targets, picture_of: None, objective: &objective };
/// let fitted = MeanImage.fit(&ctx, &train, &[0])?;
/// let images = fitted[0].decode(&features)?;
/// assert_eq!(images.flatten_all()?.to_vec1::<f32>()?, [0.0; 32]);
/// let restored = MeanImage.restore(&ctx, &objective, &fitted[0].weights())?;
/// assert_eq!(restored.decode(&features)?.flatten_all()?.to_vec1::<f32>()?, images.flatten_all()?.to_vec1::<f32>()?);
/// # Ok::<(), lab_core::Error>(())
/// ```
pub trait Decoder: Send + Sync {
    /// The files that it reads, as written in the experiment. Checked to exist before anything heavy starts, and hashed by
    /// content into the keys of the stages that use it.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Whether it predicts latents or pixels.
    fn output(&self) -> Output;

    /// What fitting this many members together asks of the computer at least, from the parameters alone: said before
    /// anything heavy starts.
    fn demand(&self, _n_latents: usize, _n_members: usize) -> Demand {
        Demand::NONE
    }

    /// Fits the given members of an ensemble together, in one pass.
    ///
    /// # Errors
    /// Fails if shapes do not fit or the run is cancelled.
    fn fit(
        &self,
        ctx: &Context,
        train: &TrainingSet<'_>,
        members: &[usize],
    ) -> Result<Vec<Box<dyn FittedDecoder>>>;

    /// Rebuilds a fitted decoder from the weights it gave. The objective is that of the fit, on whatever targets:
    /// decoders that search for the latents of each response need its generator and networks.
    ///
    /// # Errors
    /// Fails if a weight is missing or has another shape.
    fn restore(
        &self,
        ctx: &Context,
        objective: &Objective,
        weights: &Weights,
    ) -> Result<Box<dyn FittedDecoder>>;
}

/// A fitted decoder: one member.
pub trait FittedDecoder: Send + Sync {
    /// Latents (on the generator's constraint) or pixels for each row of `features`, `[n_samples, n_features]`.
    ///
    /// # Errors
    /// Fails if the number of features differs from the fit.
    fn decode(&self, features: &Tensor) -> Result<Tensor>;

    /// Everything needed to rebuild it.
    fn weights(&self) -> Weights;

    /// Curves of the training, such as its loss; empty for a restored decoder.
    fn curves(&self) -> Vec<Curve>;
}
