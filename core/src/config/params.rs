//! Parameters of plugins: parsed, defaulted, written back.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Location, Source, nearest, ron_options, with_source};
use crate::{Error, Result};

/// Parameters of one plugin: a plain struct with `#[serde(deny_unknown_fields, default)]`.
pub trait PluginParams: Serialize + DeserializeOwned + Default {
    /// Shrinks what costs time, for a smoke run that takes seconds.
    fn smoke(&mut self) {}
}

/// Parameters of a plugin that has none.
#[derive(Debug, Clone, Copy, Default, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoParams {}

impl PluginParams for NoParams {}

/// Where the text of a plugin's parameters stands: `source.text()[start..end]` is `(…)`, or empty.
#[derive(Debug, Clone)]
pub struct Arguments {
    /// The text it is part of.
    pub source: Source,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Arguments {
    fn text(&self) -> &str {
        let text = &self.source.text()[self.start..self.end];
        if text.trim().is_empty() { "()" } else { text }
    }
}

/// Reads the parameters of `plugin`.
///
/// # Errors
/// [`Error::Config`] with the place of the mistake and, for a misspelt key, the nearest valid one.
pub fn parse_params<P: PluginParams>(plugin: &str, arguments: &Arguments) -> Result<P> {
    let text = arguments.text();
    with_source(&arguments.source, || ron_options().from_str::<P>(text)).map_err(|error| {
        let inside = Source::mistake(text, error.span.start);
        let at = arguments.source.locate(arguments.start + inside);
        spanned_error(at, plugin, &error.code)
    })
}

/// The parameters of `plugin` with every default filled in, as RON.
///
/// # Errors
/// As [`parse_params`].
pub fn resolve_params<P: PluginParams>(
    plugin: &str,
    arguments: &Arguments,
    smoke: bool,
) -> Result<String> {
    let mut params: P = parse_params(plugin, arguments)?;
    if smoke {
        params.smoke();
    }
    to_ron(&params)
}

/// A value as RON text on one line.
///
/// # Errors
/// [`Error::Config`] if the value holds something that RON cannot write.
pub fn to_ron<T: Serialize>(value: &T) -> Result<String> {
    ron_options()
        .to_string(value)
        .map_err(|error| Error::Config {
            at: Location::BuiltIn {
                what: "resolved experiment".into(),
            },
            message: error.to_string(),
            hint: String::new(),
        })
}

/// Turns ron's error into ours, with the nearest key where one is misspelt.
pub(crate) fn spanned_error(at: Location, what: &str, code: &ron::Error) -> Error {
    let (message, hint) = match code {
        ron::Error::NoSuchStructField {
            expected, found, ..
        } => {
            let hint = nearest(found, expected.iter().copied())
                .map_or(String::new(), |name| format!("did you mean '{name}'? "));
            (
                format!("{what} has no parameter '{found}'"),
                format!("{hint}known: {}", expected.join(", ")),
            )
        }
        ron::Error::NoSuchEnumVariant {
            expected, found, ..
        } => {
            let hint = nearest(found, expected.iter().copied())
                .map_or(String::new(), |name| format!("did you mean '{name}'? "));
            (
                format!("'{found}' is no option of {what}"),
                format!("{hint}known: {}", expected.join(", ")),
            )
        }
        other => (format!("{what}: {other}"), String::new()),
    };
    Error::Config { at, message, hint }
}
