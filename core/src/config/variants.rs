//! A file of variants: one question about an experiment, asked by changing one choice of it at a time.
//!
//! ```ron
//! (
//!     about: "What does each loss term add?",
//!     base: "base.ron",
//!     variants: [
//!         (name: "no pixel term", set: ["losses.0.0=0"]),
//!     ],
//!     cross: ["dataset.snr=1,2"],
//!     seeds: [1, 2, 3],
//! )
//! ```

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::scan::{self, Items, Kind, Value};
use super::{Location, Source, read_source};
use crate::{Error, Result};

/// Name that stands for the experiment without a change.
pub const BASE: &str = "base";
/// The field that tells a file of variants from an experiment, and others by which one is known whose author misspelt it.
const VARIANTS: &str = "variants";
const ABOUT: &str = "about";
const DATASET: &str = "dataset";
/// The setting that has a field of its own.
const SEED: &str = "seed";

/// A file of variants, as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "Variants", deny_unknown_fields)]
pub struct Variants {
    /// What is asked, as a sentence.
    pub about: String,
    /// The experiment that every variant is held against, relative to the folder of this file.
    pub base: String,
    /// An experiment with a paper's own values, relative to the folder of this file: what it has stands in the chapter beside what
    /// base and variants have. It is never run.
    #[serde(default)]
    pub paper: Option<String>,
    /// Changes that the base and every variant have, each as `path.to.key=value`.
    #[serde(default)]
    pub set: Vec<String>,
    /// The variants, in the order in which they are told.
    pub variants: Vec<Variant>,
    /// Settings that base and variants are run with in every combination, each as `path.to.key=value,value`.
    #[serde(default)]
    pub cross: Vec<String>,
    /// Seeds of repetitions; the base's own seed alone if none is named.
    #[serde(default)]
    pub seeds: Vec<u64>,
    #[serde(skip)]
    source: Option<Source>,
}

/// One choice that is made in another way than in the base.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// What it is called in tables and sentences.
    pub name: String,
    /// What it changes, each as `path.to.key=value`.
    pub set: Vec<String>,
}

/// A step from a value to one within it.
#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Field(&'a str),
    Item(usize),
}

impl Variants {
    /// Whether a text is meant as a file of variants, and not as an experiment; it may be broken.
    pub fn is_in(source: &Source) -> bool {
        let text = source.text();
        if scan::document(text).is_err() {
            return [VARIANTS, ABOUT]
                .iter()
                .any(|field| text.contains(&format!("{field}:")));
        }
        let has = |field: &str| scan::field(text, field).is_some();
        has(VARIANTS) || has(ABOUT) && !has(DATASET)
    }

    /// Reads a file of variants; whether its base exists and takes the changes is for whoever reads that.
    ///
    /// # Errors
    /// [`Error::Config`] with the place of the mistake: what [`read_source`] says, an empty text, no variant, a variant that
    /// changes nothing, a name, a seed or a crossed setting that stands there twice, and a change of a setting that is crossed or
    /// repeated, whose runs would all be the same.
    pub fn parse(source: &Source) -> Result<Self> {
        let mut read: Self = read_source("the file of variants", source)?;
        read.source = Some(source.clone());
        read.check()?;
        Ok(read)
    }

    /// Path of the base: relative to the folder of this file.
    pub fn base_path(&self) -> PathBuf {
        self.beside(&self.base)
    }

    /// Path of the experiment with a paper's values, if one is named.
    pub fn paper_path(&self) -> Option<PathBuf> {
        self.paper.as_ref().map(|paper| self.beside(paper))
    }

    /// A path that this file names, relative to its folder.
    fn beside(&self, path: &str) -> PathBuf {
        let own = self.source.as_ref().map_or("", Source::name);
        let (mut folder, mut path) = (
            Path::new(own).parent().unwrap_or(own.as_ref()),
            Path::new(path),
        );
        // Above a link lies another folder than beside it.
        while let (Ok(rest), Some(above), Some(_)) =
            (path.strip_prefix(".."), folder.parent(), folder.file_name())
            && !folder.is_symlink()
        {
            (folder, path) = (above, rest);
        }
        folder.join(path)
    }

    /// Where the name of the experiment with a paper's values stands.
    pub fn place_of_paper(&self) -> Location {
        self.place(&[Step::Field("paper")])
    }

    /// Where the name of the base stands.
    pub fn place_of_base(&self) -> Location {
        self.place(&[Step::Field("base")])
    }

    /// Where one of the settings of `cross` stands.
    pub fn place_of_cross(&self, idx: usize) -> Location {
        self.place(&[Step::Field("cross"), Step::Item(idx)])
    }

    /// Where a change stands that the base has (`variant` is `None`) or one of the variants; `None` if it is neither's.
    pub fn place_of_set(&self, variant: Option<usize>, set: &str) -> Option<Location> {
        let nth = |sets: &[String]| sets.iter().position(|own| own == set);
        if let Some(idx) = nth(&self.set) {
            return Some(self.place(&[Step::Field("set"), Step::Item(idx)]));
        }
        let variant = variant?;
        let idx = nth(&self.variants.get(variant)?.set)?;
        let steps = [
            Step::Field(VARIANTS),
            Step::Item(variant),
            Step::Field("set"),
            Step::Item(idx),
        ];
        Some(self.place(&steps))
    }

    fn check(&self) -> Result<()> {
        if self.about.trim().is_empty() {
            let hint =
                "write what is asked, as a sentence: about: \"What does each loss term add?\"";
            return Err(self.wrong(&[Step::Field(ABOUT)], "there is no question", hint));
        }
        if self.about.chars().any(char::is_control) {
            let hint = "write it as one line of text";
            let message = "the question holds a character that is no letter, such as a line break";
            return Err(self.wrong(&[Step::Field(ABOUT)], message, hint));
        }
        if self.variants.is_empty() {
            let hint = "variants: [(name: \"no pixel term\", set: [\"losses.0.0=0\"])]";
            return Err(self.wrong(&[Step::Field(VARIANTS)], "there is no variant", hint));
        }
        self.check_cross()?;
        self.check_set(&self.set, &[])?;
        (0..self.variants.len()).try_for_each(|idx| self.check_variant(idx))?;
        for (idx, seed) in self.seeds.iter().enumerate() {
            if self.seeds[..idx].contains(seed) {
                let at = [Step::Field("seeds"), Step::Item(idx)];
                let message = format!("seed {seed} stands there twice");
                return Err(self.wrong(&at, &message, "give each repetition a seed of its own"));
            }
        }
        Ok(())
    }

    fn check_variant(&self, idx: usize) -> Result<()> {
        let Variant { name, set } = &self.variants[idx];
        let at = [Step::Field(VARIANTS), Step::Item(idx), Step::Field("name")];
        let problem = if name.trim().is_empty() {
            Some("a variant has no name".to_owned())
        } else if name == BASE {
            Some(format!("'{BASE}' is the experiment without a change"))
        } else if self.variants[..idx].iter().any(|of| of.name == *name) {
            Some(format!("there is a variant '{name}' already"))
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(self.wrong(&at, &problem, "give each variant a name of its own"));
        }
        if set.is_empty() {
            let message = format!("the variant '{name}' changes nothing");
            let hint = "name what it changes: set: [\"losses.0.0=0\"]";
            return Err(self.wrong(&at[..2], &message, hint));
        }
        self.check_set(set, &at[..2])
    }

    /// Each setting is crossed once, and seeds stand apart.
    fn check_cross(&self) -> Result<()> {
        for (idx, text) in self.cross.iter().enumerate() {
            let at = [Step::Field("cross"), Step::Item(idx)];
            let path = path(text);
            if path == SEED {
                let hint = "name them there: seeds: [1, 2, 3]";
                return Err(self.wrong(&at, "seeds are crossed by the field 'seeds'", hint));
            }
            if self.cross[..idx]
                .iter()
                .any(|other| overlap(self::path(other), path))
            {
                let message = format!("'{path}' is crossed already");
                return Err(self.wrong(&at, &message, "give all of its values in one place"));
            }
        }
        Ok(())
    }

    /// No change of what every run sets in its own way.
    fn check_set(&self, set: &[String], within: &[Step<'_>]) -> Result<()> {
        for (idx, text) in set.iter().enumerate() {
            let changed = path(text);
            let is_crossed = self.cross.iter().any(|of| overlap(path(of), changed));
            let is_repeated = changed == SEED && !self.seeds.is_empty();
            if is_crossed || is_repeated {
                let at = [within, &[Step::Field("set"), Step::Item(idx)]].concat();
                let message = format!(
                    "'{changed}' is changed here and takes several values for every run, so that these runs would be one"
                );
                let hint = "take it out of here, or out of cross or seeds";
                return Err(self.wrong(&at, &message, hint));
            }
        }
        Ok(())
    }

    fn wrong(&self, steps: &[Step<'_>], message: &str, hint: &str) -> Error {
        Error::Config {
            at: self.place(steps),
            message: message.to_owned(),
            hint: hint.to_owned(),
        }
    }

    fn place(&self, steps: &[Step<'_>]) -> Location {
        let Some(source) = &self.source else {
            return Location::BuiltIn {
                what: "file of variants".into(),
            };
        };
        let document = scan::document(source.text()).ok();
        source.locate(document.map_or(0, |document| start(&document, source.text(), steps)))
    }
}

/// The setting of `path.to.key=value`.
fn path(set: &str) -> &str {
    set.split_once('=').map_or(set, |(path, _)| path).trim()
}

/// Whether one of two settings is the other, or lies within it.
fn overlap(one: &str, two: &str) -> bool {
    let within = |part: &str, whole: &str| {
        part.strip_prefix(whole)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    within(one, two) || within(two, one)
}

/// The first byte of the value that the steps lead to, or of the last value on the way that is there.
fn start(document: &Value, text: &str, steps: &[Step<'_>]) -> usize {
    let mut value = document;
    for step in steps {
        let (Kind::Group(Items { items, .. }) | Kind::List(Items { items, .. })) = &value.kind
        else {
            break;
        };
        let next = match step {
            Step::Item(idx) => items.get(*idx),
            Step::Field(name) => items.iter().find(|item| {
                let key = item.key.clone();
                key.is_some_and(|key| &text[key] == *name)
            }),
        };
        match next {
            Some(item) => value = &item.value,
            None => break,
        }
    }
    value.span.start
}
