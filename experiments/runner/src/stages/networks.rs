//! Networks: the generator, the feature network and the observers, each trained once, cached, then frozen.

use std::path::PathBuf;
use std::sync::Arc;

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::events::Curve;
use lab_core::objective::WeightedTerm;
use lab_core::recording::{Recording, Stimuli};
use lab_core::traits::{Dataset, FeatureNet, FittedFeatureNet, FittedGenerator};
use lab_score::record::CorpusRow;

use super::keys::{Corpus, FEATURES, GENERATOR, Keys, NetworkKeys, files_of, observer as role_of};
use super::load::Data;
use crate::alike;
use crate::parts::Network;
use crate::plan::Plan;
use crate::session::Session;
use crate::shown::some;
use crate::store::{Folder, Stage, watched};
use crate::told::Told;

/// Images of a corpus that are shown in the report.
const N_SHOWN: usize = 60;

/// A network that is ready, and where it came from.
pub(crate) struct Ready<T: ?Sized> {
    /// Name of the network's plugin.
    pub(crate) name: String,
    /// The network itself, ready and frozen.
    pub(crate) net: Arc<T>,
    /// Learning curves of the network's training; none if it was not trained.
    pub(crate) curves: Vec<Curve>,
    /// The stage of the store that holds its weights.
    pub(crate) stage: Stage,
    /// How near what it learned from comes to the test images; none if it learned nothing.
    pub(crate) seen: Option<CorpusRow>,
}

/// Every network of an experiment, with the loss terms that look through them.
pub(crate) struct Networks {
    pub(crate) generator: Ready<dyn FittedGenerator>,
    pub(crate) features: Option<Ready<dyn FittedFeatureNet>>,
    pub(crate) observers: Vec<Ready<dyn FittedFeatureNet>>,
    pub(crate) terms: Arc<Vec<WeightedTerm>>,
    /// Some images of the generator's corpus: `[n, 1, height, width]`.
    pub(crate) corpus: Option<Tensor>,
    /// Images that the generator makes of random latents: `[n, channels, height, width]`.
    pub(crate) drawn: Tensor,
}

impl Networks {
    /// How near what each of them learned from comes to the test images.
    pub(crate) fn corpora(&self) -> Vec<CorpusRow> {
        let features = self.features.iter().filter_map(|net| net.seen.as_ref());
        let observers = self.observers.iter().filter_map(|net| net.seen.as_ref());
        let generator = self.generator.seen.iter();
        generator
            .chain(features)
            .chain(observers)
            .cloned()
            .collect()
    }

    /// The keys of those that a decoder's objective looks through.
    pub(crate) fn keys(&self) -> NetworkKeys {
        NetworkKeys {
            generator: self.generator.stage.key.clone(),
            features: self.features.as_ref().map(|net| net.stage.key.clone()),
        }
    }
}

impl<T: ?Sized> Clone for Ready<T> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            net: self.net.clone(),
            curves: self.curves.clone(),
            stage: self.stage.clone(),
            seen: self.seen.clone(),
        }
    }
}

/// Every network of an experiment. Those that judge and that losses look through are trained beside the generator.
pub(crate) fn prepare(session: &Session<'_>, data: &Data) -> Result<Networks> {
    let (generator, (observers, features)) = session.both(
        || generator(session, data),
        || Ok((observers(session, data)?, features(session, data)?)),
    )?;
    together(session, generator, features, observers)
}

/// The networks of an experiment that others judge than its own observers.
pub(crate) fn prepare_with(
    session: &Session<'_>,
    data: &Data,
    observers: Vec<Ready<dyn FittedFeatureNet>>,
) -> Result<Networks> {
    let (generator, features) =
        session.both(|| generator(session, data), || features(session, data))?;
    together(session, generator, features, observers)
}

fn together(
    session: &Session<'_>,
    (generator, corpus): (Ready<dyn FittedGenerator>, Option<Tensor>),
    features: Option<Ready<dyn FittedFeatureNet>>,
    observers: Vec<Ready<dyn FittedFeatureNet>>,
) -> Result<Networks> {
    let ctx = session.ctx.child("samples");
    let z = generator
        .net
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
        let at = format!("observers.{idx}");
        feature_net(session, data, (&role_of(part), &at), part, net)
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
        (Some(net), Some(part)) => {
            feature_net(session, data, (FEATURES, FEATURES), part, net).map(Some)
        }
        _ => Ok(None),
    }
}

/// Everything that the generator of an experiment learns from, if it learns.
pub(crate) fn generator_corpus(session: &Session<'_>, data: &Data) -> Result<Option<Stimuli>> {
    let corpus = corpus_of_generator(&session.ctx, session.plan, &data.recording)?;
    Ok(corpus.map(|corpus| corpus.stimuli))
}

/// The generator's corpus with everything that a key needs of it.
pub(crate) fn corpus_of_generator(
    ctx: &Context,
    plan: &Plan,
    recording: &Recording,
) -> Result<Option<Corpus>> {
    let dataset = plan.parts.generator.corpus.as_deref();
    let ctx = ctx.child("generator");
    corpus(&ctx, recording, "the generator's corpus", dataset)
}

/// What a feature network learns from, if it learns.
pub(crate) fn corpus_of_net(
    ctx: &Context,
    (role, part): (&str, &PluginRef<dyn FeatureNet>),
    net: &Network<dyn FeatureNet>,
    recording: &Recording,
) -> Result<Option<Corpus>> {
    let what = format!("the corpus of {}", part.name());
    corpus(&ctx.child(role), recording, &what, net.corpus.as_deref())
}

/// The generator, and some images of its corpus.
pub(crate) fn generator(
    session: &Session<'_>,
    data: &Data,
) -> Result<(Ready<dyn FittedGenerator>, Option<Tensor>)> {
    let plan = session.plan;
    let (part, plugin) = (&plan.experiment.generator, &plan.parts.generator.plugin);
    let ctx = session.ctx.child(GENERATOR);
    let (corpus, seen) = with_warnings(session, data, |ctx| {
        corpus_of_generator(ctx, plan, &data.recording)
    })?;
    let seen = seen.or_else(|| unknown("the generator's corpus", &plugin.files()));
    let key = Keys::of(plan).network(
        (GENERATOR, GENERATOR),
        part,
        &plugin.files(),
        (&data.key, corpus.as_ref()),
    )?;
    let mut stage = session.store.stage(&ctx, GENERATOR, &key, |ctx, folder| {
        let ctx = &watching(ctx, corpus.as_ref());
        let fitted = plugin.prepare(ctx, stimuli(corpus.as_ref()))?;
        corpus.as_ref().map_or(Ok(()), Corpus::check)?;
        folder.write_weights("weights.safetensors", &fitted.weights())?;
        folder.write_curves("curves.json", &fitted.curves())
    })?;
    stage.warnings.splice(0..0, warnings_of(corpus.as_ref()));
    let net = plugin.restore(
        &ctx,
        &stage.folder().read_weights(&ctx, "weights.safetensors")?,
    )?;
    let shown = corpus.map(|Corpus { stimuli, .. }| {
        let idx: Vec<usize> = some(stimuli.n_images(), N_SHOWN, &ctx)
            .into_iter()
            .map(|idx| idx as usize)
            .collect();
        stimuli.tensor(&idx, ctx.device())
    });
    let ready = ready(part.name(), net.into(), stage, seen)?;
    Ok((ready, shown.transpose()?))
}

fn feature_net(
    session: &Session<'_>,
    data: &Data,
    (role, at): (&str, &str),
    part: &PluginRef<dyn FeatureNet>,
    net: &Network<dyn FeatureNet>,
) -> Result<Ready<dyn FittedFeatureNet>> {
    let plugin = &net.plugin;
    let ctx = session.ctx.child(role);
    let (corpus, seen) = with_warnings(session, data, |ctx| {
        corpus_of_net(ctx, (role, part), net, &data.recording)
    })?;
    let what = format!("the corpus of {}", part.name());
    let seen = seen.or_else(|| unknown(&what, &plugin.files()));
    let key = Keys::of(session.plan).network(
        (role, at),
        part,
        &plugin.files(),
        (&data.key, corpus.as_ref()),
    )?;
    let mut stage = session.store.stage(&ctx, role, &key, |ctx, folder| {
        let ctx = &watching(ctx, corpus.as_ref());
        let fitted = plugin.prepare(ctx, stimuli(corpus.as_ref()))?;
        corpus.as_ref().map_or(Ok(()), Corpus::check)?;
        folder.write_weights("weights.safetensors", &fitted.weights())?;
        folder.write_curves("curves.json", &fitted.curves())
    })?;
    stage.warnings.splice(0..0, warnings_of(corpus.as_ref()));
    let net = plugin.restore(
        &ctx,
        &stage.folder().read_weights(&ctx, "weights.safetensors")?,
    )?;
    ready(part.name(), net.into(), stage, seen)
}

/// The row of a network that learned nothing here: none, unless its weights were read from files.
fn unknown(what: &str, files: &[PathBuf]) -> Option<CorpusRow> {
    (!files.is_empty()).then(|| alike::unknown_corpus(what))
}

/// Loads a corpus, which warns outside of any stage: whether the stage is made or reused, the run's record holds what it said,
/// and how near its pictures come to test images.
fn with_warnings(
    session: &Session<'_>,
    data: &Data,
    load: impl FnOnce(&Context) -> Result<Option<Corpus>>,
) -> Result<(Option<Corpus>, Option<CorpusRow>)> {
    let told = Arc::new(Told::new(session.events.clone()));
    let ctx = session.ctx.clone().with_events(told.clone());
    let Some(corpus) = load(&ctx)? else {
        return Ok((None, None));
    };
    let seen = (&data.recording.stimuli, &*data.test_idx, &data.seen);
    let (row, warning) = alike::in_corpus(seen, &corpus.what, &corpus.stimuli)?;
    if let Some(text) = warning {
        ctx.child("corpora").warn(&text);
    }
    let corpus = Corpus {
        warnings: told.warnings(),
        ..corpus
    };
    Ok((Some(corpus), Some(row)))
}

fn warnings_of(corpus: Option<&Corpus>) -> Vec<(String, String)> {
    corpus.map_or(Vec::new(), |corpus| corpus.warnings.clone())
}

/// The same context, which keeps no checkpoint of images that are not any more those that the key speaks of.
fn watching(ctx: &Context, corpus: Option<&Corpus>) -> Context {
    match corpus.cloned() {
        Some(corpus) => watched(ctx, move || corpus.check_files()),
        None => ctx.clone(),
    }
}

fn stimuli(corpus: Option<&Corpus>) -> Option<&Stimuli> {
    corpus.map(|corpus| &corpus.stimuli)
}

fn ready<T: ?Sized>(
    name: &str,
    net: Arc<T>,
    stage: Stage,
    seen: Option<CorpusRow>,
) -> Result<Ready<T>> {
    let folder: Folder = stage.folder();
    Ok(Ready {
        name: name.to_owned(),
        net,
        curves: folder.read_json("curves.json")?,
        stage,
        seen,
    })
}

/// Loads a corpus; a test image of the experiment in it is an error.
fn corpus(
    ctx: &Context,
    experiment: &Recording,
    what: &str,
    dataset: Option<&dyn Dataset>,
) -> Result<Option<Corpus>> {
    let Some(dataset) = dataset else {
        return Ok(None);
    };
    let ctx = ctx.child("corpus").with_stimuli(experiment.stimuli.clone());
    let files = files_of(dataset)?;
    let Recording { stimuli, notes, .. } = dataset.load(&ctx)?;
    notes.iter().for_each(|note| ctx.note(note));
    stimuli.refuse_equal_images(what)?;
    stimuli.refuse_test_images_of(&experiment.stimuli, what)?;
    Ok(Some(Corpus {
        what: what.to_owned(),
        content: stimuli.content_hash()?,
        stimuli,
        files,
        warnings: Vec::new(),
    }))
}
