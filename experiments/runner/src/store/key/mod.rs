//! Keys of stages: hashes over everything that their bytes depend on, and the list of it.
//!
//! A part has a name and a value that people read, and what enters the hash. These differ where a name says nothing about
//! the bytes: a file counts by its content wherever it lies, a network's corpus by its images however they came to be.

mod plugins;

use std::fmt;
use std::sync::Arc;

use candle_core::{DType, Tensor};
use lab_core::Result;

use super::contents::Content;
use super::part::{Ancestry, Part, Parts, Says};
use super::sources;
use crate::settings::{joined, settings};

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

    /// Adds a text that decides the key, under its name.
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

    /// Name of the stage that the key is for.
    pub(crate) fn stage(&self) -> &str {
        &self.stage
    }

    /// The first 24 hexadecimal digits of the key: the name of the stage's folder.
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
