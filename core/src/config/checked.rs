//! Ranges of numbers, checked in one place.
//!
//! A range is checked where the text is read, so that a message names the file, line and column of the number, and once
//! more over the whole value, so that a default or a smoke run's size cannot be outside of it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::declared::Declared;
use super::found::Found;
use super::plugin_params::PluginParams;
use super::ranges::Outside;
use super::ron_text::{from_ron, to_ron};
use super::{Location, places};
use crate::{Error, Result};

/// A number outside its range.
struct Refused {
    /// The path of the number among the parameters, such as `train.batch`.
    path: String,
    /// The key of its range.
    key: &'static str,
    expected: &'static str,
    /// The number, as written.
    got: String,
    /// Its first byte.
    at: usize,
}

/// The first number of a text that is outside its range.
fn refused(text: &str, found: Found, declared: &Declared) -> Option<Refused> {
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

/// The same of a value, by the text that it is written as.
fn refused_in<T: Serialize + DeserializeOwned>(
    value: &T,
    declared: &Declared,
) -> Result<Option<Refused>> {
    let text = to_ron(value)?;
    let read = places::read::<T>(&text).ok();
    Ok(read.and_then(|(_, found)| refused(&text, found, declared)))
}

/// Refuses the first number that was found in the text and is outside its range; `what` is whose parameters they are.
///
/// # Errors
/// [`Error::Config`] at the number's place within the text.
pub(super) fn check_text(what: &str, text: &str, found: Found, declared: &Declared) -> Result<()> {
    refused(text, found, declared).map_or(Ok(()), |found| {
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
    // What cannot be written is no number.
    let found = refused_in(params, &P::DECLARED).ok().flatten();
    found.map_or(Ok(()), |found| {
        Err(Outside {
            plugin,
            name: found.key,
            expected: found.expected,
            got: found.got.trim_end_matches(".0").to_owned(),
        })
    })
}

/// The same of a value that stands where its text begins.
pub(super) fn check_value<T: Serialize + DeserializeOwned>(
    what: &str,
    value: &T,
    declared: &Declared,
) -> Result<()> {
    refused_in(value, declared)?.map_or(Ok(()), |found| {
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
