//! Keys of stages: hashes over everything that their bytes depend on.

use std::fmt;
use std::fs::File;
use std::path::Path;

use candle_core::{DType, Tensor};
use lab_core::registry::Plugin;
use lab_core::{Error, Result};

/// Hash of each crate's sources, taken when the program was built: (crate, hexadecimal hash).
pub(crate) fn sources() -> &'static [(&'static str, &'static str)] {
    include!(concat!(env!("OUT_DIR"), "/sources.rs"))
}

/// BLAKE3 over everything that decides a stage's result.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// Starts with the stage's name, the seed and the sources of the contract.
    pub(crate) fn new(stage: &str, seed: u64) -> Self {
        Self([0; 32])
            .and("stage", stage)
            .and("seed", &seed.to_string())
            .sources("lab-core")
            .sources("lab")
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

    /// Adds the sources of a crate.
    #[must_use]
    pub(crate) fn sources(&self, crate_name: &str) -> Self {
        let hash = sources()
            .iter()
            .find(|(name, _)| *name == crate_name)
            .map_or("", |(_, hash)| hash);
        self.and(crate_name, hash)
    }

    /// Adds what a plugin's results depend on beside its parameters: the sources of its crate, or the library it came from.
    #[must_use]
    pub(crate) fn plugin(&self, plugin: &Plugin) -> Self {
        match plugin.library {
            None => self.sources(plugin.crate_name),
            Some(library) => self.and("library", library.hash()),
        }
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
    pub(crate) fn file(&self, path: &Path) -> Result<Self> {
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
