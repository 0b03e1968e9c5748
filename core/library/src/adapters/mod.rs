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

use super::instance::{Instance, resolve};
use super::manifest::Entry;
use super::nested;
use lab_core::Result;
use lab_core::config::{Arguments, PluginRef};
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
        defaults: Box::leak(Box::new(move || resolve(entry, "()", false, None))),
        resolve: Box::leak(Box::new(move |arguments: &Arguments, smoke| {
            let text = resolve(entry, arguments.text(), smoke, Some(arguments))?;
            nested::resolve(&text, smoke)
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
    Box::leak(Box::new(move |arguments: &Arguments, ctx: &Context| {
        build(Blueprint {
            entry,
            arguments: arguments.clone(),
            seed: ctx.seed(),
        })
    }))
}

/// What instances of a plugin are made from.
pub(super) struct Blueprint {
    entry: &'static Entry,
    arguments: Arguments,
    seed: u64,
}

impl Blueprint {
    /// A new instance with the seed of the experiment.
    fn instance(&self) -> Result<Instance> {
        self.seeded(self.seed)
    }

    /// A new instance with the seed of a stage.
    fn seeded(&self, seed: u64) -> Result<Instance> {
        Instance::create(
            self.entry,
            self.arguments.text(),
            seed,
            Some(&self.arguments),
        )
    }

    /// The corpus that the plugin names, built by the host.
    fn corpus(&self, text: Option<&str>) -> Result<Option<Box<dyn Dataset>>> {
        text.map(|text| PluginRef::<dyn Dataset>::of(text).build(&Context::new(self.seed)))
            .transpose()
    }
}
