//! A generator in a library.

use std::sync::Arc;

use candle_core::Tensor;

use super::{Blueprint, state};
use crate::abi::{caps, method};
use crate::arrays::Element;
use crate::facts::GeneratorFacts;
use crate::host::HostState;
use crate::instance::Instance;
use crate::op::{Input, call};
use crate::outcome::broken;
use crate::sink::{Outputs, exactly};
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::events::Curve;
use lab_core::recording::Stimuli;
use lab_core::traits::{Dataset, FittedGenerator, Generator, LatentSpace};
use lab_core::weights::Weights;
use lab_core::{Error, Result};

/// A generator before it has learned.
pub(super) struct DynGenerator {
    blueprint: Blueprint,
    facts: GeneratorFacts,
    corpus: Option<PluginRef<dyn Dataset>>,
}

impl DynGenerator {
    pub(super) fn build(blueprint: Blueprint) -> Result<Box<dyn Generator>> {
        let instance = blueprint.instance()?;
        let facts: GeneratorFacts = instance.describe()?;
        if facts.latents.n_latents == 0 || facts.image.n_pixels() == 0 {
            let got = format!("{} and {}", facts.latents.n_latents, facts.image);
            let expected = "at least one latent and one pixel";
            return Err(broken(blueprint.entry, "describe", expected, got));
        }
        let corpus = blueprint.corpus(facts.corpus.as_deref());
        Ok(Box::new(Self {
            blueprint,
            facts,
            corpus,
        }))
    }

    fn fitted(
        &self,
        ctx: &Context,
        bytes: &[u8],
        weights: Weights,
        curves: Vec<Curve>,
    ) -> Result<Box<dyn FittedGenerator>> {
        let mut instance = self.blueprint.seeded(ctx.seed())?;
        state::load(&mut instance, bytes, HostState::new(ctx, None, None))?;
        let facts: GeneratorFacts = instance.describe()?;
        if (facts.latents, facts.image) != (self.facts.latents, self.facts.image) {
            let before = format!("{:?} and {}", self.facts.latents, self.facts.image);
            let got = format!("{:?} and {}", facts.latents, facts.image);
            return Err(broken(self.blueprint.entry, "describe", before, got));
        }
        Ok(Box::new(DynFittedGenerator {
            instance: Arc::new(instance),
            facts,
            weights,
            curves,
        }))
    }
}

impl Generator for DynGenerator {
    fn latent_space(&self) -> LatentSpace {
        self.facts.latents
    }

    fn image_shape(&self) -> ImageShape {
        self.facts.image
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        self.corpus.as_ref()
    }

    fn prepare(&self, ctx: &Context, corpus: Option<&Stimuli>) -> Result<Box<dyn FittedGenerator>> {
        let (bytes, curves) = trained(&self.blueprint, ctx, corpus)?;
        let weights = stored(self.blueprint.entry.can(caps::STATE), &bytes, ctx)?;
        self.fitted(ctx, &bytes, weights, curves)
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedGenerator>> {
        let bytes = state::to_bytes(weights)?;
        self.fitted(ctx, &bytes, weights.clone(), Vec::new())
    }
}

/// Trains a new instance if the plugin trains, and saves it: its state, and how the training went.
pub(super) fn trained(
    blueprint: &Blueprint,
    ctx: &Context,
    corpus: Option<&Stimuli>,
) -> Result<(Vec<u8>, Vec<Curve>)> {
    let mut instance = blueprint.seeded(ctx.seed())?;
    let mut curves = Vec::new();
    if blueprint.entry.can(caps::TRAIN) {
        let host = HostState::new(ctx, corpus, None);
        instance.run(method::TRAIN, &[], host, &Outputs::nothing())?;
        curves = instance.host().map_or(Vec::new(), |host| host.curves(0));
    }
    Ok((state::save(&Arc::new(instance))?, curves))
}

/// Weights to keep; none for a plugin without state.
pub(super) fn stored(has_state: bool, bytes: &[u8], ctx: &Context) -> Result<Weights> {
    if has_state {
        state::to_weights(bytes, ctx.device())
    } else {
        Ok(Weights::new())
    }
}

/// A generator that is ready and frozen.
struct DynFittedGenerator {
    instance: Arc<Instance>,
    facts: GeneratorFacts,
    weights: Weights,
    curves: Vec<Curve>,
}

impl FittedGenerator for DynFittedGenerator {
    fn latent_space(&self) -> LatentSpace {
        self.facts.latents
    }

    fn image_shape(&self) -> ImageShape {
        self.facts.image
    }

    fn generate(&self, z: &Tensor) -> Result<Tensor> {
        let n_latents = self.facts.latents.n_latents;
        if z.rank() != 2 || z.dims()[1] != n_latents || z.dims()[0] == 0 {
            return Err(Error::Shape {
                what: format!("latents of {}", self.instance.entry.name),
                expected: format!("[batch, {n_latents}]"),
                got: format!("{:?}", z.dims()),
            });
        }
        let shape = self.facts.image.batch(z.dims()[0]);
        let outputs = Outputs::fixed(vec![(Element::F32, exactly(&shape))]);
        let inputs = vec![Input::Tensor(z)];
        let images = call(
            &self.instance,
            method::FORWARD,
            inputs,
            &outputs,
            1,
            z.device(),
        )?;
        first(images)
    }

    fn weights(&self) -> Weights {
        self.weights.clone()
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}

/// The only output of a call.
pub(super) fn first(outputs: Vec<Tensor>) -> Result<Tensor> {
    let n = outputs.len();
    outputs
        .into_iter()
        .next()
        .ok_or_else(|| Error::shape("outputs of a library", 1, n))
}
