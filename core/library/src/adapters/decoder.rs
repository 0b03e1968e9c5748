//! A decoder in a library.

use std::path::PathBuf;
use std::sync::Arc;

use candle_core::Tensor;

use super::generator::first;
use super::state;
use super::{Blueprint, files};
use crate::abi::method;
use crate::arrays::{Array, Element};
use crate::facts::DecoderFacts;
use crate::host::HostState;
use crate::instance::Instance;
use crate::op::{Input, call};
use crate::sink::Outputs;
use lab_core::context::Context;
use lab_core::events::Curve;
use lab_core::objective::Objective;
use lab_core::traits::{Decoder, FittedDecoder, Output, TrainingSet};
use lab_core::weights::Weights;
use lab_core::{Error, Result};

/// Minor version of the interface since which FIT gets the pictures of targets.
const PICTURES_SINCE: u32 = 4;

/// A decoder before it is fitted.
pub(super) struct DynDecoder {
    blueprint: Blueprint,
    facts: DecoderFacts,
}

impl DynDecoder {
    pub(super) fn build(blueprint: Blueprint) -> Result<Box<dyn Decoder>> {
        let facts = blueprint.instance()?.describe()?;
        Ok(Box::new(Self { blueprint, facts }))
    }

    fn fitted(
        &self,
        ctx: &Context,
        objective: &Objective,
        bytes: &[u8],
        curves: Vec<Curve>,
    ) -> Result<DynFittedDecoder> {
        let mut instance = self.blueprint.seeded(ctx.seed())?;
        let inputs = vec![Array::bytes(bytes), Array::of_tensor(objective.targets())?];
        let host = HostState::new(ctx, None, Some(objective));
        state::load_with(&mut instance, inputs, host)?;
        let shape = match self.facts.output {
            Output::Latents => vec![Some(objective.latent_space().n_latents)],
            Output::Images => objective.generator().image_shape().batch(1)[1..]
                .iter()
                .map(|&size| Some(size))
                .collect(),
        };
        Ok(DynFittedDecoder {
            instance: Arc::new(instance),
            shape,
            weights: state::to_weights(bytes, ctx.device())?,
            curves,
        })
    }
}

impl Decoder for DynDecoder {
    fn files(&self) -> Vec<PathBuf> {
        files::of(&self.blueprint, &self.facts.files)
    }

    fn output(&self) -> Output {
        self.facts.output
    }

    fn fit(
        &self,
        ctx: &Context,
        train: &TrainingSet<'_>,
        members: &[usize],
    ) -> Result<Vec<Box<dyn FittedDecoder>>> {
        if members.is_empty() {
            return Ok(Vec::new());
        }
        let (n_samples, n_features) = train.features.dims2()?;
        if n_samples != train.target_idx.len() || n_samples == 0 {
            return Err(Error::shape(
                "training rows",
                [train.target_idx.len().max(1), n_features],
                [n_samples, n_features],
            ));
        }
        let mut inputs = vec![
            Array::of_tensor(train.features)?,
            Array::indices(train.target_idx),
            Array::of_tensor(train.targets)?,
            Array::indices(members),
        ];
        if self.blueprint.entry.abi_minor >= PICTURES_SINCE {
            inputs.push(Array::indices(train.picture_of.unwrap_or_default()));
        }
        let mut instance = self.blueprint.seeded(ctx.seed())?;
        let host = HostState::new(ctx, None, Some(train.objective));
        instance.run(method::TRAIN, &inputs, host, &Outputs::nothing())?;
        let instance = Arc::new(instance);
        let n_members = members.len();
        let outputs = Outputs::arrays(move |index, element, shape| {
            if (index as usize) < n_members && element == Element::U8 && shape.len() == 1 {
                Ok(())
            } else {
                Err(format!("outputs below {n_members}, as u8 [any]"))
            }
        });
        instance.forward(method::SAVE, &[], &[], &outputs)?;
        (0..n_members as u32)
            .map(|member| {
                let bytes = instance.output(&outputs, "SAVE", member)?.into_bytes();
                let curves = instance
                    .host()
                    .map_or(Vec::new(), |host| host.curves(member));
                let fitted = self.fitted(ctx, train.objective, &bytes, curves)?;
                let fitted: Box<dyn FittedDecoder> = Box::new(fitted);
                Ok(fitted)
            })
            .collect()
    }

    fn restore(
        &self,
        ctx: &Context,
        objective: &Objective,
        weights: &Weights,
    ) -> Result<Box<dyn FittedDecoder>> {
        let bytes = state::to_bytes(weights)?;
        Ok(Box::new(self.fitted(ctx, objective, &bytes, Vec::new())?))
    }
}

/// A fitted decoder: one member.
struct DynFittedDecoder {
    instance: Arc<Instance>,
    /// Shape of what it predicts, without the rows.
    shape: Vec<Option<usize>>,
    weights: Weights,
    curves: Vec<Curve>,
}

impl FittedDecoder for DynFittedDecoder {
    fn decode(&self, features: &Tensor) -> Result<Tensor> {
        let (n_samples, _) = features.dims2()?;
        let shape = [vec![Some(n_samples)], self.shape.clone()].concat();
        let outputs = Outputs::fixed(vec![(Element::F32, shape)]);
        let inputs = vec![Input::Tensor(features)];
        let device = features.device();
        first(call(
            &self.instance,
            method::FORWARD,
            inputs,
            &outputs,
            1,
            device,
        )?)
    }

    fn weights(&self) -> Weights {
        self.weights.clone()
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}
