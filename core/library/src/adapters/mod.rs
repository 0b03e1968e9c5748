//! A library's plugins as plugins of the host: one adapter for each trait.

mod aligner;
mod dataset;
mod decoder;
mod feature_net;
mod files;
mod generator;
mod head;
mod loss_term;
mod state;

use super::instance::{Instance, explain, resolve};
use super::manifest::Entry;
use super::nested;
use lab_core::Result;
use lab_core::config::{PluginRef, Written};
use lab_core::context::Context;
use lab_core::registry::{Build, BuildFn, Capability, Origin, Plugin};
use lab_core::traits::Dataset;

/// The registry's entry for a plugin of a library.
pub(super) fn plugin(path: &'static str, origin: Origin, entry: &'static Entry) -> Plugin {
    Plugin {
        capability: entry.capability,
        name: entry.name,
        crate_name: path,
        version: entry.version,
        summary: entry.summary,
        equation: entry.equation,
        source: entry.source,
        parity: entry.parity,
        file: path,
        line: 0,
        origin,
        defaults: Box::leak(Box::new(move || resolve(entry, "()", false))),
        parameters: Box::leak(Box::new(move || explain(entry))),
        resolve: Box::leak(Box::new(move |arguments: &str, smoke| -> Result<Written> {
            nested::written(resolve(entry, arguments, smoke)?)
        })),
        build: match entry.capability {
            Capability::Dataset => Build::Dataset(built(entry, dataset::DynDataset::build)),
            Capability::Aligner => Build::Aligner(built(entry, aligner::DynAligner::build)),
            Capability::Generator => Build::Generator(built(entry, generator::DynGenerator::build)),
            Capability::FeatureNet => {
                Build::FeatureNet(built(entry, feature_net::DynFeatureNet::build))
            }
            Capability::LossTerm => Build::LossTerm(built(entry, loss_term::DynLossTerm::build)),
            Capability::Decoder => Build::Decoder(built(entry, decoder::DynDecoder::build)),
        },
    }
}

/// A build function that lives as long as the library.
fn built<T: ?Sized + 'static>(
    entry: &'static Entry,
    build: fn(Blueprint) -> Result<Box<T>>,
) -> BuildFn<T> {
    Box::leak(Box::new(move |arguments: &str, ctx: &Context| {
        let parameters = if ctx.smoke() {
            resolve(entry, arguments, true)?
        } else {
            arguments.to_owned()
        };
        build(Blueprint {
            entry,
            written: arguments.to_owned(),
            parameters,
            seed: ctx.seed(),
        })
    }))
}

/// What instances of a plugin are made from.
pub(super) struct Blueprint {
    entry: &'static Entry,
    /// The parameters as the user wrote them, for places.
    written: String,
    /// The parameters at the size that was asked for.
    parameters: String,
    seed: u64,
}

impl Blueprint {
    /// A new instance with the seed of the experiment.
    fn instance(&self) -> Result<Instance> {
        self.seeded(self.seed)
    }

    /// A new instance with the seed of a stage.
    fn seeded(&self, seed: u64) -> Result<Instance> {
        Instance::create(self.entry, &self.parameters, seed, &self.written)
    }

    /// The corpus that the plugin names.
    fn corpus(&self, text: Option<&str>) -> Option<PluginRef<dyn Dataset>> {
        text.map(|text| nested::reference(&self.written, text))
    }
}
