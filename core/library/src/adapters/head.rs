//! What generators and feature networks in libraries share: both learn from a corpus, are saved as weights, and are loaded
//! into a new instance, from a training and from stored weights alike.

use std::path::PathBuf;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::{Blueprint, files, state};
use crate::abi::{caps, method};
use crate::host::HostState;
use crate::instance::Instance;
use crate::manifest::Entry;
use crate::sink::Outputs;
use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::events::Curve;
use lab_core::recording::Stimuli;
use lab_core::traits::Dataset;
use lab_core::weights::Weights;

/// What a plugin with a corpus says about itself.
pub(super) trait Facts: DeserializeOwned {
    /// The corpus that it names.
    fn corpus(&self) -> Option<&str>;

    /// The files that it says it reads.
    fn files(&self) -> &[String];

    /// Refuses what cannot be.
    fn check(&self, entry: &'static Entry) -> Result<()>;

    /// Refuses facts of a loaded instance that differ from those `before` it was trained.
    fn check_again(&self, entry: &'static Entry, before: &Self) -> Result<()>;
}

/// A plugin before it has learned.
pub(super) struct Head<F> {
    blueprint: Blueprint,
    pub(super) facts: F,
    corpus: Option<PluginRef<dyn Dataset>>,
}

/// A plugin that is ready and frozen.
pub(super) struct Ready<F> {
    pub(super) instance: Arc<Instance>,
    pub(super) facts: F,
    pub(super) weights: Weights,
    pub(super) curves: Vec<Curve>,
}

impl<F: Facts> Head<F> {
    /// Asks an instance for its facts, and takes the corpus that they name.
    pub(super) fn build(blueprint: Blueprint) -> Result<Self> {
        let facts: F = blueprint.instance()?.describe()?;
        facts.check(blueprint.entry)?;
        let corpus = blueprint.corpus(facts.corpus());
        Ok(Self {
            blueprint,
            facts,
            corpus,
        })
    }

    /// The files that it reads.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        files::of(&self.blueprint, self.facts.files())
    }

    /// What it learns from.
    pub(super) fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        self.corpus.as_ref()
    }

    /// Trains an instance, and loads what it learned into another.
    pub(super) fn prepare(&self, ctx: &Context, corpus: Option<&Stimuli>) -> Result<Ready<F>> {
        let (bytes, curves) = self.trained(ctx, corpus)?;
        let weights = if self.blueprint.entry.can(caps::STATE) {
            state::to_weights(&bytes, ctx.device())?
        } else {
            Weights::new()
        };
        self.ready(ctx, &bytes, weights, curves)
    }

    /// Loads stored weights.
    pub(super) fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Ready<F>> {
        let bytes = state::to_bytes(weights)?;
        self.ready(ctx, &bytes, weights.clone(), Vec::new())
    }

    /// Trains a new instance if the plugin trains, and saves it: its state, and how the training went.
    fn trained(&self, ctx: &Context, corpus: Option<&Stimuli>) -> Result<(Vec<u8>, Vec<Curve>)> {
        let mut instance = self.blueprint.seeded(ctx.seed())?;
        let mut curves = Vec::new();
        if self.blueprint.entry.can(caps::TRAIN) {
            let host = HostState::new(ctx, corpus, None);
            instance.run(method::TRAIN, &[], host, &Outputs::nothing())?;
            curves = instance.host().map_or(Vec::new(), |host| host.curves(0));
        }
        Ok((state::save(&Arc::new(instance))?, curves))
    }

    fn ready(
        &self,
        ctx: &Context,
        bytes: &[u8],
        weights: Weights,
        curves: Vec<Curve>,
    ) -> Result<Ready<F>> {
        let mut instance = self.blueprint.seeded(ctx.seed())?;
        state::load(&mut instance, bytes, HostState::new(ctx, None, None))?;
        let facts: F = instance.describe()?;
        facts.check_again(self.blueprint.entry, &self.facts)?;
        Ok(Ready {
            instance: Arc::new(instance),
            facts,
            weights,
            curves,
        })
    }
}
