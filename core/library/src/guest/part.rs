//! A plugin of a library: built, and perhaps ready.

use std::path::PathBuf;

use crate::facts::{
    AlignerFacts, DatasetFacts, DecoderFacts, FeatureNetFacts, GeneratorFacts, LossFacts,
};
use lab_core::config::{PluginRef, Source, to_ron};
use lab_core::context::Context;
use lab_core::dims::ValueRange;
use lab_core::recording::Recording;
use lab_core::registry::{Build, Plugin};
use lab_core::traits::{
    Aligner, Dataset, Decoder, FeatureNet, FittedAligner, FittedDecoder, FittedFeatureNet,
    FittedGenerator, Generator, LossTerm,
};
use lab_core::{Error, Result};

use super::report::CONFIG;

/// One instance of a plugin, inside its library.
pub(super) struct Guest {
    pub(super) part: Part,
    pub(super) seed: u64,
    pub(super) ready: Option<Ready>,
}

/// A plugin as its parameters made it.
pub(super) enum Part {
    Dataset(Box<dyn Dataset>),
    Aligner(Box<dyn Aligner>),
    Generator(Box<dyn Generator>),
    FeatureNet(Box<dyn FeatureNet>),
    LossTerm(Box<dyn LossTerm>),
    Decoder(Box<dyn Decoder>),
}

/// What training, loading or listing made of it.
pub(super) enum Ready {
    Recording(Box<Recording>),
    Aligner(Box<dyn FittedAligner>),
    Generator(Box<dyn FittedGenerator>),
    FeatureNet(Box<dyn FittedFeatureNet>),
    Decoders(Vec<Box<dyn FittedDecoder>>),
}

/// Says of an error where it stands in the parameters that the host sent.
pub(super) fn in_config(config: &str) -> impl FnOnce(Error) -> Error {
    move |error| error.placed(|offset| Source::new(CONFIG, config).locate(offset))
}

impl Guest {
    pub(super) fn build(plugin: &Plugin, config: &str, seed: u64) -> Result<Self> {
        let ctx = Context::new(seed);
        let part = match plugin.build {
            Build::Dataset(build) => Part::Dataset(build(config, &ctx)?),
            Build::Aligner(build) => Part::Aligner(build(config, &ctx)?),
            Build::Generator(build) => Part::Generator(build(config, &ctx)?),
            Build::FeatureNet(build) => Part::FeatureNet(build(config, &ctx)?),
            Build::LossTerm(build) => Part::LossTerm(build(config, &ctx)?),
            Build::Decoder(build) => Part::Decoder(build(config, &ctx)?),
        };
        Ok(Self {
            part,
            seed,
            ready: None,
        })
    }

    /// The context of calls that the host gives none for.
    pub(super) fn ctx(&self) -> Context {
        Context::new(self.seed)
    }

    /// Facts as RON.
    pub(super) fn facts(&self) -> Result<String> {
        match &self.part {
            Part::Dataset(dataset) => to_ron(&DatasetFacts {
                files: names(dataset.files()),
                obtain: dataset.obtain(),
            }),
            Part::Aligner(aligner) => to_ron(&AlignerFacts {
                files: names(aligner.files()),
            }),
            Part::Generator(generator) => to_ron(&GeneratorFacts {
                latents: generator.latent_space(),
                image: generator.image_shape(),
                corpus: generator.corpus().map(PluginRef::one_line),
                maps: generator.latent_maps(),
                encodes: generator.encodes(),
                files: names(generator.files()),
            }),
            Part::FeatureNet(net) => {
                let ready = match &self.ready {
                    Some(Ready::FeatureNet(ready)) => Some(ready),
                    _ => None,
                };
                to_ron(&FeatureNetFacts {
                    layers: net.layers(),
                    image: net.image_shape(),
                    range: ready.map_or(ValueRange::SIGNED, |ready| ready.value_range()),
                    corpus: net.corpus().map(PluginRef::one_line),
                    classes: ready.map_or(Vec::new(), |ready| ready.classes().to_vec()),
                    files: names(net.files()),
                })
            }
            Part::LossTerm(term) => to_ron(&LossFacts {
                layers: term.layers(),
                files: names(term.files()),
            }),
            Part::Decoder(decoder) => to_ron(&DecoderFacts {
                output: decoder.output(),
                files: names(decoder.files()),
            }),
        }
    }
}

/// Paths as the interface spells them.
fn names(files: Vec<PathBuf>) -> Vec<String> {
    files
        .iter()
        .map(|file| file.to_string_lossy().into_owned())
        .collect()
}
