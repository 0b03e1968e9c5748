//! Parameters of plugins: parsed, defaulted, written back.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Location, Source, Written, nearest, places, ron_options};
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

/// Reads a value from the text of `source`; `what` is its name in messages.
///
/// # Errors
/// [`Error::Config`] with the place of the mistake and, for a misspelt key, the nearest valid one.
pub fn read_source<T: DeserializeOwned>(what: &str, source: &Source) -> Result<T> {
    read_text(what, source.text()).map_err(|error| error.placed(|offset| source.locate(offset)))
}

/// Reads the parameters of `plugin`; `smoke` shrinks what costs time.
///
/// # Errors
/// As [`read_source`], but places are bytes of the text.
pub fn parse_params<P: PluginParams>(plugin: &str, text: &str, smoke: bool) -> Result<P> {
    let mut params: P = read_text(plugin, text)?;
    if smoke {
        params.smoke();
    }
    Ok(params)
}

/// ron says whether the text is right; its second reading finds out where references stand.
fn read_text<T: DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    let value = ron_options().from_str::<T>(text).map_err(|error| {
        let offset = Source::mistake(text, error.span.start);
        let at = Location::Within { offset };
        spanned_error(at, what, &error.code, text, offset)
    })?;
    // ron knows spellings that the second reading does not follow: references then stand where the text begins.
    Ok(places::read(text).map_or(value, |(placed, _)| placed))
}

/// The parameters of `plugin` with every default filled in, and the plugins named in them as they are written.
///
/// # Errors
/// As [`parse_params`].
pub fn resolve_params<P: PluginParams>(plugin: &str, text: &str, smoke: bool) -> Result<Written> {
    let params: P = parse_params(plugin, text, smoke)?;
    let text = to_ron(&params)?;
    let (_, references) = places::read::<P>(&text).map_err(|error| unwritable(&error))?;
    Ok(Written { text, references })
}

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

/// Turns ron's error at byte `offset` of `text` into ours: with the nearest key where one is misspelt, and with what stands
/// there where something else should.
fn spanned_error(at: Location, what: &str, code: &ron::Error, text: &str, offset: usize) -> Error {
    let known = |found: &str, expected: &[&'static str]| {
        let hint = nearest(found, expected.iter().copied())
            .map_or(String::new(), |name| format!("did you mean '{name}'? "));
        format!("{hint}known: {}", expected.join(", "))
    };
    let (message, hint) = match code {
        ron::Error::NoSuchStructField {
            expected, found, ..
        } => (
            format!("{what} has no parameter '{}'", shortened(found)),
            known(found, expected),
        ),
        ron::Error::NoSuchEnumVariant {
            expected, found, ..
        } => (
            format!("'{}' is no option of {what}", shortened(found)),
            known(found, expected),
        ),
        ron::Error::MissingStructField { field, .. } => (
            format!("{what} lacks '{field}', which has no default"),
            format!("write {field}: … between the brackets"),
        ),
        other => {
            let mut expected = shortened(&other.to_string());
            if let Some(first) = expected.get_mut(..1) {
                first.make_ascii_lowercase();
            }
            (
                format!(
                    "{what}: {expected}, got '{}'",
                    shortened(word_at(text, offset))
                ),
                String::new(),
            )
        }
    };
    Error::Config { at, message, hint }
}

/// The beginning of what a message quotes, as a text without an end may be quoted to its end.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 240;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The word, number or string that a byte of a text belongs to.
fn word_at(text: &str, offset: usize) -> &str {
    let ends = |c: char| c.is_whitespace() || "()[]{},:".contains(c);
    let before = text.get(..offset).unwrap_or(text);
    let start = before
        .char_indices()
        .rfind(|&(_, c)| ends(c))
        .map_or(0, |(at, c)| at + c.len_utf8());
    let rest = &text[start..];
    let first = rest.chars().next();
    let end = match (first, rest.strip_prefix('"')) {
        (None, _) => return "the end of the text",
        (_, Some(quoted)) => quoted.find('"').map_or(rest.len(), |at| at + 2),
        (Some(c), None) if ends(c) => c.len_utf8(),
        _ => rest.find(ends).unwrap_or(rest.len()),
    };
    &rest[..end]
}

#[cfg(test)]
mod tests {
    use super::word_at;

    #[test]
    fn words_are_found_from_any_of_their_bytes() {
        let text = "(a: \"ü, b\", c: -2.5, d: [é])";
        let at = |part: &str| text.find(part).unwrap();
        assert_eq!(word_at(text, at("\"ü")), "\"ü, b\"");
        for offset in at("-2.5")..at("-2.5") + 4 {
            assert_eq!(word_at(text, offset), "-2.5");
        }
        assert_eq!(word_at(text, at("é")), "é");
        assert_eq!(word_at(text, 0), "(");
        assert_eq!(word_at(text, text.len()), "the end of the text");
        // A place inside a letter, or behind the end, is no reason to stop.
        word_at(text, at("ü") + 1);
        word_at(text, text.len() + 9);
        assert_eq!(word_at("", 0), "the end of the text");
    }
}
