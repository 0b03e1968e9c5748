//! The plan: an experiment that has been read, overridden, resolved and checked.

use std::path::PathBuf;

use lab_core::config::{Experiment, Location, PluginRef, Source, overrides};
use lab_core::context::Context;
use lab_core::traits::{Aligner, Dataset, Decoder, FeatureNet, Generator, LossTerm};
use lab_core::{Error, Result as CoreResult};
use lab_library::Library;

use super::libraries;
use crate::Result;

/// An experiment as a user asks for it.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// The experiment file, in RON.
    pub file: PathBuf,
    /// Overrides, each `path.to.key=value`.
    pub sets: Vec<String>,
    /// Shared libraries with further plugins, beside those that the experiment names.
    pub plugins: Vec<String>,
    /// Whether to run at toy size.
    pub smoke: bool,
}

/// An experiment, ready to run.
pub struct Plan {
    /// The experiment with every default filled in.
    pub experiment: Experiment,
    /// Its text: `run.ron`.
    pub resolved: String,
    /// First twelve hexadecimal digits of the text's hash.
    pub run_hash: String,
    /// Files that the dataset, the corpora and given weights are read from.
    pub files: Vec<PathBuf>,
    /// The plugins, built.
    pub(crate) parts: Parts,
    /// The shared libraries that it names.
    pub(crate) libraries: Vec<&'static Library>,
}

/// The plugins of an experiment, built.
pub(crate) struct Parts {
    pub(crate) dataset: Box<dyn Dataset>,
    pub(crate) align: Vec<Box<dyn Aligner>>,
    pub(crate) generator: Box<dyn Generator>,
    pub(crate) features: Option<Box<dyn FeatureNet>>,
    pub(crate) losses: Vec<Box<dyn LossTerm>>,
    pub(crate) decoder: Box<dyn Decoder>,
    pub(crate) observers: Vec<Box<dyn FeatureNet>>,
    pub(crate) overfit: Option<Box<dyn Decoder>>,
}

impl Plan {
    /// Written → resolved → checked; touches no data beyond asking whether files exist.
    ///
    /// # Errors
    /// Fails with the place of the mistake in the user's file or argument.
    pub fn read(args: &Written) -> Result<Self> {
        let text = std::fs::read_to_string(&args.file).map_err(Error::io("reading", &args.file))?;
        let written =
            overrides::apply(&Source::new(args.file.to_string_lossy(), text), &args.sets)?;
        let mut experiment = Experiment::parse(&written)?;
        check_name(&experiment, &written)?;
        let libraries = libraries::load(&mut experiment, &written, &args.plugins)?;
        // Built once as written, so that complaints name the user's own file, line and column.
        let parts = Parts::build(&experiment)?;
        let stand_in = args.smoke && missing_file(parts.dataset.as_ref()).is_some();
        if !args.smoke {
            parts.check_files(&experiment)?;
            parts.check_weights(&experiment)?;
        }
        parts.check_shapes(&experiment)?;
        if stand_in {
            let size = parts.generator.image_shape().height;
            experiment.dataset =
                PluginRef::of(&format!("simulated(stimuli: letters(size: {size}))"));
        }
        let resolved = experiment.resolve(args.smoke)?;
        let plan = Self::from_resolved(resolved, libraries).map_err(crate::Error::during(
            "the resolved experiment does not run; this is a mistake in lab",
        ))?;
        // A smoke run trains in place of some weights: it is checked as it will run.
        plan.parts.check_weights(&plan.experiment)?;
        Ok(plan)
    }

    /// What must be said of the libraries, if anything.
    pub fn warnings(&self) -> Vec<String> {
        let said = self.libraries.iter().flat_map(|of| libraries::warnings(of));
        said.collect()
    }

    fn from_resolved(resolved: String, libraries: Vec<&'static Library>) -> Result<Self> {
        let experiment = Experiment::parse(&Source::new("run.ron", &resolved))?;
        let parts = Parts::build(&experiment)?;
        let run_hash = blake3::hash(resolved.as_bytes()).to_hex()[..12].to_owned();
        let files = parts.files();
        Ok(Self {
            experiment,
            resolved,
            run_hash,
            files,
            parts,
            libraries,
        })
    }
}

impl Parts {
    fn build(experiment: &Experiment) -> CoreResult<Self> {
        let ctx = Context::new(experiment.seed);
        Ok(Self {
            dataset: experiment.dataset.build(&ctx)?,
            align: experiment
                .align
                .iter()
                .map(|part| part.build(&ctx))
                .collect::<CoreResult<_>>()?,
            generator: experiment.generator.build(&ctx)?,
            features: experiment
                .features
                .as_ref()
                .map(|part| part.build(&ctx))
                .transpose()?,
            losses: experiment
                .losses
                .iter()
                .map(|(_, part)| part.build(&ctx))
                .collect::<CoreResult<_>>()?,
            decoder: experiment.decoder.build(&ctx)?,
            observers: experiment
                .observers
                .iter()
                .map(|part| part.build(&ctx))
                .collect::<CoreResult<_>>()?,
            overfit: experiment
                .overfit
                .as_ref()
                .map(|part| part.build(&ctx))
                .transpose()?,
        })
    }

    fn files(&self) -> Vec<PathBuf> {
        let corpora = self.observers.iter().filter_map(|net| net.corpus());
        let corpora = corpora
            .chain(self.features.as_ref().and_then(|net| net.corpus()))
            .chain(self.generator.corpus());
        let mut files: Vec<PathBuf> = self.dataset.files();
        files.extend(corpora.flat_map(Dataset::files));
        files.extend(self.align.iter().flat_map(|aligner| aligner.files()));
        files.extend(self.generator.files());
        let nets = self.features.iter().chain(&self.observers);
        files.extend(nets.flat_map(|net| net.files()));
        files.extend(self.losses.iter().flat_map(|term| term.files()));
        let decoders = std::iter::once(&self.decoder).chain(&self.overfit);
        files.extend(decoders.flat_map(|decoder| decoder.files()));
        files.sort();
        files.dedup();
        files
    }

    fn check_files(&self, experiment: &Experiment) -> CoreResult<()> {
        let places = [(
            "dataset",
            experiment.dataset.location(),
            Some(self.dataset.as_ref()),
        )];
        let generator = (
            "generator",
            experiment.generator.location(),
            self.generator.corpus(),
        );
        let features = self.features.as_ref().zip(experiment.features.as_ref());
        let features = features.map(|(net, part)| ("features", part.location(), net.corpus()));
        let observers = self.observers.iter().zip(&experiment.observers);
        let observers = observers.map(|(net, part)| ("observers", part.location(), net.corpus()));
        for (what, at, dataset) in places
            .into_iter()
            .chain([generator])
            .chain(features)
            .chain(observers)
        {
            if let Some(file) = dataset.and_then(missing_file) {
                let place =
                    "paths are relative to the working directory; --smoke runs on simulated data";
                let obtain = dataset.and_then(Dataset::obtain);
                return Err(Error::Config {
                    at,
                    message: format!("{what}: there is no file '{}'", file.display()),
                    hint: obtain.map_or(place.into(), |obtain| format!("{place}\n  {obtain}")),
                });
            }
        }
        Ok(())
    }

    /// Files beside data, such as given weights. A smoke run needs them too: nothing can stand in for them.
    fn check_weights(&self, experiment: &Experiment) -> CoreResult<()> {
        let mut named = vec![(
            "generator",
            experiment.generator.location(),
            self.generator.files(),
        )];
        let aligners = self.align.iter().zip(&experiment.align);
        named.extend(aligners.map(|(of, part)| ("aligner", part.location(), of.files())));
        let features = self.features.iter().zip(&experiment.features);
        named.extend(features.map(|(of, part)| ("features", part.location(), of.files())));
        let losses = self.losses.iter().zip(&experiment.losses);
        named.extend(losses.map(|(of, (_, part))| ("loss term", part.location(), of.files())));
        named.push((
            "decoder",
            experiment.decoder.location(),
            self.decoder.files(),
        ));
        let overfit = self.overfit.iter().zip(&experiment.overfit);
        named.extend(overfit.map(|(of, part)| ("overfit", part.location(), of.files())));
        let observers = self.observers.iter().zip(&experiment.observers);
        named.extend(observers.map(|(of, part)| ("observers", part.location(), of.files())));
        for (what, at, files) in named {
            if let Some(file) = files.iter().find(|file| !file.is_file()) {
                return Err(Error::Config {
                    at,
                    message: format!("{what}: there is no file '{}'", file.display()),
                    hint: "paths are relative to the working directory".into(),
                });
            }
        }
        Ok(())
    }

    fn check_shapes(&self, experiment: &Experiment) -> CoreResult<()> {
        let generated = self.generator.image_shape();
        let nets = self.features.iter().zip(&experiment.features);
        for (net, part) in nets.chain(self.observers.iter().zip(&experiment.observers)) {
            if let Some(shape) = net.image_shape().filter(|shape| *shape != generated) {
                return Err(Error::Config {
                    at: part.location(),
                    message: format!(
                        "{} takes images of {shape}, but the generator makes {generated}",
                        part.name()
                    ),
                    hint: "give both the same size".into(),
                });
            }
        }
        let known = self
            .features
            .as_ref()
            .map(|net| net.layers())
            .unwrap_or_default();
        for (term, (_, part)) in self.losses.iter().zip(&experiment.losses) {
            if let Some(layer) = term.layers().iter().find(|layer| !known.contains(layer)) {
                let hint = if known.is_empty() {
                    "add a feature network: features: alexnet(…)".to_owned()
                } else {
                    format!("known layers: {}", known.join(", "))
                };
                let message = format!(
                    "{} needs layer '{layer}', which the feature network does not have",
                    part.name()
                );
                return Err(Error::Config {
                    at: part.location(),
                    message,
                    hint,
                });
            }
        }
        check_counts(experiment)
    }
}

fn check_counts(experiment: &Experiment) -> CoreResult<()> {
    let complaint = |message: &str, hint: &str| {
        let at = Location::BuiltIn {
            what: format!("experiment '{}'", experiment.name),
        };
        Err(Error::Config {
            at,
            message: message.into(),
            hint: hint.into(),
        })
    };
    if experiment.ensemble.members == 0 || experiment.ensemble.per_pass == 0 {
        return complaint(
            "an ensemble needs members",
            "ensemble: (members: 15, per_pass: 15)",
        );
    }
    if experiment.losses.is_empty() {
        return complaint("there is no loss term", "losses: [(10.0, pixel())]");
    }
    if experiment
        .losses
        .iter()
        .any(|(weight, _)| !weight.is_finite() || *weight < 0.0)
    {
        return complaint(
            "a loss weight is negative or no number",
            "weights are finite and at least 0",
        );
    }
    if !(0.5..1.0).contains(&experiment.scores.confidence) {
        return complaint(
            "scores.confidence must be in [0.5, 1)",
            "scores: (confidence: 0.95)",
        );
    }
    Ok(())
}

/// The name becomes a folder.
fn check_name(experiment: &Experiment, source: &Source) -> CoreResult<()> {
    let name = &experiment.name;
    let plain = !name.is_empty()
        && !name.starts_with('.')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "-_. ".contains(c));
    if plain {
        return Ok(());
    }
    Err(Error::Config {
        at: source.locate(source.text().find("name").unwrap_or(0)),
        message: format!("the name '{name}' cannot be a folder's name"),
        hint: "use letters, digits, '-', '_' and '.'".into(),
    })
}

fn missing_file(dataset: &dyn Dataset) -> Option<PathBuf> {
    dataset.files().into_iter().find(|file| !file.exists())
}
