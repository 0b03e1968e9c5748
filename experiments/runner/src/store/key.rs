//! Keys of stages: hashes over everything that their bytes depend on.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use candle_core::{DType, Tensor};
use lab_core::registry::{Origin, Plugin};
use lab_core::{Error, Result};

use super::sources;

/// BLAKE3 over everything that decides a stage's result.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// Starts with the stage's name, the seed, the machine, and the sources of the contract and of the runner.
    ///
    /// # Errors
    /// [`Error::Data`] if one of these packages has no hash, which is a mistake of the build script.
    pub(crate) fn new(stage: &str, seed: u64) -> Result<Self> {
        Self([0; 32])
            .and("stage", stage)
            .and("seed", &seed.to_string())
            .and("machine", &sources::machine())
            .sources("lab-core")?
            .own("lab-runner")
    }

    /// Adds a named text.
    #[must_use]
    pub(crate) fn and(&self, name: &str, text: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0);
        for part in [name, text] {
            hasher
                .update(&(part.len() as u64).to_le_bytes())
                .update(part.as_bytes());
        }
        Self(*hasher.finalize().as_bytes())
    }

    /// Adds the key of a stage that this one builds on.
    #[must_use]
    pub(crate) fn after(&self, other: &Self) -> Self {
        self.and("after", &other.to_string())
    }

    /// Adds the sources of a package and of all packages that its results come from.
    ///
    /// # Errors
    /// [`Error::Data`] for a package without a hash: nothing falls out of a key in silence.
    pub(crate) fn sources(&self, package: &str) -> Result<Self> {
        let hashes = sources::of(package).ok_or_else(|| unknown(package))?;
        Ok(self.and(package, &hashes))
    }

    /// Adds the sources of a package alone.
    fn own(&self, package: &str) -> Result<Self> {
        let hash = sources::own_hash(package).ok_or_else(|| unknown(package))?;
        Ok(self.and(package, hash))
    }

    /// Adds what a plugin's results depend on beside its parameters: its code, and the files that it reads.
    ///
    /// # Errors
    /// Fails if a file cannot be read, or the plugin's package has no hash.
    pub(crate) fn plugin(&self, plugin: &Plugin, files: &[PathBuf]) -> Result<Self> {
        let mut key = match plugin.origin {
            Origin::Linked => self.sources(plugin.crate_name)?,
            Origin::Library { hash, .. } => self.and("library", hash).sources("lab-library")?,
        };
        for file in files {
            // A file counts by its content; how it is read counts too.
            key = key.file(file)?.sources("lab-formats")?;
        }
        Ok(key)
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
        Ok(self.and(name, hasher.finalize().to_hex().as_str()))
    }

    /// Adds the content of a file; neither its name nor its time.
    fn file(&self, path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("reading", path))?;
        let mut hasher = blake3::Hasher::new();
        hasher
            .update_reader(file)
            .map_err(Error::io("reading", path))?;
        Ok(self.and("file", hasher.finalize().to_hex().as_str()))
    }

    /// Enough of it for a folder's name.
    pub(crate) fn short(&self) -> String {
        self.to_string()[..24].to_owned()
    }
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

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.short())
    }
}
