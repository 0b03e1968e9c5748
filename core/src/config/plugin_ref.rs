//! A plugin named in a text: `dcgan(latent: 50)`. Plain data; the registry looks it up, builds it and resolves it.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use ron::value::RawValue;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::places::token;
use super::{Location, Source};
use crate::registry::Kind;

/// The name of a plugin of kind `T` and its parameters, as written, and where that stands.
///
/// Parameters of a plugin may hold references to other plugins. Such a reference knows its place within the text of the
/// parameters alone, and so do the errors about it; each reference around it moves them to its own place, up to the
/// outermost one, which stands in a file.
pub struct PluginRef<T: ?Sized> {
    text: Arc<str>,
    place: Place,
    kind: PhantomData<fn() -> Box<T>>,
}

/// Where the text of a reference stands.
#[derive(Debug, Clone)]
enum Place {
    /// From this byte on in the text that it was read from.
    Within(usize),
    /// From this byte on in a source.
    In(Source, usize),
    /// In a default: nobody wrote it, so that it stands where the parameters begin that it is a default of.
    Default,
    /// The text was made from one that stands there, so that no byte of it has a place of its own.
    MadeFrom(Location),
}

impl<T: ?Sized> PluginRef<T> {
    /// A reference written in the program, for defaults: `PluginRef::of("letters()")`.
    pub fn of(text: &str) -> Self {
        Self::new(text, Place::Default)
    }

    /// A reference from byte `start` on of the text that it was read from.
    pub fn within(text: &str, start: usize) -> Self {
        let blank = skip_blank(text);
        Self::new(text, Place::Within(start + blank))
    }

    fn new(text: &str, place: Place) -> Self {
        Self {
            text: text[skip_blank(text)..].trim_end().into(),
            place,
            kind: PhantomData,
        }
    }

    /// The plugin's name, as written.
    pub fn name(&self) -> &str {
        let end = self
            .text
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        &self.text[..end.unwrap_or(self.text.len())]
    }

    /// Name and parameters, as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Name and parameters on one line, for keys: the same however they were laid out.
    pub fn one_line(&self) -> String {
        super::one_line(self.text())
    }

    /// The text of the parameters, `()` if there is none, and the byte of the reference's text at which it begins.
    pub(crate) fn arguments(&self) -> (usize, &str) {
        let after_name = self.name().len();
        let start = after_name + skip_blank(&self.text[after_name..]);
        match &self.text[start..] {
            "" => (start, "()"),
            text => (start, text),
        }
    }

    /// The place of the reference in its file.
    pub fn location(&self) -> Location {
        self.locate(0)
    }

    /// Where a byte of its text stands.
    pub(crate) fn locate(&self, offset: usize) -> Location {
        match &self.place {
            Place::Within(start) => Location::Within {
                offset: start + offset,
            },
            Place::In(source, start) => source.locate(start + offset),
            Place::Default => Location::Within { offset: 0 },
            Place::MadeFrom(location) => location.clone(),
        }
    }

    /// The same reference, read from the text of `source`.
    #[must_use]
    pub(crate) fn placed_in(&self, source: &Source) -> Self {
        let place = match &self.place {
            Place::Within(start) => Place::In(source.clone(), *start),
            known => known.clone(),
        };
        Self {
            place,
            ..self.clone()
        }
    }

    /// A reference that was read from this one's parameters, with its place outside of them.
    #[must_use]
    pub fn nested<U: ?Sized>(&self, inner: &PluginRef<U>) -> PluginRef<U> {
        let place = match (&inner.place, &self.place) {
            (Place::Within(at), Place::Within(start)) => {
                Place::Within(start + self.arguments().0 + at)
            }
            (Place::Within(at), Place::In(source, start)) => {
                Place::In(source.clone(), start + self.arguments().0 + at)
            }
            (Place::Default, _) => Place::MadeFrom(self.location()),
            (Place::Within(_), made) => made.clone(),
            (known, _) => known.clone(),
        };
        PluginRef {
            place,
            ..inner.clone()
        }
    }

    /// Another text in place of this one's, such as the same with its defaults filled in.
    #[must_use]
    pub fn replaced_by(&self, text: &str) -> Self {
        Self::new(text, Place::MadeFrom(self.location()))
    }
}

/// Bytes of white space and comments at the start of `text`.
fn skip_blank(text: &str) -> usize {
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.find('\n').map_or("", |end| &comment[end..]);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.find("*/").map_or("", |end| &comment[end + 2..]);
        } else {
            return text.len() - rest.len();
        }
    }
}

impl<T: ?Sized> Clone for PluginRef<T> {
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
            place: self.place.clone(),
            kind: PhantomData,
        }
    }
}

impl<T: ?Sized> fmt::Debug for PluginRef<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl<T: ?Sized> PartialEq for PluginRef<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl<'de, T: ?Sized + Kind> Deserialize<'de> for PluginRef<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(token(T::CAPABILITY), RefVisitor(PhantomData))
    }
}

struct RefVisitor<T: ?Sized>(PhantomData<fn() -> Box<T>>);

impl<'de, T: ?Sized> Visitor<'de> for RefVisitor<T> {
    type Value = PluginRef<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a plugin and its parameters")
    }

    /// ron knows the text but not where it stands.
    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        let raw: &'de RawValue = Deserialize::deserialize(deserializer)?;
        Ok(PluginRef::within(raw.get_ron(), 0))
    }

    /// Place and text, as [`token`] says.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let placed: Option<(usize, String)> = map.next_entry()?;
        let (start, text) = placed.ok_or_else(|| A::Error::custom("expected a reference"))?;
        Ok(PluginRef::within(&text, start))
    }
}

impl<T: ?Sized> Serialize for PluginRef<T> {
    /// As written; the registry resolves it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error as _;
        RawValue::from_ron(&self.text)
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}
