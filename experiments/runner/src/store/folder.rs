//! The folder of a stage, and what is written into it.

use std::fs;
use std::path::PathBuf;

use lab_core::context::Context;
use lab_core::events::Curve;
use lab_core::weights::{self, Weights};
use lab_core::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::files::write_atomically;

/// The folder of a stage, finished or in the making.
#[derive(Debug, Clone)]
pub(crate) struct Folder(pub(super) PathBuf);

impl Folder {
    /// Path of a file in the folder.
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

    /// Writes a value as JSON, whole or not at all.
    pub(crate) fn write_json<T: Serialize>(&self, name: &str, value: &T) -> Result<()> {
        let bytes =
            serde_json::to_vec_pretty(value).map_err(|source| Error::plugin("lab", source))?;
        write_atomically(&self.path(name), &bytes)
    }

    /// Reads a value from a JSON file of the stage.
    pub(crate) fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        serde_json::from_slice(&self.read(name)?).map_err(|source| self.foreign(name, &source))
    }

    /// The error of a file that does not hold what was written there, such as one that was cut short.
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
