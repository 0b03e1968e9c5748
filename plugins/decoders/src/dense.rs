//! A dense decoder with any number of hidden layers: what [`linear`](crate::linear) and [`mlp`](crate::mlp) build.

use lab_core::Result;
use lab_core::context::Context;
use lab_core::objective::Objective;
use lab_core::traits::{Decoder, FittedDecoder, Output, TrainingSet};
use lab_core::weights::Weights;

use crate::error::DecoderError;
use crate::network::{Architecture, FittedNetwork};
use crate::training::{self, Descent};

/// Dense layers from features to latents, trained through the frozen generator.
///
/// # Errors
/// [`DecoderError::Parameter`] for a parameter outside its range, [`DecoderError::Features`] for features that are not
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
    /// Checks how it is trained; `name` is that of the plugin, for messages.
    pub(crate) fn new(
        name: &'static str,
        architecture: Architecture,
        training: Descent,
    ) -> Result<Self, DecoderError> {
        training.check(name)?;
        Ok(Self {
            architecture,
            training,
        })
    }
}

impl Decoder for Dense {
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
