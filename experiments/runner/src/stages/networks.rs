//! Networks: the generator, the feature network and the observers, each trained once, cached, then frozen.

use std::path::PathBuf;
use std::sync::Arc;

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::{Capable, Experiment, PluginRef};
use lab_core::context::Context;
use lab_core::events::Curve;
use lab_core::objective::WeightedTerm;
use lab_core::recording::{Recording, Stimuli};
use lab_core::traits::{Dataset, FeatureNet, FittedFeatureNet, FittedGenerator};

use super::load::Data;
use crate::parts::Network;
use crate::session::Session;
use crate::shown::some;
use crate::store::{Folder, Key, Stage};

/// Images of a corpus that are shown in the report.
const N_SHOWN: usize = 60;

/// A network that is ready, and where it came from.
pub(crate) struct Ready<T: ?Sized> {
    /// Name of the plugin.
    pub(crate) name: String,
    /// The network, ready and frozen.
    pub(crate) net: Arc<T>,
    /// Learning curves of its training.
    pub(crate) curves: Vec<Curve>,
    /// The stage that made it.
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
    pub(crate) drawn: Tensor,
}

impl Networks {
    /// A key with the loss terms in it: weights, parameters, code and files.
    pub(crate) fn losses_in(&self, key: Key, experiment: &Experiment) -> Result<Key> {
        let mut losses = experiment.losses.iter().zip(self.terms.iter());
        losses.try_fold(key, |key, ((weight, part), term)| {
            key.and("loss", &format!("{weight} {}", part.one_line()))
                .plugin(part.plugin()?, &term.term.files())
        })
    }
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

pub(crate) fn prepare(session: &Session<'_>, data: &Data) -> Result<Networks> {
    prepare_with(session, data, observers(session, data)?)
}

/// The networks of an experiment that others judge than its own observers.
pub(crate) fn prepare_with(
    session: &Session<'_>,
    data: &Data,
    observers: Vec<Ready<dyn FittedFeatureNet>>,
) -> Result<Networks> {
    let (generator, corpus) = generator(session, data)?;
    let features = features(session, data)?;
    let ctx = session.ctx.child("samples");
    let z = generator
        .net
        .latent_space()
        .sample(&mut ctx.rng("latents"), N_SHOWN, ctx.device())?;
    let drawn = generator.net.generate(&z)?;
    Ok(Networks {
        generator,
        features,
        observers,
        terms: session.plan.parts.terms.clone(),
        corpus,
        drawn,
    })
}

/// The networks that judge and that no loss uses.
pub(crate) fn observers(
    session: &Session<'_>,
    data: &Data,
) -> Result<Vec<Ready<dyn FittedFeatureNet>>> {
    (0..session.plan.parts.observers.len())
        .filter_map(|idx| observer(session, data, idx).transpose())
        .collect()
}

/// One of the networks that judge; `None` if there are fewer.
pub(crate) fn observer(
    session: &Session<'_>,
    data: &Data,
    idx: usize,
) -> Result<Option<Ready<dyn FittedFeatureNet>>> {
    let plan = session.plan;
    let mut observers = plan.parts.observers.iter().zip(&plan.experiment.observers);
    let made = observers.nth(idx).map(|(net, part)| {
        let role = format!("observer/{}", part.name());
        feature_net(session, data, &role, part, net)
    });
    made.transpose()
}

/// The network behind the feature losses, if there is one.
pub(crate) fn features(
    session: &Session<'_>,
    data: &Data,
) -> Result<Option<Ready<dyn FittedFeatureNet>>> {
    let plan = session.plan;
    match (&plan.parts.features, &plan.experiment.features) {
        (Some(net), Some(part)) => feature_net(session, data, "features", part, net).map(Some),
        _ => Ok(None),
    }
}

/// Everything that the generator of an experiment learns from, if it learns.
pub(crate) fn generator_corpus(session: &Session<'_>, data: &Data) -> Result<Option<Stimuli>> {
    let ctx = session.ctx.child("generator");
    let dataset = session.plan.parts.generator.corpus.as_deref();
    corpus(&ctx, data, "the generator's corpus", dataset)
}

/// The generator, and some images of its corpus.
pub(crate) fn generator(
    session: &Session<'_>,
    data: &Data,
) -> Result<(Ready<dyn FittedGenerator>, Option<Tensor>)> {
    let (part, plugin) = (
        &session.plan.experiment.generator,
        &session.plan.parts.generator.plugin,
    );
    let ctx = session.ctx.child("generator");
    let corpus = generator_corpus(session, data)?;
    let key = network_key(session, "generator", part, corpus.as_ref(), &plugin.files())?;
    let stage = session
        .store
        .stage(&ctx, "generator", &key, |ctx, folder| {
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
    session: &Session<'_>,
    data: &Data,
    role: &str,
    part: &PluginRef<dyn FeatureNet>,
    net: &Network<dyn FeatureNet>,
) -> Result<Ready<dyn FittedFeatureNet>> {
    let plugin = &net.plugin;
    let ctx = session.ctx.child(role);
    let corpus = corpus(
        &ctx,
        data,
        &format!("the corpus of {}", part.name()),
        net.corpus.as_deref(),
    )?;
    let key = network_key(session, role, part, corpus.as_ref(), &plugin.files())?;
    let stage = session.store.stage(&ctx, role, &key, |ctx, folder| {
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
    let Recording { stimuli, notes, .. } = dataset.load(&ctx)?;
    notes.iter().for_each(|note| ctx.note(note));
    stimuli.refuse_equal_images(what)?;
    stimuli.refuse_test_images_of(&data.recording.stimuli, what)?;
    Ok(Some(stimuli))
}

fn network_key<T: ?Sized + Capable>(
    session: &Session<'_>,
    role: &str,
    part: &PluginRef<T>,
    corpus: Option<&Stimuli>,
    files: &[PathBuf],
) -> Result<Key> {
    let key = Key::new(role, session.plan.experiment.seed)?
        .and("plugin", &part.one_line())
        .plugin(part.plugin()?, files)?;
    match corpus {
        Some(corpus) => Ok(key
            .and("corpus", &corpus.content_hash()?)
            .and("field of view", &format!("{:?}", corpus.field_of_view_deg))),
        None => Ok(key),
    }
}
