//! Texts and values as files that appear whole.

use std::fs;
use std::path::Path;

use lab_core::Error as CoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::write_atomically;
use crate::{Error, Result};

/// Writes a text to a file, unless the file holds it already; its time stays as it was then.
pub(crate) fn write_text(path: &Path, text: &str) -> Result<()> {
    if fs::read(path).is_ok_and(|found| found == text.as_bytes()) {
        return Ok(());
    }
    Ok(write_atomically(path, text.as_bytes())?)
}

/// Writes a value as JSON to a file, unless the file holds it already.
pub(crate) fn write<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    write_text(path, &json(value)?)
}

/// Writes a value as JSON to a file, whatever the file holds; its time is now.
pub(crate) fn write_anew<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    Ok(write_atomically(path, json(value)?.as_bytes())?)
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    let text = serde_json::to_string_pretty(value).map_err(Error::Json)?;
    Ok(text + "\n")
}

/// Reads a value from a JSON file that a sweep wrote.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read(path).map_err(CoreError::io("reading", path))?;
    serde_json::from_slice(&text).map_err(|source| Error::Foreign {
        path: path.to_owned(),
        expected: "what lab sweep wrote",
        got: source.to_string(),
    })
}
