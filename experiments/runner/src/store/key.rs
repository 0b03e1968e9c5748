//! Keys of stages: hashes over everything that their bytes depend on, and the list of it.
//!
//! A part has a name and a value that people read, and what enters the hash. These differ where a name says nothing about
//! the bytes: a file counts by its content wherever it lies, a network's corpus by its images however they came to be.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{DType, Tensor};
use lab_core::config::{PluginRef, from_ron, groups};
use lab_core::registry::{Capability, Kind, Origin, Plugin, registry};
use lab_core::{Error, Result};

use super::contents::{Content, content, contents};
use super::part::{Ancestry, Part, Parts, Says};
use super::settings::{joined, settings};
use super::sources;

/// BLAKE3 over everything that decides a stage's result.
#[derive(Clone)]
pub(crate) struct Key {
    stage: String,
    hash: [u8; 32],
    parts: Vec<Part>,
    after: Vec<Arc<Self>>,
    beside: Vec<Arc<Self>>,
    /// The files that the stage reads while it is made.
    files: Vec<Content>,
}

impl Key {
    /// Starts with the stage's name, the seed, the machine, and the sources of the contract and of the runner.
    ///
    /// # Errors
    /// [`Error::Data`] if one of these packages has no hash, which is a mistake of the build script.
    pub(crate) fn new(stage: &str, seed: u64) -> Result<Self> {
        let mut key = Self {
            stage: stage.to_owned(),
            hash: [0; 32],
            parts: Vec::new(),
            after: Vec::new(),
            beside: Vec::new(),
            files: Vec::new(),
        };
        key.mix("stage", stage);
        key.push("seed", "seed", &seed.to_string());
        for (name, text) in sources::machine() {
            key.push(name, name, &text);
        }
        let mut key = key.sources("lab-core")?;
        key.push_package("lab-runner")?;
        Ok(key)
    }

    /// Adds a named text.
    #[must_use]
    pub(crate) fn and(&self, name: &str, text: &str) -> Self {
        self.shown_as(name, name, text)
    }

    /// Adds a text that is shown under a name of its own.
    #[must_use]
    pub(crate) fn shown_as(&self, shown: &str, name: &str, text: &str) -> Self {
        let mut key = self.clone();
        key.push(shown, name, text);
        key
    }

    /// Adds what came of other parts, such as values that were loaded: it decides, and they explain it.
    #[must_use]
    pub(crate) fn outcome(&self, name: &str, text: &str) -> Self {
        let mut key = self.and(name, text);
        if let Some(part) = key.parts.last_mut() {
            part.says = Says::Outcome;
        }
        key
    }

    /// Adds what explains the key and does not decide it.
    #[must_use]
    pub(crate) fn told(&self, name: &str, text: &str) -> Self {
        let mut key = self.clone();
        key.tell(name, text);
        key
    }

    /// The key on a device, whose name decides the last digits.
    #[must_use]
    pub(crate) fn on(&self, device: &str) -> Self {
        self.and("device", device)
    }

    /// Adds the key of a stage that this one builds on.
    #[must_use]
    pub(crate) fn after(&self, other: &Self) -> Self {
        let mut key = self.clone();
        key.mix("after", &other.to_string());
        key.after.push(Arc::new(other.clone()));
        key
    }

    /// Adds the key of what may explain an outcome.
    #[must_use]
    pub(crate) fn beside(&self, other: &Self) -> Self {
        let mut key = self.clone();
        key.beside.push(Arc::new(other.clone()));
        key
    }

    /// Adds each field of parameters on one line, shown under the path that begins with `at`.
    #[must_use]
    pub(crate) fn settings(&self, at: &str, name: &str, text: &str) -> Self {
        let mut key = self.clone();
        for (path, value) in settings(text) {
            key.push(&joined(at, &path), &joined(name, &path), &value);
        }
        key
    }

    /// Adds each field of parameters as what explains the key.
    #[must_use]
    pub(crate) fn told_settings(&self, at: &str, text: &str) -> Self {
        let mut key = self.clone();
        for (path, value) in settings(text) {
            key.tell(&joined(at, &path), &value);
        }
        key
    }

    /// Adds the sources of a package and of all packages that its results come from.
    ///
    /// # Errors
    /// [`Error::Data`] for a package without a hash: nothing falls out of a key in silence.
    pub(crate) fn sources(&self, package: &str) -> Result<Self> {
        let mut key = self.clone();
        for name in closure(package)? {
            key.push_package(name)?;
        }
        Ok(key)
    }

    /// Adds a plugin: its parameters, shown from `at` on, its code, and the files that it reads.
    ///
    /// # Errors
    /// Fails if a file cannot be read, or the plugin's package has no hash.
    pub(crate) fn plugin<T: ?Sized + Kind>(
        &self,
        (at, name): (&str, &str),
        part: &PluginRef<T>,
        files: &[PathBuf],
    ) -> Result<Self> {
        let all = part.one_line();
        self.plugin_of((at, name), part, (&all, &all), files)
    }

    /// The same of a plugin whose parameters decide no more than `deciding` says; the others explain.
    pub(crate) fn plugin_of<T: ?Sized + Kind>(
        &self,
        (at, name): (&str, &str),
        part: &PluginRef<T>,
        (all, deciding): (&str, &str),
        files: &[PathBuf],
    ) -> Result<Self> {
        let mut key = self.clone();
        let deciding: BTreeSet<(String, String)> = settings(deciding).into_iter().collect();
        for field in settings(all) {
            let shown = joined(at, &field.0);
            match deciding.contains(&field) {
                true => {
                    let (path, value) = &field;
                    let hashed = by_content(value, files)?.unwrap_or_else(|| value.clone());
                    key.mix(&joined(name, path), &hashed);
                    key.tell(&shown, value);
                }
                false => key.tell(&shown, &field.1),
            }
        }
        key = match part.plugin()?.origin {
            Origin::Linked => key.sources(part.plugin()?.crate_name)?,
            Origin::Library { path, hash, .. } => key.library(path, hash)?,
        };
        for file in files {
            // A file counts by its content; how it is read counts too.
            for file in contents(file)? {
                key.push(&shown_file(&file.path), "file", &file.hash);
                key.files.push(file);
            }
            key = key.sources("lab-formats")?;
        }
        Ok(key)
    }

    /// Adds the code of every dataset that a text names as what explains the key, and the files that they read.
    ///
    /// # Errors
    /// As [`Key::plugin`].
    pub(crate) fn told_datasets(&self, text: &str, files: &[Content]) -> Result<Self> {
        let mut key = self.clone();
        let all = registry()?;
        for group in groups(text) {
            let name = text[group].split('(').next().unwrap_or_default().trim();
            let mut plugins = all.iter();
            let is_it =
                |plugin: &&Plugin| plugin.capability == Capability::Dataset && plugin.name == name;
            match plugins
                .find(is_it)
                .map(|plugin| (plugin.crate_name, plugin.origin))
            {
                Some((package, Origin::Linked)) => {
                    for (shown, text) in of_packages(&closure(package)?)? {
                        if !key.has(&shown, &text) {
                            key.tell(&shown, &text);
                        }
                    }
                }
                Some((_, Origin::Library { path, hash, .. })) => {
                    key.tell(&format!("library {path}"), hash);
                    key.files.push(library(path, hash));
                }
                None => {}
            }
        }
        Ok(key.told_files(files))
    }

    /// Adds files that explain the key, and that are read while the stage is made.
    #[must_use]
    pub(super) fn told_files(&self, files: &[Content]) -> Self {
        let mut key = self.clone();
        for file in files {
            key.tell(&shown_file(&file.path), &file.hash);
            key.files.push(file.clone());
        }
        key
    }

    fn library(&self, path: &str, hash: &str) -> Result<Self> {
        let mut key = self.shown_as(&format!("library {path}"), "library", hash);
        key.files.push(library(path, hash));
        key.sources("lab-library")
    }

    /// Adds the values of a tensor.
    pub(crate) fn tensor(&self, name: &str, tensor: &Tensor) -> Result<Self> {
        let values = tensor
            .to_dtype(DType::F64)?
            .flatten_all()?
            .to_vec1::<f64>()?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{:?}", tensor.dims()).as_bytes());
        for value in values {
            hasher.update(&value.to_le_bytes());
        }
        Ok(self.outcome(name, hasher.finalize().to_hex().as_str()))
    }

    /// Fails if a file that the stage reads is not any more what its hash says.
    ///
    /// # Errors
    /// [`Error::File`] that names it.
    pub(crate) fn check_files(&self) -> Result<()> {
        self.files.iter().try_for_each(Content::check)
    }

    /// Name of the stage.
    pub(crate) fn stage(&self) -> &str {
        &self.stage
    }

    /// Enough of it for a folder's name.
    pub(crate) fn short(&self) -> String {
        self.to_string()[..24].to_owned()
    }

    /// Its parts, with those of every key behind it.
    pub(crate) fn ancestry(&self) -> Ancestry {
        let mut ancestry = Ancestry::default();
        self.write_into(&mut ancestry);
        ancestry
    }

    fn write_into(&self, ancestry: &mut Ancestry) {
        let key = self.to_string();
        if ancestry.of(&key).is_some() {
            return;
        }
        for other in self.after.iter().chain(&self.beside) {
            other.write_into(ancestry);
        }
        let keys = |of: &[Arc<Self>]| of.iter().map(ToString::to_string).collect();
        ancestry.stages.push(Parts {
            stage: self.stage.clone(),
            key,
            parts: self.parts.clone(),
            after: keys(&self.after),
            beside: keys(&self.beside),
        });
    }

    fn mix(&mut self, name: &str, text: &str) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.hash);
        for part in [name, text] {
            hasher
                .update(&(part.len() as u64).to_le_bytes())
                .update(part.as_bytes());
        }
        self.hash = *hasher.finalize().as_bytes();
    }

    fn tell(&mut self, name: &str, text: &str) {
        self.parts.push(Part {
            name: name.to_owned(),
            value: text.to_owned(),
            says: Says::Cause,
        });
    }

    fn push(&mut self, shown: &str, name: &str, text: &str) {
        self.mix(name, text);
        self.tell(shown, text);
    }

    fn has(&self, shown: &str, text: &str) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| part.name == shown && part.value == text)
    }

    /// Adds a package alone, unless it is there.
    fn push_package(&mut self, package: &str) -> Result<()> {
        for (shown, text) in of_package(package)? {
            if !self.has(&shown, &text) {
                self.push(&shown, &shown, &text);
            }
        }
        Ok(())
    }
}

/// A package and all packages that its results come from.
fn closure(package: &str) -> Result<Vec<&'static str>> {
    let found = sources::package(package).ok_or_else(|| unknown(package))?;
    Ok(std::iter::once(found.name)
        .chain(found.needs.iter().copied())
        .collect())
}

fn of_packages(packages: &[&str]) -> Result<Vec<(String, String)>> {
    let each = packages.iter().map(|package| of_package(package));
    Ok(each.collect::<Result<Vec<_>>>()?.concat())
}

/// What a package is, as names and texts: its sources, what it asks for, and each dependency that it got.
fn of_package(package: &str) -> Result<Vec<(String, String)>> {
    let found = sources::package(package).ok_or_else(|| unknown(package))?;
    let own = [
        (format!("source of {package}"), found.source.to_owned()),
        (
            format!("dependencies asked for by {package}"),
            found.asks.to_owned(),
        ),
    ];
    let locked = found
        .locked()
        .map(|(name, version)| (format!("dependency {name}"), version.to_owned()));
    Ok(own.into_iter().chain(locked).collect())
}

fn shown_file(path: &Path) -> String {
    format!("file {}", path.display())
}

fn library(path: &str, hash: &str) -> Content {
    Content {
        path: path.into(),
        hash: hash.to_owned(),
    }
}

/// In the place of a path among parameters, what lies there.
fn by_content(value: &str, files: &[PathBuf]) -> Result<Option<String>> {
    if !value.ends_with(['"', '#']) || files.is_empty() {
        return Ok(None);
    }
    let Ok(text) = from_ron::<String>(value) else {
        return Ok(None);
    };
    let path = Path::new(&text);
    let below = files
        .iter()
        .filter(|file| !text.is_empty() && file.starts_with(path));
    let each = below.map(|file| {
        let inside = file.strip_prefix(path).unwrap_or(file);
        Ok(format!("{} {}", inside.display(), content(file)?))
    });
    let each = each.collect::<Result<Vec<String>>>()?;
    Ok((!each.is_empty()).then(|| each.join("\n")))
}

fn unknown(package: &str) -> Error {
    Error::Data {
        what: "key of a stage".into(),
        expected: "a package of lab's workspace, whose sources were hashed when lab was built"
            .into(),
        got: format!("'{package}'"),
        remedy: "build lab again from its workspace; this is a mistake in lab".into(),
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl Eq for Key {}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.hash).to_hex().as_str())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.short())
    }
}
