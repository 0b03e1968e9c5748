//! The store of finished stages: `runs/.stages/<stage>/<key>/`.
//!
//! A stage's key is a hash over its resolved parameters, its inputs and the sources of the crates behind it, so that a
//! stage that would give the same bytes is reused, by whatever experiment.
//! A stage is made in a folder `<key>.partial`, which also holds its checkpoints, and renamed when it is whole.

mod contents;
mod differences;
mod files;
mod key;
mod part;
mod recorded;
mod settings;
pub(crate) mod sheet;
pub(crate) mod shelf;
mod sources;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_core::context::{Checkpoints, Context};
use lab_core::events::Curve;
use lab_core::weights::{self, Weights};
use lab_core::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use contents::{Content, contents};
pub(crate) use differences::{Difference, differences, own_differences};
pub(crate) use files::write_atomically;
pub(crate) use key::Key;
pub(crate) use part::{Ancestry, Parts};
pub(crate) use recorded::Measured;
pub(crate) use sources::{of as sources_of, own_hash};

use crate::journal::{Journal, seconds};

/// Where stages are kept.
pub(crate) struct Store {
    root: PathBuf,
    /// Name of the device, which decides the last digits.
    device: &'static str,
    events: Arc<Journal>,
}

/// One stage, finished.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    folder: PathBuf,
    /// Key of the stage.
    pub(crate) key: Key,
    /// What it warned of.
    pub(crate) warnings: Vec<(String, String)>,
}

impl Store {
    /// Opens a store, making its folder.
    pub(crate) fn open(runs: &Path, device: &'static str, events: Arc<Journal>) -> Result<Self> {
        let root = runs.join(".stages");
        fs::create_dir_all(&root).map_err(Error::io("creating", &root))?;
        Ok(Self {
            root,
            device,
            events,
        })
    }

    /// The warnings told outside of any stage since the last call.
    pub(crate) fn warnings(&self) -> Vec<(String, String)> {
        self.events.take_warnings()
    }

    /// The finished stage `name` of this key; `make` fills the folder if there is none.
    pub(crate) fn stage(
        &self,
        ctx: &Context,
        name: &str,
        key: &Key,
        make: impl FnOnce(&Context, &Folder) -> Result<()>,
    ) -> Result<Stage> {
        let key = key.on(self.device);
        let make = |ctx: &Context, folder: &Folder| {
            recorded::recorded(&key, ctx, self.events.clone(), folder, make)
        };
        let folder = self.root.join(name.replace('/', "-")).join(key.short());
        let reused = folder.is_dir();
        if !reused {
            self.make(ctx, name, &folder, make)?;
        }
        let warnings: Vec<_> = Folder(folder.clone()).read_json("warnings.json")?;
        if reused {
            self.events.finished(ctx.path(), "reused");
            self.events.repeat(&warnings);
        }
        Ok(Stage {
            folder,
            key,
            warnings,
        })
    }

    fn make(
        &self,
        ctx: &Context,
        name: &str,
        folder: &Path,
        make: impl FnOnce(&Context, &Folder) -> Result<()>,
    ) -> Result<()> {
        let started = std::time::Instant::now();
        let partial = folder.with_extension("partial");
        fs::create_dir_all(&partial).map_err(Error::io("creating", &partial))?;
        self.events.take_warnings();
        self.events.started(ctx.path());
        self.events.keep_sheets_in(Some(&partial));
        let ctx = ctx
            .clone()
            .with_checkpoints(Arc::new(FileCheckpoints(partial.clone())));
        let unfinished = Folder(partial.clone());
        let made = make(&ctx, &unfinished);
        self.events.keep_sheets_in(None);
        made?;
        unfinished.write_json("warnings.json", &self.events.take_warnings())?;
        FileCheckpoints(partial.clone()).clear()?;
        fs::rename(&partial, folder).map_err(Error::io("creating", folder))?;
        self.events.finished(ctx.path(), &seconds(started));
        tracing::debug!(stage = name, "finished");
        Ok(())
    }
}

impl Stage {
    /// Folder of the stage.
    pub(crate) fn folder(&self) -> Folder {
        Folder(self.folder.clone())
    }
}

/// The folder of a stage.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Path of a file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes weights as safetensors. This is the one way of an array into a stage, whoever made it: none is stored with
    /// numbers that are NaN or infinite, and a stage that would hold such an array is never finished.
    pub(crate) fn write_weights(&self, name: &str, tensors: &Weights) -> Result<()> {
        let remedy = "lower a learning rate or a weight of losses; nothing of this stage was kept";
        weights::check_finite(tensors, remedy)
            .map_err(|error| Error::from(error).not_finite_of(&format!("'{name}'"), remedy))?;
        write_atomically(&self.path(name), &weights::to_bytes(tensors)?)
    }

    /// Reads the weights that were written under a name.
    pub(crate) fn read_weights(&self, ctx: &Context, name: &str) -> Result<Weights> {
        weights::from_bytes(&self.read(name)?, ctx.device())
            .map_err(|source| self.foreign(name, &source))
    }

    /// Writes learning curves under a name: finite ones, as JSON has no others.
    pub(crate) fn write_curves(&self, name: &str, curves: &[Curve]) -> Result<()> {
        let finite = |&(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
        if let Some(curve) = curves.iter().find(|curve| !curve.points.iter().all(finite)) {
            return Err(Error::Data {
                what: format!("curve '{}' of '{name}'", curve.name),
                expected: weights::FINITE.into(),
                got: "NaN or infinity".into(),
                remedy:
                    "lower a learning rate or a weight of losses; nothing of this stage was kept"
                        .into(),
            });
        }
        self.write_json(name, &curves)
    }

    /// Writes a value as JSON.
    pub(crate) fn write_json<T: Serialize>(&self, name: &str, value: &T) -> Result<()> {
        let bytes =
            serde_json::to_vec_pretty(value).map_err(|source| Error::plugin("lab", source))?;
        write_atomically(&self.path(name), &bytes)
    }

    /// Reads a value from JSON.
    pub(crate) fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        serde_json::from_slice(&self.read(name)?).map_err(|source| self.foreign(name, &source))
    }

    /// A file of the stage is not what was written there, such as one that was cut short.
    fn foreign(&self, name: &str, source: &dyn std::fmt::Display) -> Error {
        Error::File {
            path: self.path(name),
            variable: String::new(),
            expected: "what this version of lab wrote".into(),
            got: source.to_string(),
            remedy: format!(
                "delete the stage's folder '{}'; it will be made again",
                self.0.display()
            ),
        }
    }

    fn read(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.path(name);
        fs::read(&path).map_err(Error::io("reading", path))
    }
}

/// Checkpoints as files in a stage's unfinished folder.
struct FileCheckpoints(PathBuf);

impl FileCheckpoints {
    fn file(&self, name: &str) -> PathBuf {
        self.0
            .join(format!("{}.checkpoint", name.replace('/', "-")))
    }

    fn clear(&self) -> Result<()> {
        for entry in fs::read_dir(&self.0).map_err(Error::io("reading", &self.0))? {
            let path = entry.map_err(Error::io("reading", &self.0))?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "checkpoint")
            {
                fs::remove_file(&path).map_err(Error::io("removing", path))?;
            }
        }
        Ok(())
    }
}

impl Checkpoints for FileCheckpoints {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.file(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("reading", path)(error)),
        }
    }

    fn save(&self, name: &str, bytes: &[u8]) -> Result<()> {
        write_atomically(&self.file(name), bytes)
    }
}
