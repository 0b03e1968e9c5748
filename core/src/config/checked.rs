//! Ranges of numbers, checked in one place.
//!
//! A range is checked where the text is read, so that a message names the file, line and column of the number, and once
//! more over the whole value, so that a default or a smoke run's size cannot be outside of it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::declared::Declared;
use super::plugin_params::PluginParams;
use super::ranges::Outside;
use super::ron_text::{from_ron, to_ron};
use super::{Location, places};
use crate::{Error, Result};

/// A number outside its range.
struct Refused {
    /// Its path.
    path: String,
    /// The key of its range.
    key: &'static str,
    expected: &'static str,
    /// The number, as written.
    got: String,
    /// Its first byte.
    at: usize,
}

/// The first number of a text that is outside its range. A text that the second reading cannot follow has none.
fn refused<T: DeserializeOwned>(text: &str, declared: &Declared) -> Option<Refused> {
    let (_, found) = places::read::<T>(text).ok()?;
    found.numbers.into_iter().find_map(|number| {
        let got = &text[number.span.clone()];
        let value = value(got)?;
        let (key, range) = declared.range(&number.name)?;
        (!range.holds(value)).then(|| Refused {
            path: number.name.path,
            key,
            expected: range.expected(value),
            got: got.to_owned(),
            at: number.span.start,
        })
    })
}

/// Refuses the first number of the text that is outside its range; `what` is whose parameters they are.
///
/// # Errors
/// [`Error::Config`] at the number's place within the text.
pub(super) fn check_text<T: DeserializeOwned>(
    what: &str,
    text: &str,
    declared: &Declared,
) -> Result<()> {
    refused::<T>(text, declared).map_or(Ok(()), |found| {
        Err(outside(
            found.at,
            what,
            &found.path,
            found.expected,
            &found.got,
        ))
    })
}

/// Refuses the first number of a value that is outside its range, as one made by a program or by a default may be.
///
/// # Errors
/// [`Outside`], which names the parameter, its range and its value.
pub fn check_params<P: PluginParams>(plugin: &'static str, params: &P) -> Result<(), Outside> {
    let text = to_ron(params).unwrap_or_default();
    refused::<P>(&text, &P::DECLARED).map_or(Ok(()), |found| {
        Err(Outside {
            plugin,
            name: found.key,
            expected: found.expected,
            got: found.got,
        })
    })
}

/// The same of a value that stands where its text begins.
pub(super) fn check_value<T: Serialize + DeserializeOwned>(
    what: &str,
    value: &T,
    declared: &Declared,
) -> Result<()> {
    let text = to_ron(value)?;
    refused::<T>(&text, declared).map_or(Ok(()), |found| {
        Err(outside(0, what, &found.path, found.expected, &found.got))
    })
}

/// The message of a number that is outside its range, or of another kind.
pub(super) fn outside(at: usize, what: &str, path: &str, expected: &str, got: &str) -> Error {
    Error::Config {
        at: Location::Within { offset: at },
        message: format!("parameter '{path}' of {what}: expected {expected}, got {got}"),
        hint: String::new(),
    }
}

/// A number as RON writes it.
fn value(text: &str) -> Option<f64> {
    let plain = text.replace('_', "");
    plain.parse().ok().or_else(|| {
        let whole: Option<u64> = from_ron(text).ok();
        whole.map(|whole| whole as f64)
    })
}
