//! A dense decoder with any number of hidden layers: what [`linear`](crate::linear) and [`mlp`](crate::mlp) build.

use lab_core::Result;
use lab_core::context::Context;
use lab_core::demand::{Demand, training as bytes_of};
use lab_core::objective::Objective;
use lab_core::traits::{Decoder, FittedDecoder, Output, TrainingSet};
use lab_core::weights::Weights;

use crate::network::{Architecture, FittedNetwork};
use crate::training::{self, Descent};

/// Dense layers from features to latents, trained through the frozen generator.
///
/// # Errors
/// [`DecoderError::Parameter`](crate::DecoderError::Parameter) for a parameter outside its range,
/// [`DecoderError::Features`](crate::DecoderError::Features) for features that are not
/// finite or all 0, [`lab_core::Error::Cancelled`] on request.
///
/// # Determinism
/// Member `m` draws its weights from the stream `member-{m}/initial` and its order of rows from `member-{m}/epoch-{e}`.
/// Losses are summed over members, so that members share time and no gradient.
#[derive(Debug)]
pub struct Dense {
    architecture: Architecture,
    training: Descent,
}

impl Dense {
    /// Parameters that were checked.
    pub(crate) const fn new(architecture: Architecture, training: Descent) -> Self {
        Self {
            architecture,
            training,
        }
    }
}

impl Decoder for Dense {
    fn demand(&self, n_latents: usize, n_members: usize) -> Demand {
        let n_members = n_members as f64;
        let units = self.architecture.hidden.iter().sum::<usize>() as f64;
        let n_weights = units * n_latents as f64 + n_latents as f64;
        Demand {
            bytes: bytes_of(n_members * n_weights, 0.0),
            steps: self.training.epochs as f64,
            lower: "hidden or epochs",
        }
    }

    fn output(&self) -> Output {
        Output::Latents
    }

    fn fit(
        &self,
        ctx: &Context,
        train: &TrainingSet<'_>,
        members: &[usize],
    ) -> Result<Vec<Box<dyn FittedDecoder>>> {
        training::fit(ctx, &self.architecture, &self.training, train, members)
    }

    fn restore(
        &self,
        ctx: &Context,
        _objective: &Objective,
        weights: &Weights,
    ) -> Result<Box<dyn FittedDecoder>> {
        let fitted = FittedNetwork::restore(&self.architecture, weights, ctx.device())?;
        Ok(Box::new(fitted))
    }
}
