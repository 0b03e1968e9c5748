//! What can be known of an experiment before it runs: its data as far as headers, tables and shapes tell, the corpora of
//! its networks, and the names of its figures.

use std::sync::Arc;

use lab_core::config::Location;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::events::Silent;
use lab_core::recording::{Labels, Recording, Split, Stimuli};
use lab_core::traits::Dataset;
use serde::Serialize;

use crate::figures::{self, Classifier};
use crate::plan::Plan;
use crate::stages::load::{self, Chosen};
use crate::stages::split::divide;
use crate::told::Told;
use crate::{Error, Result};

/// What was found without loading everything.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Checked {
    /// The data, if the dataset tells it before it is loaded.
    pub data: Option<DataFound>,
    /// What could not be looked at, and why, one sentence each.
    pub unread: Vec<String>,
    /// What a reader of the report should know, one sentence each.
    pub warnings: Vec<String>,
    /// The names of the headline figures, which criteria may speak of; none if the data could not be looked at.
    pub figures: Vec<String>,
}

/// What the experiment's data are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataFound {
    /// Name of the dataset.
    pub dataset: String,
    /// Number of training images.
    pub n_train: usize,
    /// Pictures that the training images were cut from, if they were.
    pub n_train_pictures: Option<usize>,
    /// Rows that alignment and decoders are fitted on: images, or single trials.
    pub n_rows: usize,
    /// Number of test images.
    pub n_test: usize,
    /// Image height in pixels.
    pub height: usize,
    /// Image width in pixels.
    pub width: usize,
    /// Number of classes of the images.
    pub n_classes: usize,
    /// The subjects, in the order of the data.
    pub subjects: Vec<SubjectFound>,
}

/// What one subject's data are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubjectFound {
    /// Name of the subject.
    pub id: String,
    /// Number of voxels of the chosen regions.
    pub n_voxels: usize,
    /// Number of trials of the subject, in the training and the test set.
    pub n_trials: usize,
}

/// Reads headers, tables and shapes of data and corpora, and refuses what a run would refuse because of them.
///
/// # Errors
/// As a run: files that cannot be read, tables that contradict each other, regions, subjects and sets that are not there,
/// sizes that a network does not take, criteria about no figure.
pub fn check(plan: &Plan) -> Result<Checked> {
    let told = Arc::new(Told::new(Arc::new(Silent)));
    let ctx = Context::new(plan.experiment.seed)
        .with_events(told.clone())
        .with_headers_only();
    let mut checked = Checked::default();
    match divided(plan, &ctx, &mut checked.unread)? {
        Some(recording) => look(plan, &ctx, recording, &mut checked)?,
        None => corpora(plan, &ctx, None, &mut checked.unread).map(drop)?,
    }
    let warnings = told.warnings().into_iter();
    checked.warnings = warnings.map(|(_, said)| said).collect();
    Ok(checked)
}

/// The data as far as headers tell, in their sets; `None` if they tell too little.
fn divided(plan: &Plan, ctx: &Context, unread: &mut Vec<String>) -> Result<Option<Recording>> {
    let dataset = plan.parts.dataset.as_ref();
    if !dataset.reads_headers() {
        unread.push(as_a_whole("the dataset", plan.experiment.dataset.name()));
        return Ok(None);
    }
    let loaded = dataset.load(&ctx.child("load"))?;
    let is_cut = loaded.stimuli.picture_of.is_some();
    match divide(&plan.experiment.split, dataset, loaded) {
        // A table that was made of the images themselves may lack some that headers promise.
        Err(error) if is_cut => {
            unread.push(format!(
                "the split: which crops there are is known when pictures are decoded, which `lab run` does; by their headers alone: \
                 {error}"
            ));
            Ok(None)
        }
        divided => Ok(Some(divided?.recording)),
    }
}

/// Looks at the data, and at the corpora beside them.
fn look(plan: &Plan, ctx: &Context, recording: Recording, checked: &mut Checked) -> Result<()> {
    recording.check_tables()?;
    recording.stimuli.refuse_shared_pictures()?;
    let chosen = load::chosen(plan, recording)?;
    let classifier = corpora(plan, ctx, Some(&chosen.recording), &mut checked.unread)?;
    let test_idx = &chosen.test.image_idx;
    let names = figures::names(plan, &chosen.recording, test_idx, classifier)?;
    figures::check_criteria(&plan.experiment.criteria, &names)?;
    checked.figures = names.into_iter().collect();
    plan.check_folds(&chosen.recording.stimuli, &chosen.train_idx())?;
    checked.data = Some(found(&chosen));
    Ok(())
}

fn as_a_whole(what: &str, name: &str) -> String {
    format!(
        "{what}, {name}, can only be loaded as a whole, which `lab run` does: it was not looked at"
    )
}

fn found(chosen: &Chosen) -> DataFound {
    let stimuli = &chosen.recording.stimuli;
    let subjects = chosen.recording.subjects.iter();
    DataFound {
        dataset: chosen.recording.name.clone(),
        n_train: chosen.train_idx().len(),
        n_train_pictures: stimuli.n_pictures(&chosen.train_idx()),
        n_rows: chosen.train.image_idx.len(),
        n_test: chosen.test.image_idx.len(),
        height: stimuli.shape().height,
        width: stimuli.shape().width,
        n_classes: stimuli
            .labels
            .as_ref()
            .map_or(0, |labels| labels.names.len()),
        subjects: subjects
            .map(|subject| SubjectFound {
                id: subject.id.clone(),
                n_voxels: subject.n_voxels(),
                n_trials: subject.n_trials(),
            })
            .collect(),
    }
}

/// A network's corpus, and what it must fit.
struct Corpus<'a> {
    what: String,
    at: Location,
    dataset: &'a dyn Dataset,
    /// The shape that the network takes, if it takes one only.
    shape: Option<ImageShape>,
    judges: bool,
}

/// Looks at every corpus; says whether an observer learns the classes of the data.
fn corpora(
    plan: &Plan,
    ctx: &Context,
    recording: Option<&Recording>,
    left_out: &mut Vec<String>,
) -> Result<Classifier> {
    let (parts, experiment) = (&plan.parts, &plan.experiment);
    let mut all = Vec::new();
    if let Some(dataset) = parts.generator.corpus.as_deref() {
        all.push(Corpus {
            what: "the generator's corpus".into(),
            at: experiment.generator.location(),
            dataset,
            shape: Some(parts.generator.plugin.image_shape()),
            judges: false,
        });
    }
    let features = parts.features.iter().zip(&experiment.features);
    let observers = parts.observers.iter().zip(&experiment.observers);
    let nets = features.map(|net| (net, false));
    let mut classifier = Classifier::Absent;
    for ((net, part), judges) in nets.chain(observers.map(|net| (net, true))) {
        let what = format!("the corpus of {}", part.name());
        match net.corpus.as_deref() {
            Some(dataset) => all.push(Corpus {
                what,
                at: part.location(),
                dataset,
                shape: net.plugin.image_shape(),
                judges,
            }),
            // What has no corpus may have weights, and classes, of its own.
            None if judges => classifier = Classifier::Unknown,
            None => {}
        }
    }
    let stimuli = recording.map(|recording| &recording.stimuli);
    for corpus in all {
        match corpus.look(ctx, stimuli)? {
            None => {
                left_out.push(format!(
                    "{} can only be loaded as a whole: it was not looked at",
                    corpus.what
                ));
                if corpus.judges && classifier == Classifier::Absent {
                    classifier = Classifier::Unknown;
                }
            }
            Some(labels) if corpus.judges && knows(&labels, stimuli) => {
                classifier = Classifier::Known;
            }
            Some(_) => {}
        }
    }
    Ok(classifier)
}

/// Whether a network that learns these classes knows every class of the data.
fn knows(labels: &Labels, stimuli: Option<&Stimuli>) -> bool {
    let wanted = stimuli.and_then(|stimuli| stimuli.labels.as_ref());
    wanted.is_some_and(|wanted| wanted.names.iter().all(|name| labels.names.contains(name)))
}

impl Corpus<'_> {
    /// Its labels, if there are any; `None` if it cannot be looked at.
    fn look(&self, ctx: &Context, stimuli: Option<&Stimuli>) -> Result<Option<Labels>> {
        if !self.dataset.reads_headers() {
            return Ok(None);
        }
        let ctx = ctx.child("corpus");
        let ctx = match stimuli {
            Some(stimuli) => ctx.with_stimuli(stimuli.clone()),
            None => ctx,
        };
        let corpus = match self.dataset.load(&ctx) {
            // Without the experiment's stimuli, a corpus made of them cannot be looked at.
            Err(_) if stimuli.is_none() => return Ok(None),
            loaded => loaded.map_err(Error::during(self.what.clone()))?.stimuli,
        };
        let got = corpus.shape();
        let refused = |message: String, hint: &str| {
            Err(Error::Core(lab_core::Error::Config {
                at: self.at.clone(),
                message,
                hint: hint.into(),
            }))
        };
        if let Some(shape) = self.shape.filter(|shape| *shape != got) {
            let message = format!(
                "{} holds images of {got}, but the network takes {shape}",
                self.what
            );
            return refused(message, "give both the same size");
        }
        if corpus.indices(Split::Train).is_empty() {
            let message = format!("{} holds no training image", self.what);
            return refused(message, "lower its n_test, or name another corpus");
        }
        if let Some(stimuli) = stimuli {
            corpus.refuse_test_pictures_of(stimuli, &self.what)?;
        }
        Ok(Some(corpus.labels.unwrap_or_default()))
    }
}
