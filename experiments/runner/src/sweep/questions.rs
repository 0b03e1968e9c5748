//! Questions about an experiment: files of variants, and the combinations that they lead to.
//!
//! Every question is asked of its base and of its variants, over the settings of its `cross` and its seeds. `--set` comes
//! behind what a file says of all its runs and before what a variant changes; of a setting that the file crosses, or of the
//! seed, it takes the file's place, so that a part of a sweep can be asked for.

use std::fs;
use std::path::{Path, PathBuf};

use lab_core::Error as CoreError;
use lab_core::config::{BASE, Experiment, Location, Source, Variants};

use super::values::{Swept, combinations, sets};
use crate::{Error, Result};

/// Stands where a setting is as the base has it.
const AS_WRITTEN: &str = "as written";
/// The setting that says which question a run answers.
pub const QUESTION: &str = "question";
/// Names of the settings that say which run of a question it is.
const OWN: [&str; 2] = [QUESTION, "variant"];
const SEED: &str = "seed";

/// A file of variants.
#[derive(Debug, Clone)]
pub struct Question {
    /// Name of the file, without its ending.
    pub name: String,
    /// What is asked, as a sentence.
    pub about: String,
    /// Path of the experiment that all variants are held against.
    pub base: PathBuf,
    /// Path of the experiment with the paper's values, if the file names one.
    pub paper: Option<PathBuf>,
    /// The variants: name, and what each changes.
    pub variants: Vec<(String, Vec<String>)>,
    written: Variants,
}

/// One run of a question: what it is, and what leads to it.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Place of its question.
    pub(super) question: usize,
    /// Place of its variant; none for the base.
    pub(super) variant: Option<usize>,
    /// The crossed settings with their values, as one reads them; empty if there are none.
    pub(super) condition: String,
    /// A value for each setting of the sweep.
    pub(super) values: Vec<String>,
    /// Changes of the base, in their order.
    pub(super) sets: Vec<String>,
}

/// The questions of a path: a file of variants, or a folder that holds some; none if the path is an experiment.
///
/// # Errors
/// Fails if a file cannot be read as text or as variants, and for a folder without a file of variants.
pub(super) fn questions(path: &Path) -> Result<Vec<Question>> {
    if !path.is_dir() {
        let source = Source::read(path)?;
        let is_one = Variants::is_in(&source);
        return is_one
            .then(|| Question::read(path, &source))
            .into_iter()
            .collect();
    }
    let entries = fs::read_dir(path).map_err(CoreError::io("reading", path))?;
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(CoreError::io("reading", path))?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "ron"));
    files.sort();
    let mut all = Vec::new();
    for file in &files {
        let source = Source::read(file)?;
        if Variants::is_in(&source) {
            all.push(Question::read(file, &source)?);
        } else {
            // What is no file of variants is an experiment, such as a base: anything else is a mistake that is not passed over.
            Experiment::parse(&source)?;
        }
    }
    if all.is_empty() {
        return Err(Error::Sweep {
            argument: path.display().to_string(),
            expected: "a folder with files of variants: name.ron with variants: […]".into(),
            got: format!("{} files that end in .ron and hold none", files.len()),
            remedy: "name the folder of the files, or an experiment".into(),
        });
    }
    Ok(all)
}

/// The settings that the runs of all questions differ by, and the runs: those of the first seed first, so that a sweep that
/// is stopped has whole comparisons.
///
/// # Errors
/// [`Error::Sweep`] where a list of values cannot be read.
pub(super) fn asked(questions: &[Question], given: &[Swept]) -> Result<(Vec<Swept>, Vec<Asked>)> {
    let crossed: Vec<Vec<Swept>> = questions
        .iter()
        .map(|question| question.crossed(given))
        .collect::<Result<_>>()?;
    let mut settings: Vec<Swept> = Vec::new();
    let own = OWN.map(|path| Swept {
        path: path.to_owned(),
        values: Vec::new(),
    });
    for one in own.iter().chain(crossed.iter().flatten()) {
        if !settings.iter().any(|known| known.path == one.path) {
            settings.push(Swept {
                path: one.path.clone(),
                values: Vec::new(),
            });
        }
    }
    // The seed is the last column, whichever file named it first.
    settings.sort_by_key(|of| of.path == SEED);
    let mut all = Vec::new();
    for (place, question) in questions.iter().enumerate() {
        for values in combinations(&crossed[place], false)? {
            all.extend(question.runs(place, (&crossed[place], &values), &settings));
        }
    }
    for (idx, setting) in settings.iter_mut().enumerate() {
        for run in &all {
            if !setting.values.contains(&run.values[idx]) {
                setting.values.push(run.values[idx].clone());
            }
        }
    }
    if let Some((idx, seeds)) = settings.iter().enumerate().find(|(_, of)| of.path == SEED) {
        all.sort_by_key(|run| seeds.values.iter().position(|of| *of == run.values[idx]));
    }
    Ok((settings, all))
}

impl Question {
    fn read(path: &Path, source: &Source) -> Result<Self> {
        let written = Variants::parse(source)?;
        let base = written.base_path();
        if !base.is_file() {
            return Err(Error::Core(CoreError::Config {
                at: written.place_of_base(),
                message: format!("base: there is no file '{}'", base.display()),
                hint: "the base is an experiment, named relative to the folder of this file".into(),
            }));
        }
        if Variants::is_in(&Source::read(&base)?) {
            return Err(Error::Core(CoreError::Config {
                at: written.place_of_base(),
                message: format!("base: '{}' is a file of variants itself", base.display()),
                hint: "name an experiment".into(),
            }));
        }
        let paper = written.paper_path();
        if let Some(paper) = paper.as_ref().filter(|paper| !paper.is_file()) {
            return Err(Error::Core(CoreError::Config {
                at: written.place_of_paper(),
                message: format!("paper: there is no file '{}'", paper.display()),
                hint: "name an experiment with the paper's values relative to the folder of this file, or leave it out".into(),
            }));
        }
        let name = path.file_stem().unwrap_or_default();
        Ok(Self {
            paper,
            name: name.to_string_lossy().into_owned(),
            about: written.about.clone(),
            base,
            variants: written
                .variants
                .iter()
                .map(|of| (of.name.clone(), of.set.clone()))
                .collect(),
            written,
        })
    }

    /// What its runs are multiplied by: what was given, then `cross` and seeds of the file unless these were given.
    fn crossed(&self, given: &[Swept]) -> Result<Vec<Swept>> {
        self.refuse_values_that_variants_change(given)?;
        let mut all = given.to_vec();
        let is_given = |path: &str| given.iter().any(|of| of.path == path);
        for (idx, text) in self.written.cross.iter().enumerate() {
            let of = Swept::read(text).map_err(|error| match error {
                Error::Sweep {
                    argument,
                    expected,
                    got,
                    remedy,
                } => Error::Sweep {
                    argument: format!("{}: {argument}", self.written.place_of_cross(idx)),
                    expected,
                    got,
                    remedy,
                },
                other => other,
            })?;
            if !is_given(&of.path) {
                all.push(of);
            }
        }
        if !self.written.seeds.is_empty() && !is_given(SEED) {
            all.push(Swept {
                path: SEED.into(),
                values: self.written.seeds.iter().map(u64::to_string).collect(),
            });
        }
        Ok(all)
    }

    /// The base and the variants with one combination of values.
    fn runs(&self, place: usize, of: (&[Swept], &[String]), settings: &[Swept]) -> Vec<Asked> {
        let (crossed, values) = of;
        let several = crossed
            .iter()
            .zip(values)
            .filter(|(of, _)| of.path != SEED && (of.values.len() > 1 || self.crosses(&of.path)));
        let condition: Vec<String> = several
            .map(|(of, value)| format!("{}={value}", of.path))
            .collect();
        let variants = (0..self.variants.len()).map(Some);
        let run = |variant: Option<usize>| {
            let named = variant.map(|idx| &self.variants[idx]);
            let mut all = self.written.set.clone();
            all.extend(sets(crossed, values));
            all.extend(named.into_iter().flat_map(|(_, set)| set.iter().cloned()));
            let value = |setting: &Swept| match OWN.iter().position(|own| *own == setting.path) {
                Some(0) => self.name.clone(),
                Some(_) => named.map_or(BASE.to_owned(), |(name, _)| name.clone()),
                None => {
                    let idx = crossed.iter().position(|of| of.path == setting.path);
                    let crossed = idx.map(|idx| values[idx].clone());
                    let own = named.and_then(|(_, set)| own_value(set, &setting.path));
                    own.or(crossed).unwrap_or_else(|| AS_WRITTEN.to_owned())
                }
            };
            Asked {
                question: place,
                variant,
                condition: condition.join(" "),
                values: settings.iter().map(value).collect(),
                sets: all,
            }
        };
        std::iter::once(None).chain(variants).map(run).collect()
    }

    /// Several values of a setting that a variant changes would be one run under several names.
    fn refuse_values_that_variants_change(&self, given: &[Swept]) -> Result<()> {
        let several = given.iter().filter(|of| of.values.len() > 1);
        for of in several {
            let changes = |set: &[String]| own_value(set, &of.path).is_some();
            if let Some((name, _)) = self.variants.iter().find(|(_, set)| changes(set)) {
                return Err(Error::Sweep {
                    argument: format!("--set {}=…", of.path),
                    expected: "several values of a setting that no variant changes".into(),
                    got: format!("'{}', which '{name}' of {} changes", of.path, self.name),
                    remedy: "give it one value, or leave the variant's file out".into(),
                });
            }
        }
        Ok(())
    }

    fn crosses(&self, path: &str) -> bool {
        let mut paths = self
            .written
            .cross
            .iter()
            .filter_map(|of| of.split_once('='));
        paths.any(|(own, _)| own.trim() == path)
    }

    /// The same error, at its place in the file of variants if the change that led to it stands there.
    pub(super) fn placed(&self, variant: Option<usize>, mut error: Error) -> Error {
        let Error::Core(core) = &mut error else {
            return error;
        };
        if let Some(at) = core.place_mut()
            && let Location::Argument { argument } = at
        {
            let set = argument.strip_prefix("--set ").unwrap_or(argument);
            let found = self.written.place_of_set(variant, set);
            if let Some(place) = found.or_else(|| self.place_of_crossed(set)) {
                *at = place;
            }
        }
        error
    }

    /// Where the setting is crossed whose value an override is.
    fn place_of_crossed(&self, set: &str) -> Option<Location> {
        let path = |set: &str| set.split_once('=').map(|(path, _)| path.trim().to_owned());
        let wanted = path(set)?;
        let mut crossed = self.written.cross.iter();
        let idx = crossed.position(|of| path(of).is_some_and(|own| own == wanted))?;
        Some(self.written.place_of_cross(idx))
    }
}

/// The value that some changes give a setting, the last of them.
fn own_value(set: &[String], path: &str) -> Option<String> {
    let changes = set.iter().rev().filter_map(|of| of.split_once('='));
    let mut values = changes.filter(|(own, _)| own.trim() == path);
    values.next().map(|(_, value)| value.trim().to_owned())
}
