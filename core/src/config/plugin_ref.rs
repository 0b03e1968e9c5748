//! A plugin named in a text: `dcgan(latent: 50)`.

use std::fmt;
use std::marker::PhantomData;

use ron::value::RawValue;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::params::Arguments;
use super::{Location, Source, current};
use crate::context::Context;
use crate::registry::{Build, Capability, Plugin, registry};
use crate::traits::{Aligner, Dataset, Decoder, FeatureNet, Generator, LossTerm};
use crate::{Error, Result};

/// A trait that plugins are registered for.
pub trait Capable {
    /// The capability that stands for this trait.
    const CAPABILITY: Capability;

    /// Builds a plugin of this capability.
    ///
    /// # Errors
    /// As the plugin's own `build`.
    fn build(plugin: &Plugin, arguments: &Arguments, ctx: &Context) -> Result<Box<Self>>;

    /// The stand-in for a plugin that the loading program builds: inside a shared library, a dataset.
    fn elsewhere(text: &str) -> Option<Box<Self>>;
}

macro_rules! capable {
    ($($capability:ident: $elsewhere:expr),*) => {$(
        impl Capable for dyn $capability {
            const CAPABILITY: Capability = Capability::$capability;

            fn build(plugin: &Plugin, arguments: &Arguments, ctx: &Context) -> Result<Box<Self>> {
                match plugin.build {
                    Build::$capability(build) => build(arguments, ctx),
                    _ => Err(Error::Config {
                        at: arguments.source.locate(arguments.start),
                        message: format!("'{}' is not registered for its capability", plugin.name),
                        hint: "register it again with the macro".into(),
                    }),
                }
            }

            fn elsewhere(text: &str) -> Option<Box<Self>> {
                $elsewhere(text)
            }
        }
    )*};
}
capable!(
    Dataset: super::foreign::dataset,
    Aligner: built_here,
    Generator: built_here,
    FeatureNet: built_here,
    LossTerm: built_here,
    Decoder: built_here
);

fn built_here<T: ?Sized>(_text: &str) -> Option<Box<T>> {
    None
}

/// The name of a plugin of capability `T` and its parameters, as written, with their place.
///
/// Parameters of a plugin may hold references to other plugins; resolving and building go down into them.
pub struct PluginRef<T: ?Sized> {
    source: Source,
    start: usize,
    name_end: usize,
    end: usize,
    capability: PhantomData<fn() -> Box<T>>,
}

impl<T: ?Sized + Capable> PluginRef<T> {
    /// A reference written in the program, for defaults: `PluginRef::of("letters()")`.
    pub fn of(text: &str) -> Self {
        Self::at(Source::new("default", text), 0, text.len())
    }

    fn at(source: Source, start: usize, end: usize) -> Self {
        let text = &source.text()[start..end];
        let end = start + text.trim_end().len();
        let start = start + skip_blank(text);
        let text = &source.text()[start..end.max(start)];
        let name_len = text
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(text.len());
        Self {
            start,
            name_end: start + name_len,
            end: end.max(start),
            source,
            capability: PhantomData,
        }
    }

    /// The plugin's name, as written.
    pub fn name(&self) -> &str {
        &self.source.text()[self.start..self.name_end]
    }

    /// Name and parameters, as written.
    pub fn text(&self) -> &str {
        &self.source.text()[self.start..self.end]
    }

    /// Name and parameters on one line, for keys: the same however they were laid out.
    pub fn one_line(&self) -> String {
        super::one_line(self.text())
    }

    /// The place of the reference in its file.
    pub fn location(&self) -> Location {
        self.source.locate(self.start)
    }

    fn arguments(&self) -> Arguments {
        let blank = skip_blank(&self.source.text()[self.name_end..self.end]);
        Arguments {
            source: self.source.clone(),
            start: self.name_end + blank,
            end: self.end,
        }
    }

    /// The registered plugin.
    ///
    /// # Errors
    /// [`Error::UnknownPlugin`] with the nearest name, or [`Error::Config`] if no name stands there.
    pub fn plugin(&self) -> Result<&'static Plugin> {
        if self.name().is_empty() {
            let capability = T::CAPABILITY.name();
            return Err(Error::Config {
                at: self.location(),
                message: format!(
                    "expected the name of a {capability}, got '{}'",
                    self.text().chars().take(20).collect::<String>()
                ),
                hint: format!(
                    "write it as name(parameters); known: {}",
                    registry()?.names(T::CAPABILITY).join(", ")
                ),
            });
        }
        registry()?.get(T::CAPABILITY, self.name(), self.location())
    }

    /// Builds it, and everything in its parameters; touches no data.
    ///
    /// # Errors
    /// As [`PluginRef::plugin`], or the plugin's own complaint about its parameters.
    pub fn build(&self, ctx: &Context) -> Result<Box<T>> {
        if let Some(stand_in) = T::elsewhere(&self.one_line()) {
            return Ok(stand_in);
        }
        T::build(self.plugin()?, &self.arguments(), ctx)
    }

    /// Name and parameters with every default filled in, here and in nested plugins; `smoke` shrinks what costs time.
    ///
    /// # Errors
    /// As [`PluginRef::plugin`], or if the parameters cannot be read.
    pub fn resolve(&self, smoke: bool) -> Result<String> {
        if T::elsewhere(self.text()).is_some() {
            return Ok(self.one_line());
        }
        let plugin = self.plugin()?;
        let params = super::resolving(smoke, || (plugin.resolve)(&self.arguments(), smoke))?;
        Ok(format!("{}{params}", plugin.name))
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
            source: self.source.clone(),
            start: self.start,
            name_end: self.name_end,
            end: self.end,
            capability: PhantomData,
        }
    }
}

impl<T: ?Sized + Capable> fmt::Debug for PluginRef<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl<T: ?Sized + Capable> PartialEq for PluginRef<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl<'de, T: ?Sized + Capable> Deserialize<'de> for PluginRef<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw: &'de RawValue = Deserialize::deserialize(deserializer)?;
        let raw = raw.get_ron();
        // The slice points into the text being read, so that its address tells where it stands there.
        if let Some(source) = current() {
            let (base, at) = (source.text().as_ptr() as usize, raw.as_ptr() as usize);
            if let Some(start) = at
                .checked_sub(base)
                .filter(|start| start + raw.len() <= source.text().len())
            {
                return Ok(Self::at(source, start, start + raw.len()));
            }
        }
        Ok(Self::at(Source::new("text", raw), 0, raw.len()))
    }
}

impl<T: ?Sized + Capable> Serialize for PluginRef<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error as _;
        let text = match super::resolution() {
            Some(smoke) => self.resolve(smoke).map_err(S::Error::custom)?,
            None => self.text().to_owned(),
        };
        RawValue::from_ron(&text)
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}
