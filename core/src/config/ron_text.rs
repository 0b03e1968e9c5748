//! Values as RON text, and back.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Location, ron_options};
use crate::{Error, Result};

/// A value as RON text on one line.
///
/// # Errors
/// [`Error::Config`] if the value holds something that RON cannot write.
pub fn to_ron<T: Serialize>(value: &T) -> Result<String> {
    ron_options()
        .to_string(value)
        .map_err(|error| unwritable(&error))
}

/// A value that RON cannot write.
pub(super) fn unwritable(error: &ron::Error) -> Error {
    Error::Config {
        at: Location::BuiltIn {
            what: "resolved experiment".into(),
        },
        message: error.to_string(),
        hint: String::new(),
    }
}

/// Reads a value from RON text.
///
/// # Errors
/// ron's own sentence if the text does not hold such a value.
pub fn from_ron<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    ron_options()
        .from_str(text)
        .map_err(|error| error.to_string())
}
