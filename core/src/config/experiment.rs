//! The experiment file's own fields.

use serde::{Deserialize, Serialize};

use super::declared::Declared;
use super::ensemble::Ensemble;
use super::evaluation::{Criterion, Evaluation, Export, Scores};
use super::explained::{self, Parameter};
use super::params::read_declared;
use super::ranges::Range;
use super::resources::Resources;
use super::ron_text::{to_ron, unwritable};
use super::split::SplitBy;
use super::tune::Tune;
use super::{Location, PluginRef, Source, layout, paths, ron_options};
use crate::Result;
use crate::recording::Repeats;
use crate::registry::Kind;
use crate::traits::{Aligner, Dataset, Decoder, FeatureNet, Generator, LossTerm};

/// One experiment, as written.
///
/// `name`, `seed`, `dataset`, `align`, `generator`, `losses` and `decoder` have no default: the author must say them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Name of the run folder and of the report.
    pub name: String,
    /// A sentence for the report's title page.
    #[serde(default)]
    pub description: String,
    /// The seed that every random number of the run comes from.
    pub seed: u64,
    /// Shared libraries with further plugins, relative to the working directory.
    #[serde(default)]
    pub plugins: Vec<String>,
    /// The dataset of stimuli and responses.
    pub dataset: PluginRef<dyn Dataset>,
    /// Who says which images are training images and which are test images.
    #[serde(default)]
    pub split: SplitBy,
    /// Which rows and voxels are used.
    #[serde(default)]
    pub responses: Responses,
    /// The chain from voxels to features.
    pub align: Vec<PluginRef<dyn Aligner>>,
    /// The image generator.
    pub generator: PluginRef<dyn Generator>,
    /// The network behind the feature losses.
    #[serde(default)]
    pub features: Option<PluginRef<dyn FeatureNet>>,
    /// Loss terms with their weights λ.
    pub losses: Vec<(f64, PluginRef<dyn LossTerm>)>,
    /// From features to latents.
    pub decoder: PluginRef<dyn Decoder>,
    /// Settings that are chosen by cross-validation within the training images; none are if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tune: Option<Tune>,
    /// How many decoders, and how they are combined.
    #[serde(default)]
    pub ensemble: Ensemble,
    /// Networks that judge and that no loss has used.
    #[serde(default)]
    pub observers: Vec<PluginRef<dyn FeatureNet>>,
    /// A flexible decoder for the overfit check (Fig. 3 of the paper); left out if none is named.
    #[serde(default)]
    pub overfit: Option<PluginRef<dyn Decoder>>,
    /// What is computed from the reconstructions.
    #[serde(default = "Evaluation::all")]
    pub evaluate: Vec<Evaluation>,
    /// Whose reconstructions of the test images are written out, as pictures and as numbers.
    #[serde(default = "Export::usual")]
    pub export: Vec<Export>,
    /// Numbers behind the scores.
    #[serde(default)]
    pub scores: Scores,
    /// Conditions that decide exit code 1.
    #[serde(default)]
    pub criteria: Vec<Criterion>,
    /// What a job asks of a cluster; nothing that is computed depends on it.
    #[serde(default, skip_serializing)]
    pub resources: Resources,
    /// The text that it was read from, for places of its own fields.
    #[serde(skip)]
    written: Places,
}

/// Where the fields of an experiment stand; equal to any other, as it says nothing of what is asked for.
#[derive(Debug, Clone, Default)]
struct Places(Option<Source>);

impl PartialEq for Places {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

/// Which rows and voxels are used.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Responses {
    /// Average the repeats of an image, or keep single trials.
    pub repeats: Repeats,
    /// Regions of interest.
    pub rois: Rois,
}

/// A selection of regions of interest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Rois {
    /// Voxels of every region.
    #[default]
    All,
    /// Voxels of these regions only.
    Only(Vec<String>),
}

/// Ranges and meanings of the experiment's own parameters.
const DECLARED: Declared = Declared::new(
    &[
        include_str!("experiment.rs"),
        include_str!("ensemble.rs"),
        include_str!("evaluation.rs"),
        include_str!("split.rs"),
        include_str!("tune.rs"),
        include_str!("resources.rs"),
    ],
    &[
        ("seed", Range::SEED),
        (
            "losses",
            Range::ZERO_OR_ABOVE
                .up_to(3e38, "at most 3e38, as 32-bit numbers hold")
                .named("a weight of 0 or above"),
        ),
        ("tune.folds", Range::TWO_OR_MORE),
        ("tune.members", Range::ONE_OR_MORE),
        ("ensemble.members", Range::ONE_OR_MORE),
        ("ensemble.per_pass", Range::ONE_OR_MORE),
        ("scores.n_foils", Range::ONE_OR_MORE),
        ("scores.n_permutations", Range::COUNT),
        ("scores.n_bootstrap", Range::COUNT),
        ("scores.confidence", Range::CONFIDENCE),
        ("criteria.at_least", Range::FINITE),
        ("criteria.at_most", Range::FINITE),
        ("resources.cores", Range::ONE_OR_MORE),
        (
            "resources.memory_gib",
            Range::ABOVE_ZERO.up_to(1e6, "at most 1000000 GiB"),
        ),
        (
            "resources.hours",
            Range::ABOVE_ZERO.up_to(1e5, "at most 100000 hours"),
        ),
    ],
);

impl Experiment {
    /// Its own parameters, plugins' left out.
    ///
    /// # Errors
    /// [`crate::Error::Config`] if its type is of a kind that no text can hold.
    pub fn parameters() -> Result<Vec<Parameter>> {
        let defaults = format!(
            "(split: {}, responses: {}, ensemble: {}, evaluate: {}, scores: {}, resources: {})",
            to_ron(&SplitBy::default())?,
            to_ron(&Responses::default())?,
            to_ron(&Ensemble::default())?,
            to_ron(&Evaluation::all())?,
            to_ron(&Scores::default())?,
            to_ron(&Resources::default())?,
        );
        explained::parameters::<Self>(&DECLARED, &defaults)
    }

    /// Reads an experiment from its text.
    ///
    /// # Errors
    /// [`crate::Error::Config`] with the place of the mistake.
    pub fn parse(source: &Source) -> Result<Self> {
        let mut experiment: Self = read_declared("the experiment", source, &DECLARED)?;
        experiment.written = Places(Some(source.clone()));
        experiment.with_references(&PlacedIn(source))
    }

    /// The place of one of its own fields, such as `scores.confidence`; that of the whole if it is not written.
    pub fn place(&self, path: &str) -> Location {
        let Places(Some(source)) = &self.written else {
            return Location::BuiltIn {
                what: format!("experiment '{}'", self.name),
            };
        };
        source.locate(paths::start(source.text(), path))
    }

    /// The same experiment with every default filled in; `smoke` shrinks what costs time. Plugins still stand where they
    /// were written.
    ///
    /// # Errors
    /// Fails if a plugin is unknown or its parameters cannot be read.
    pub fn resolved(&self, smoke: bool) -> Result<Self> {
        let mut experiment = self.with_references(&Resolved { smoke })?;
        if smoke {
            experiment.shrink();
        }
        Ok(experiment)
    }

    /// The experiment as RON.
    ///
    /// # Errors
    /// [`crate::Error::Config`] if a value cannot be written.
    pub fn to_text(&self) -> Result<String> {
        let pretty = ron::ser::PrettyConfig::new()
            .depth_limit(2)
            .indentor("    ")
            .struct_names(false);
        ron_options()
            .to_string_pretty(self, pretty)
            .map(|text| layout(&text))
            .map_err(|error| unwritable(&error))
    }

    /// The same experiment with every default filled in, as RON.
    ///
    /// # Errors
    /// As [`Experiment::resolved`].
    pub fn resolve(&self, smoke: bool) -> Result<String> {
        self.resolved(smoke)?.to_text()
    }

    /// The same experiment, in which each plugin is named otherwise.
    fn with_references(&self, change: &impl ChangeRef) -> Result<Self> {
        let Self {
            dataset,
            align,
            generator,
            features,
            losses,
            decoder,
            observers,
            overfit,
            ..
        } = self;
        Ok(Self {
            dataset: change.of(dataset)?,
            align: each(align, change)?,
            generator: change.of(generator)?,
            features: features.as_ref().map(|part| change.of(part)).transpose()?,
            losses: losses
                .iter()
                .map(|(weight, part)| Ok((*weight, change.of(part)?)))
                .collect::<Result<_>>()?,
            decoder: change.of(decoder)?,
            observers: each(observers, change)?,
            overfit: overfit.as_ref().map(|part| change.of(part)).transpose()?,
            ..self.clone()
        })
    }

    fn shrink(&mut self) {
        self.ensemble.members = self.ensemble.members.min(2);
        self.ensemble.per_pass = self.ensemble.per_pass.min(2);
        if let Some(tune) = &mut self.tune {
            tune.shrink();
        }
        self.scores.n_permutations = self.scores.n_permutations.min(200);
        self.scores.n_bootstrap = self.scores.n_bootstrap.min(200);
        self.scores.inversion.n_starts = 1;
        self.scores.inversion.n_steps = self.scores.inversion.n_steps.min(3);
        self.criteria.clear();
    }
}

/// What is done with each reference of an experiment, whatever its kind.
trait ChangeRef {
    fn of<T: ?Sized + Kind>(&self, part: &PluginRef<T>) -> Result<PluginRef<T>>;
}

/// References are given the source that they were read from.
struct PlacedIn<'a>(&'a Source);

impl ChangeRef for PlacedIn<'_> {
    fn of<T: ?Sized + Kind>(&self, part: &PluginRef<T>) -> Result<PluginRef<T>> {
        Ok(part.placed_in(self.0))
    }
}

/// References are given every default.
struct Resolved {
    smoke: bool,
}

impl ChangeRef for Resolved {
    fn of<T: ?Sized + Kind>(&self, part: &PluginRef<T>) -> Result<PluginRef<T>> {
        part.resolved(self.smoke)
    }
}

fn each<T: ?Sized + Kind>(
    parts: &[PluginRef<T>],
    change: &impl ChangeRef,
) -> Result<Vec<PluginRef<T>>> {
    parts.iter().map(|part| change.of(part)).collect()
}
