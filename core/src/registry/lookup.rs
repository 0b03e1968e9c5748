//! References to plugins, looked up: built, or written out with every default.

use super::{Build, Capability, Kind, Plugin, registry};
use crate::config::PluginRef;
use crate::context::Context;
use crate::traits::{Aligner, Dataset, Decoder, FeatureNet, Generator, LossTerm};
use crate::{Error, Result};

/// A trait whose plugins the registry can build.
pub trait Capable: Kind {
    /// Builds a plugin of this capability from the text of its parameters.
    ///
    /// # Errors
    /// As the plugin's own `build`; places are bytes of the text.
    fn build(plugin: &Plugin, arguments: &str, ctx: &Context) -> Result<Box<Self>>;
}

macro_rules! capable {
    ($($capability:ident)*) => {$(
        impl Kind for dyn $capability {
            const CAPABILITY: Capability = Capability::$capability;
        }

        impl Capable for dyn $capability {
            fn build(plugin: &Plugin, arguments: &str, ctx: &Context) -> Result<Box<Self>> {
                match plugin.build {
                    Build::$capability(build) => build(arguments, ctx),
                    _ => Err(Error::Config {
                        at: crate::config::Location::Within { offset: 0 },
                        message: format!("'{}' is not registered for its capability", plugin.name),
                        hint: "register it again with the macro".into(),
                    }),
                }
            }
        }
    )*};
}
capable!(Dataset Aligner Generator FeatureNet LossTerm Decoder);

impl<T: ?Sized + Kind> PluginRef<T> {
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

    /// Name and parameters with every default filled in, here and in nested plugins; `smoke` shrinks what costs time.
    ///
    /// # Errors
    /// As [`PluginRef::plugin`], or if the parameters cannot be read. What is wrong with a nested plugin is said of this
    /// one's place; building it says the place itself.
    pub fn resolve(&self, smoke: bool) -> Result<String> {
        let plugin = self.plugin()?;
        let (start, arguments) = self.arguments();
        let own = (plugin.resolve)(arguments, smoke)
            .map_err(|error| error.placed(|offset| self.locate(start + offset)))?;
        let whole = own
            .filled(|capability, text| resolve(capability, text, smoke))
            .map_err(|error| error.placed(|_| self.location()))?;
        Ok(format!("{}{whole}", plugin.name))
    }

    /// The same reference with every default filled in; it still stands where it was written.
    ///
    /// # Errors
    /// As [`PluginRef::resolve`].
    pub fn resolved(&self, smoke: bool) -> Result<Self> {
        Ok(self.replaced_by(&self.resolve(smoke)?))
    }

    /// The same reference with `instead` of each dataset that its parameters name and that `is_wanted` picks; none if it
    /// picks none.
    ///
    /// # Errors
    /// As [`PluginRef::plugin`], or as `is_wanted`.
    pub fn with_datasets(
        &self,
        instead: &str,
        is_wanted: impl Fn(&PluginRef<dyn Dataset>) -> Result<bool>,
    ) -> Result<Option<Self>> {
        let plugin = self.plugin()?;
        let (start, arguments) = self.arguments();
        let own = (plugin.resolve)(arguments, false)
            .map_err(|error| error.placed(|offset| self.locate(start + offset)))?;
        let mut n_replaced = 0;
        let text = own.filled(|capability, text| {
            if capability == Capability::Dataset && is_wanted(&PluginRef::within(text, 0))? {
                n_replaced += 1;
                return Ok(instead.to_owned());
            }
            Ok(text.to_owned())
        });
        let text = text.map_err(|error| error.placed(|_| self.location()))?;
        Ok((n_replaced > 0).then(|| self.replaced_by(&format!("{}{text}", plugin.name))))
    }
}

impl<T: ?Sized + Capable> PluginRef<T> {
    /// Builds it, and everything in its parameters, at the size that the context says; touches no data.
    ///
    /// # Errors
    /// As [`PluginRef::plugin`], or the plugin's own complaint about its parameters.
    pub fn build(&self, ctx: &Context) -> Result<Box<T>> {
        let (start, arguments) = self.arguments();
        T::build(self.plugin()?, arguments, ctx)
            .map_err(|error| error.placed(|offset| self.locate(start + offset)))
    }
}

/// Resolves the reference `text` to a plugin of this capability, as [`PluginRef::resolve`].
///
/// # Errors
/// As [`PluginRef::resolve`]; places are bytes of the text.
pub fn resolve(capability: Capability, text: &str, smoke: bool) -> Result<String> {
    match capability {
        Capability::Dataset => PluginRef::<dyn Dataset>::within(text, 0).resolve(smoke),
        Capability::Aligner => PluginRef::<dyn Aligner>::within(text, 0).resolve(smoke),
        Capability::Generator => PluginRef::<dyn Generator>::within(text, 0).resolve(smoke),
        Capability::FeatureNet => PluginRef::<dyn FeatureNet>::within(text, 0).resolve(smoke),
        Capability::LossTerm => PluginRef::<dyn LossTerm>::within(text, 0).resolve(smoke),
        Capability::Decoder => PluginRef::<dyn Decoder>::within(text, 0).resolve(smoke),
    }
}
