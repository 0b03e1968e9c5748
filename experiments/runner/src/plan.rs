//! The plan: an experiment that has been read, overridden, resolved and checked.

use std::path::{Path, PathBuf};

use lab_core::config::{Experiment, Source, overrides};
use lab_core::context::Context;
use lab_core::traits::Dataset;
use lab_core::{Error, Result as CoreResult};
use lab_library::Library;
use lab_score::record::Record;

use super::parts::{Parts, missing_file};
use super::{libraries, name, stand_ins, toy};
use crate::Result;

/// An experiment as a user asks for it.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// Path of the experiment file, which is RON.
    pub file: PathBuf,
    /// Overrides of the file's values, each as `path.to.key=value`.
    pub sets: Vec<String>,
    /// Shared libraries with further plugins, beside those that the experiment names.
    pub plugins: Vec<String>,
    /// Whether to run at toy size.
    pub smoke: bool,
    /// What stood in for missing data when the file was written, a sentence each: a resolved file names the stand-ins alone.
    pub stood_in: Vec<String>,
}

/// An experiment that has been read, resolved and checked, and can be run.
pub struct Plan {
    /// The resolved experiment; its plugins stand where the user wrote them.
    pub experiment: Experiment,
    /// The text of the resolved experiment, as `run.ron` holds it.
    pub resolved: String,
    /// First twelve hexadecimal digits of the text's hash.
    pub run_hash: String,
    /// Files that the dataset, the corpora and given weights are read from.
    pub files: Vec<PathBuf>,
    /// Why no number of it means anything, if it runs at toy size: a sentence.
    pub toy: Option<String>,
    /// The plugins of the experiment, each built once.
    pub(crate) parts: Parts,
    /// The shared libraries that the experiment and `--plugin` name, loaded.
    pub(crate) libraries: Vec<&'static Library>,
    /// Sentences that say which missing data others stand in for, in a smoke run.
    pub(crate) said: Vec<String>,
}

impl Plan {
    /// Written → checked → resolved; touches no data beyond asking whether files exist. Plugins are built once, from the
    /// text of the user, so that complaints name the user's own file, line and column.
    ///
    /// # Errors
    /// Fails with the place of the mistake in the user's file or argument.
    pub fn read(args: &Written) -> Result<Self> {
        let written = overrides::apply(&Source::read(&args.file)?, &args.sets)?;
        let mut experiment = Experiment::parse(&written)?;
        name::check(&experiment, &written)?;
        let libraries = libraries::load(&mut experiment, &written, &args.plugins)?;
        let ctx = Context::new(experiment.seed).with_smoke(args.smoke);
        let mut parts = Parts::build(&experiment, &ctx)?;
        let mut said = args.stood_in.clone();
        if args.smoke {
            let full = experiment.dataset.resolved(false)?;
            said.extend(stand_ins::put(&mut experiment, &mut parts, &ctx)?);
            // Data that were shrunk, or that others stand in for, have other images than a split names.
            if experiment.dataset.resolved(true)?.one_line() != full.one_line() {
                said.extend(toy::without_split(&mut experiment, &mut parts));
            }
        }
        let toy = args.smoke.then(|| toy::sentence(&said));
        // Nothing can stand in for a corpus that a plugin names in a way of its own.
        parts.check_files(&experiment)?;
        parts.check_split(&experiment)?;
        parts.check_weights(&experiment)?;
        parts.check_shapes(&experiment, &written)?;
        parts.check_names(&experiment)?;
        let by_hand = toy::set_by_hand(&experiment.criteria, &args.sets);
        let mut experiment = experiment.resolved(args.smoke)?;
        if args.smoke {
            experiment.criteria = by_hand;
        }
        let resolved = experiment.to_text()?;
        let plan = Self {
            run_hash: run_hash(&resolved, args.smoke),
            toy,
            files: parts.files(),
            experiment,
            resolved,
            parts,
            libraries,
            said,
        };
        plan.check_tuning(&args.sets)?;
        Ok(plan)
    }

    /// The plan of a finished run as it was run, from the resolved experiment in its folder and from its record, which knows
    /// the data that others stood in for.
    ///
    /// # Errors
    /// As [`Plan::read`].
    pub fn again(run: &Path, record: &Record) -> Result<Self> {
        let mut written = Written {
            file: run.join("run.ron"),
            smoke: record.toy.is_some(),
            ..Written::default()
        };
        let Some(toy) = &record.toy else {
            return Self::read(&written);
        };
        let experiment = Experiment::parse(&Source::read(&written.file)?)?;
        written.sets.extend(toy::set_again(&experiment.criteria)?);
        written.stood_in = toy::stand_ins(toy, &record.warnings);
        Ok(Self {
            toy: Some(toy.clone()),
            ..Self::read(&written)?
        })
    }

    /// What must be said of the libraries and of data that others stand in for, if anything.
    pub fn warnings(&self) -> Vec<String> {
        let of_libraries = self.libraries.iter().flat_map(|of| libraries::warnings(of));
        self.said.iter().cloned().chain(of_libraries).collect()
    }
}

/// A run at toy size has another folder than one of the same text at full size, so that neither takes the other's place.
fn run_hash(resolved: &str, smoke: bool) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(resolved.as_bytes());
    if smoke {
        hasher.update(b"toy");
    }
    hasher.finalize().to_hex()[..12].to_owned()
}

impl Parts {
    fn check_files(&self, experiment: &Experiment) -> CoreResult<()> {
        let places = [(
            "dataset",
            experiment.dataset.location(),
            Some(self.dataset.as_ref()),
        )];
        let generator = (
            "generator",
            experiment.generator.location(),
            self.generator.corpus.as_deref(),
        );
        let features = self.features.as_ref().zip(experiment.features.as_ref());
        let features =
            features.map(|(net, part)| ("features", part.location(), net.corpus.as_deref()));
        let observers = self.observers.iter().zip(&experiment.observers);
        let observers =
            observers.map(|(net, part)| ("observers", part.location(), net.corpus.as_deref()));
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

    fn check_split(&self, experiment: &Experiment) -> CoreResult<()> {
        match self.split.as_ref().filter(|path| !path.is_file()) {
            None => Ok(()),
            Some(path) => Err(Error::Config {
                at: experiment.place("split"),
                message: format!("split: there is no file '{}'", path.display()),
                hint:
                    "paths are relative to the working directory; lab data split makes such a file"
                        .into(),
            }),
        }
    }

    /// Files beside data, such as given weights. A smoke run needs them too, where a plugin cannot do without.
    fn check_weights(&self, experiment: &Experiment) -> CoreResult<()> {
        let mut named = vec![(
            "generator",
            experiment.generator.location(),
            self.generator.plugin.files(),
        )];
        let aligners = self.align.iter().zip(&experiment.align);
        named.extend(aligners.map(|(of, part)| ("aligner", part.location(), of.files())));
        let features = self.features.iter().zip(&experiment.features);
        named.extend(features.map(|(of, part)| ("features", part.location(), of.plugin.files())));
        let losses = self.terms.iter().zip(&experiment.losses);
        named.extend(losses.map(|(of, (_, part))| ("loss term", part.location(), of.term.files())));
        named.push((
            "decoder",
            experiment.decoder.location(),
            self.decoder.files(),
        ));
        let overfit = self.overfit.iter().zip(&experiment.overfit);
        named.extend(overfit.map(|(of, part)| ("overfit", part.location(), of.files())));
        let observers = self.observers.iter().zip(&experiment.observers);
        named.extend(observers.map(|(of, part)| ("observers", part.location(), of.plugin.files())));
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

    /// Weights, stages and scores of a network bear its name and the names of its layers, so that no two may bear the same.
    fn check_names(&self, experiment: &Experiment) -> CoreResult<()> {
        let named = || self.observers.iter().zip(&experiment.observers);
        let used: Vec<String> = self.terms.iter().flat_map(|of| of.term.layers()).collect();
        for (idx, (net, part)) in named().enumerate() {
            let is_double = named()
                .take(idx)
                .any(|(_, other)| other.name() == part.name());
            let is_of_losses = experiment
                .features
                .iter()
                .any(|of| of.name() == part.name())
                && net.plugin.layers().iter().any(|layer| used.contains(layer));
            let other = match (is_double, is_of_losses) {
                (true, _) => "another observer",
                (_, true) => "the network that the losses look through",
                _ => continue,
            };
            return Err(Error::Config {
                at: part.location(),
                message: format!(
                    "observers: {} has the name of {other}, so that nobody could tell their scores apart",
                    part.name()
                ),
                hint: "take one of the two away, or compare them in two runs".into(),
            });
        }
        Ok(())
    }

    pub(crate) fn check_shapes(&self, experiment: &Experiment, written: &Source) -> CoreResult<()> {
        let generated = self.generator.plugin.image_shape();
        let nets = self.features.iter().zip(&experiment.features);
        for (net, part) in nets.chain(self.observers.iter().zip(&experiment.observers)) {
            if let Some(shape) = net.plugin.image_shape().filter(|shape| *shape != generated) {
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
            .map(|net| net.plugin.layers())
            .unwrap_or_default();
        for (term, (_, part)) in self.terms.iter().zip(&experiment.losses) {
            let layers = term.term.layers();
            if let Some(layer) = layers.iter().find(|layer| !known.contains(layer)) {
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
        check_counts(experiment, written)
    }
}

/// Ranges are checked where the text is read; here is what is no range.
fn check_counts(experiment: &Experiment, written: &Source) -> CoreResult<()> {
    let (members, per_pass) = (experiment.ensemble.members, experiment.ensemble.per_pass);
    // The default of a pass is no mistake of whoever asks for few members.
    if per_pass > members && written.text().contains("per_pass") {
        return Err(Error::Config {
            at: experiment.place("ensemble.per_pass"),
            message: format!("ensemble: per_pass is {per_pass}, but there are {members} members"),
            hint: format!("lower per_pass to {members} at most, or leave it out"),
        });
    }
    if experiment.losses.is_empty() {
        return Err(Error::Config {
            at: experiment.place("losses"),
            message: "there is no loss term".into(),
            hint: "losses: [(10.0, pixel())]".into(),
        });
    }
    Ok(())
}
