//! Decoders, on an objective of small stand-ins.

use std::sync::Arc;

use candle_core::Tensor;
use lab_core::context::Context;
use lab_core::objective::Objective;
use lab_core::rng::{self, stream};
use lab_core::testing::{check_decoder, toy_features, toy_objective};
use lab_core::traits::{Decoder, FittedDecoder, Output, TrainingSet};
use lab_core::weights::Weights;
use lab_core::{Error, Result};

use super::{Probe, heard, stopped};
use crate::commands::plugins::check::events::Said;

/// Training rows and their columns.
const N_SAMPLES: usize = 12;
const N_FEATURES: usize = 5;

/// A fitted decoder.
pub(super) struct DecoderProbe {
    ctx: Context,
    plugin: Arc<dyn Decoder>,
    objective: Objective,
    fitted: Box<dyn FittedDecoder>,
}

impl DecoderProbe {
    pub(super) fn prepare(plugin: Box<dyn Decoder>, ctx: &Context) -> Result<Self> {
        let ctx = ctx.child("decoder");
        let objective = toy_objective(&ctx, N_SAMPLES)?;
        let fitted = fit(plugin.as_ref(), &ctx, &objective)?;
        Ok(Self {
            ctx,
            plugin: plugin.into(),
            objective,
            fitted,
        })
    }
}

fn fit(
    plugin: &dyn Decoder,
    ctx: &Context,
    objective: &Objective,
) -> Result<Box<dyn FittedDecoder>> {
    let features = toy_features(ctx, N_SAMPLES, N_FEATURES)?;
    let target_idx: Vec<usize> = (0..N_SAMPLES).collect();
    let train = TrainingSet {
        features: &features,
        target_idx: &target_idx,
        targets: objective.targets(),
        picture_of: None,
        objective,
    };
    let mut members = plugin.fit(ctx, &train, &[0])?;
    let n = members.len();
    members
        .pop()
        .ok_or_else(|| Error::shape("fitted members", 1, n))
}

impl Probe for DecoderProbe {
    fn facts(&self) -> String {
        let what = match self.plugin.output() {
            Output::Latents => "latents",
            Output::Images => "images",
        };
        format!("{N_FEATURES} features to {what}, fitted to {N_SAMPLES} rows")
    }

    fn inputs(&self, batch: usize) -> Result<Vec<(String, Tensor)>> {
        let mut draws = stream(0, "check/features");
        let features = rng::normal(&mut draws, 1.0, &[batch, N_FEATURES], self.ctx.device())?;
        Ok(vec![("features".into(), features)])
    }

    fn call(&self, _batch: usize, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
        Ok(vec![self.fitted.decode(&inputs[0])?])
    }

    fn may_lack_gradients(&self) -> bool {
        true
    }

    fn contract(&self) -> Result<String> {
        check_decoder(&self.ctx, self.plugin.as_ref())?;
        Ok("one output a row, on the constraint; a member is the same alone and beside others; other features are refused".into())
    }

    fn weights(&self) -> Weights {
        self.fitted.weights()
    }

    fn restored(&self) -> Result<Option<Box<dyn Probe>>> {
        Ok(Some(Box::new(Self {
            ctx: self.ctx.clone(),
            plugin: self.plugin.clone(),
            objective: self.objective.clone(),
            fitted: self
                .plugin
                .restore(&self.ctx, &self.objective, &self.fitted.weights())?,
        })))
    }

    fn stop(&self) -> Said {
        heard(
            fit(self.plugin.as_ref(), &stopped(&self.ctx), &self.objective),
            true,
        )
    }
}
