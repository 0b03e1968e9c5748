//! The plugins of an experiment, built.

use std::path::PathBuf;
use std::sync::Arc;

use lab_core::Result;
use lab_core::config::{Experiment, PluginRef};
use lab_core::context::Context;
use lab_core::objective::WeightedTerm;
use lab_core::traits::{Aligner, Dataset, Decoder, FeatureNet, Generator};

/// The plugins of an experiment, each built once.
pub(crate) struct Parts {
    pub(crate) dataset: Box<dyn Dataset>,
    /// The table that says which images are training images, if there is one.
    pub(crate) split: Option<PathBuf>,
    pub(crate) align: Vec<Box<dyn Aligner>>,
    pub(crate) generator: Network<dyn Generator>,
    pub(crate) features: Option<Network<dyn FeatureNet>>,
    pub(crate) terms: Arc<Vec<WeightedTerm>>,
    pub(crate) decoder: Box<dyn Decoder>,
    pub(crate) observers: Vec<Network<dyn FeatureNet>>,
    pub(crate) overfit: Option<Box<dyn Decoder>>,
}

/// A network that is not ready yet.
pub(crate) struct Network<T: ?Sized> {
    pub(crate) plugin: Box<T>,
    /// The images that the network learns from; none if it does not learn.
    pub(crate) corpus: Option<Box<dyn Dataset>>,
}

impl Network<dyn Generator> {
    /// Builds the network and its corpus.
    ///
    /// # Errors
    /// As the plugins' own `build`.
    pub(crate) fn build(part: &PluginRef<dyn Generator>, ctx: &Context) -> Result<Self> {
        let plugin = part.build(ctx)?;
        let corpus = corpus(part, plugin.corpus(), ctx)?;
        Ok(Self { plugin, corpus })
    }
}

impl Network<dyn FeatureNet> {
    /// Builds the network and its corpus.
    ///
    /// # Errors
    /// As the plugins' own `build`.
    pub(crate) fn build(part: &PluginRef<dyn FeatureNet>, ctx: &Context) -> Result<Self> {
        let plugin = part.build(ctx)?;
        let corpus = corpus(part, plugin.corpus(), ctx)?;
        Ok(Self { plugin, corpus })
    }
}

/// The corpus that a network names in its parameters.
fn corpus<T: ?Sized>(
    part: &PluginRef<T>,
    named: Option<&PluginRef<dyn Dataset>>,
    ctx: &Context,
) -> Result<Option<Box<dyn Dataset>>> {
    named
        .map(|corpus| part.nested(corpus).build(ctx))
        .transpose()
}

impl Parts {
    /// Builds each from its reference.
    ///
    /// # Errors
    /// As the plugins' own `build`.
    pub(crate) fn build(experiment: &Experiment, ctx: &Context) -> Result<Self> {
        let align = experiment.align.iter().map(|part| part.build(ctx));
        let terms = experiment.losses.iter().map(|(weight, part)| {
            Ok(WeightedTerm {
                name: part.name().to_owned(),
                weight: *weight,
                term: part.build(ctx)?,
            })
        });
        let net = |part| Network::<dyn FeatureNet>::build(part, ctx);
        Ok(Self {
            dataset: experiment.dataset.build(ctx)?,
            split: experiment.split.file().map(PathBuf::from),
            align: align.collect::<Result<_>>()?,
            generator: Network::<dyn Generator>::build(&experiment.generator, ctx)?,
            features: experiment.features.as_ref().map(net).transpose()?,
            terms: Arc::new(terms.collect::<Result<_>>()?),
            decoder: experiment.decoder.build(ctx)?,
            observers: experiment
                .observers
                .iter()
                .map(net)
                .collect::<Result<_>>()?,
            overfit: experiment
                .overfit
                .as_ref()
                .map(|part| part.build(ctx))
                .transpose()?,
        })
    }

    /// The files of the dataset, of its split and of all corpora, sorted.
    pub(crate) fn data_files(&self) -> Vec<PathBuf> {
        let nets = self.features.iter().chain(&self.observers);
        let corpora = nets.filter_map(|net| net.corpus.as_ref());
        let corpora = corpora.chain(&self.generator.corpus);
        let mut files = self.dataset.files();
        files.extend(self.split.clone());
        files.extend(corpora.flat_map(|corpus| corpus.files()));
        files.sort();
        files.dedup();
        files
    }

    /// Every file that any part of the experiment reads, sorted.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let nets = || self.features.iter().chain(&self.observers);
        let mut files = self.data_files();
        files.extend(self.align.iter().flat_map(|aligner| aligner.files()));
        files.extend(self.generator.plugin.files());
        files.extend(nets().flat_map(|net| net.plugin.files()));
        files.extend(self.terms.iter().flat_map(|term| term.term.files()));
        let decoders = std::iter::once(&self.decoder).chain(&self.overfit);
        files.extend(decoders.flat_map(|decoder| decoder.files()));
        files.sort();
        files.dedup();
        files
    }
}

/// The first file of a dataset that is not there.
pub(crate) fn missing_file(dataset: &dyn Dataset) -> Option<PathBuf> {
    dataset.files().into_iter().find(|file| !file.exists())
}
