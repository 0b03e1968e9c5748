//! Networks: the generator, the feature network and the observers, each trained once, cached, then frozen.

use std::path::PathBuf;
use std::sync::Arc;

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::{Capable, PluginRef};
use lab_core::context::Context;
use lab_core::events::Curve;
use lab_core::objective::WeightedTerm;
use lab_core::recording::Stimuli;
use lab_core::traits::{Dataset, FeatureNet, FittedFeatureNet, FittedGenerator};

use super::Bench;
use super::load::Data;
use super::pictures::some;
use super::plan::Network;
use crate::store::{Folder, Key, Stage};

/// Images of a corpus that are shown in the report.
const N_SHOWN: usize = 60;

/// A network that is ready, and where it came from.
pub(crate) struct Ready<T: ?Sized> {
    /// Name of the plugin.
    pub(crate) name: String,
    /// The network.
    pub(crate) net: Arc<T>,
    /// Its learning curves.
    pub(crate) curves: Vec<Curve>,
    /// The stage.
    pub(crate) stage: Stage,
}

/// Every network of an experiment.
pub(crate) struct Networks {
    pub(crate) generator: Ready<dyn FittedGenerator>,
    pub(crate) features: Option<Ready<dyn FittedFeatureNet>>,
    pub(crate) observers: Vec<Ready<dyn FittedFeatureNet>>,
    pub(crate) terms: Arc<Vec<WeightedTerm>>,
    /// Some images of the generator's corpus: `[n, 1, height, width]`.
    pub(crate) corpus: Option<Tensor>,
    /// Images drawn from the generator.
    pub(crate) samples: Tensor,
}

impl<T: ?Sized> Clone for Ready<T> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            net: self.net.clone(),
            curves: self.curves.clone(),
            stage: self.stage.clone(),
        }
    }
}

pub(crate) fn prepare(bench: &Bench<'_>, data: &Data) -> Result<Networks> {
    prepare_with(bench, data, observers(bench, data)?)
}

/// The networks of an experiment that others judge than its own observers.
pub(super) fn prepare_with(
    bench: &Bench<'_>,
    data: &Data,
    observers: Vec<Ready<dyn FittedFeatureNet>>,
) -> Result<Networks> {
    let experiment = &bench.plan.experiment;
    let (generator, corpus) = generator(bench, data)?;
    let features = match (&bench.plan.parts.features, &experiment.features) {
        (Some(net), Some(part)) => Some(feature_net(bench, data, "features", part, net)?),
        _ => None,
    };
    let ctx = bench.ctx.child("samples");
    let z = generator
        .net
        .latent_space()
        .sample(&mut ctx.rng("latents"), N_SHOWN, ctx.device())?;
    let samples = generator.net.generate(&z)?;
    Ok(Networks {
        generator,
        features,
        observers,
        terms: bench.plan.parts.terms.clone(),
        corpus,
        samples,
    })
}

/// The networks that judge and that no loss uses.
pub(super) fn observers(
    bench: &Bench<'_>,
    data: &Data,
) -> Result<Vec<Ready<dyn FittedFeatureNet>>> {
    let plan = bench.plan;
    let observers = plan.parts.observers.iter().zip(&plan.experiment.observers);
    observers
        .map(|(net, part)| {
            let role = format!("observer/{}", part.name());
            feature_net(bench, data, &role, part, net)
        })
        .collect()
}

/// Everything that the generator of an experiment learns from, if it learns.
pub(super) fn generator_corpus(bench: &Bench<'_>, data: &Data) -> Result<Option<Stimuli>> {
    let ctx = bench.ctx.child("generator");
    let dataset = bench.plan.parts.generator.corpus.as_deref();
    corpus(&ctx, data, "the generator's corpus", dataset)
}

fn generator(
    bench: &Bench<'_>,
    data: &Data,
) -> Result<(Ready<dyn FittedGenerator>, Option<Tensor>)> {
    let (part, plugin) = (
        &bench.plan.experiment.generator,
        &bench.plan.parts.generator.plugin,
    );
    let ctx = bench.ctx.child("generator");
    let corpus = generator_corpus(bench, data)?;
    let key = network_key(bench, "generator", part, corpus.as_ref(), &plugin.files())?;
    let stage = bench.store.stage(&ctx, "generator", &key, |ctx, folder| {
        let fitted = plugin.prepare(ctx, corpus.as_ref())?;
        folder.write_weights("weights.safetensors", &fitted.weights())?;
        folder.write_curves("curves.json", &fitted.curves())
    })?;
    let net = plugin.restore(
        &ctx,
        &stage.folder().read_weights(&ctx, "weights.safetensors")?,
    )?;
    let shown = corpus.map(|corpus| {
        let idx: Vec<usize> = some(corpus.n_images(), N_SHOWN, &ctx)
            .into_iter()
            .map(|idx| idx as usize)
            .collect();
        corpus.tensor(&idx, ctx.device())
    });
    Ok((ready(part.name(), net.into(), stage)?, shown.transpose()?))
}

fn feature_net(
    bench: &Bench<'_>,
    data: &Data,
    role: &str,
    part: &PluginRef<dyn FeatureNet>,
    net: &Network<dyn FeatureNet>,
) -> Result<Ready<dyn FittedFeatureNet>> {
    let plugin = &net.plugin;
    let ctx = bench.ctx.child(role);
    let corpus = corpus(
        &ctx,
        data,
        &format!("the corpus of {}", part.name()),
        net.corpus.as_deref(),
    )?;
    let key = network_key(bench, role, part, corpus.as_ref(), &plugin.files())?;
    let stage = bench.store.stage(&ctx, role, &key, |ctx, folder| {
        let fitted = plugin.prepare(ctx, corpus.as_ref())?;
        folder.write_weights("weights.safetensors", &fitted.weights())?;
        folder.write_curves("curves.json", &fitted.curves())
    })?;
    let net = plugin.restore(
        &ctx,
        &stage.folder().read_weights(&ctx, "weights.safetensors")?,
    )?;
    ready(part.name(), net.into(), stage)
}

fn ready<T: ?Sized>(name: &str, net: Arc<T>, stage: Stage) -> Result<Ready<T>> {
    let folder: Folder = stage.folder();
    Ok(Ready {
        name: name.to_owned(),
        net,
        curves: folder.read_json("curves.json")?,
        stage,
    })
}

/// Loads a corpus; a test image of the experiment in it is an error.
fn corpus(
    ctx: &Context,
    data: &Data,
    what: &str,
    dataset: Option<&dyn Dataset>,
) -> Result<Option<Stimuli>> {
    let Some(dataset) = dataset else {
        return Ok(None);
    };
    let ctx = ctx
        .child("corpus")
        .with_stimuli(data.recording.stimuli.clone());
    let stimuli = dataset.load(&ctx)?.stimuli;
    stimuli.refuse_test_images_of(&data.recording.stimuli, what)?;
    Ok(Some(stimuli))
}

fn network_key<T: ?Sized + Capable>(
    bench: &Bench<'_>,
    role: &str,
    part: &PluginRef<T>,
    corpus: Option<&Stimuli>,
    files: &[PathBuf],
) -> Result<Key> {
    let mut key = Key::new(role, bench.plan.experiment.seed)
        .and("plugin", &part.one_line())
        .plugin(part.plugin()?);
    for file in files {
        // Given weights count by content; how they are read counts too.
        key = key.file(file)?.sources("lab-formats");
    }
    match corpus {
        Some(corpus) => Ok(key.and("corpus", &corpus.content_hash()?)),
        None => Ok(key),
    }
}
