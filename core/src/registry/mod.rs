//! The registry: every plugin that was linked in or loaded from a shared library, by capability and name.

mod capability;
mod lookup;
mod macros;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use crate::config::{Location, Written, nearest};
use crate::context::Context;
use crate::traits::{Aligner, Dataset, Decoder, FeatureNet, Generator, LossTerm};
use crate::{Error, Result};

pub use capability::{Capability, Kind};
pub use lookup::{Capable, resolve};

/// A function that builds a plugin from the text of its parameters, at the size that the context says. Places in its
/// errors are bytes of that text.
pub type BuildFn<T> = &'static (dyn Fn(&str, &Context) -> Result<Box<T>> + Send + Sync + 'static);

/// The build function, by capability.
#[derive(Clone, Copy)]
pub enum Build {
    /// Builds a [`Dataset`].
    Dataset(BuildFn<dyn Dataset>),
    /// Builds an [`Aligner`].
    Aligner(BuildFn<dyn Aligner>),
    /// Builds a [`Generator`].
    Generator(BuildFn<dyn Generator>),
    /// Builds a [`FeatureNet`].
    FeatureNet(BuildFn<dyn FeatureNet>),
    /// Builds a [`LossTerm`].
    LossTerm(BuildFn<dyn LossTerm>),
    /// Builds a [`Decoder`].
    Decoder(BuildFn<dyn Decoder>),
}

/// Where a plugin's code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Linked into the program.
    Linked,
    /// In a shared library.
    Library {
        /// Its path, as it was first asked for.
        path: &'static str,
        /// BLAKE3 of the file, hexadecimal.
        hash: &'static str,
        /// What built it, in its own words.
        built_by: &'static str,
    },
}

/// One registered plugin; written by [`register!`](crate::register), or read from a library.
#[derive(Clone, Copy)]
pub struct Plugin {
    /// The trait that it implements.
    pub capability: Capability,
    /// Its name in experiments.
    pub name: &'static str,
    /// The crate it comes from; of a loaded plugin, the library's path.
    pub crate_name: &'static str,
    /// That crate's version.
    pub version: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Its equation, as text.
    pub equation: &'static str,
    /// Where the method comes from.
    pub source: &'static str,
    /// What its results were compared with in tests; empty if with nothing but itself.
    pub parity: &'static str,
    /// The file that registers it, or the library.
    pub file: &'static str,
    /// The line there; 0 in a library.
    pub line: u32,
    /// Where its code is.
    pub origin: Origin,
    /// Its parameters and their defaults, as RON.
    pub defaults: &'static (dyn Fn() -> Result<String> + Send + Sync),
    /// Its parameters as written, with defaults filled in, and the plugins that they name; the flag asks for a smoke run's
    /// size. Places in its errors are bytes of the text.
    pub resolve: &'static (dyn Fn(&str, bool) -> Result<Written> + Send + Sync),
    /// Builds the plugin from the text of its parameters.
    pub build: Build,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin")
            .field("capability", &self.capability)
            .field("name", &self.name)
            .field("crate_name", &self.crate_name)
            .finish_non_exhaustive()
    }
}

inventory::collect!(Plugin);

/// All plugins, sorted by capability and name.
#[derive(Debug)]
pub struct Registry {
    plugins: BTreeMap<(Capability, &'static str), &'static Plugin>,
}

/// The registry of this program as it is now. A snapshot is never freed: there is one more for each library loaded.
static CURRENT: RwLock<Option<&'static Registry>> = RwLock::new(None);

/// The registry of this program.
///
/// # Errors
/// [`Error::DuplicatePlugin`] if two linked plugins share capability and name.
pub fn registry() -> Result<&'static Registry> {
    if let Some(registry) = *CURRENT.read().unwrap_or_else(PoisonError::into_inner) {
        return Ok(registry);
    }
    let mut current = CURRENT.write().unwrap_or_else(PoisonError::into_inner);
    linked(&mut current)
}

/// Adds plugins that were loaded while the program runs; all or none.
///
/// # Errors
/// [`Error::DuplicatePlugin`] if one of them has the name of another.
pub fn add(plugins: impl IntoIterator<Item = &'static Plugin>) -> Result<()> {
    let mut current = CURRENT.write().unwrap_or_else(PoisonError::into_inner);
    let all = Registry::collect(linked(&mut current)?.iter().chain(plugins))?;
    *current = Some(Box::leak(Box::new(all)));
    Ok(())
}

fn linked(current: &mut Option<&'static Registry>) -> Result<&'static Registry> {
    if let Some(registry) = *current {
        return Ok(registry);
    }
    let registry: &'static Registry =
        Box::leak(Box::new(Registry::collect(inventory::iter::<Plugin>())?));
    *current = Some(registry);
    Ok(registry)
}

/// Letters of an unknown name that a message shows.
const LONGEST_SHOWN: usize = 100;

impl Registry {
    /// Sorts plugins by capability and name.
    ///
    /// # Errors
    /// [`Error::DuplicatePlugin`] naming both crates, or the library.
    pub fn collect(plugins: impl IntoIterator<Item = &'static Plugin>) -> Result<Self> {
        let mut sorted: BTreeMap<(Capability, &'static str), &'static Plugin> = BTreeMap::new();
        for plugin in plugins {
            if let Some(other) = sorted.insert((plugin.capability, plugin.name), plugin) {
                let mut crates = [other.crate_name, plugin.crate_name];
                crates.sort_unstable();
                return Err(Error::DuplicatePlugin {
                    capability: plugin.capability.name(),
                    name: plugin.name.into(),
                    first: crates[0].into(),
                    second: crates[1].into(),
                });
            }
        }
        Ok(Self { plugins: sorted })
    }

    /// Every plugin, sorted by capability and name.
    pub fn iter(&self) -> impl Iterator<Item = &'static Plugin> {
        self.plugins.values().copied()
    }

    /// Names of one capability, sorted.
    pub fn names(&self, capability: Capability) -> Vec<&'static str> {
        self.iter()
            .filter(|plugin| plugin.capability == capability)
            .map(|plugin| plugin.name)
            .collect()
    }

    /// The plugin of this capability and name.
    ///
    /// # Errors
    /// [`Error::UnknownPlugin`] with the nearest name and the list.
    pub fn get(&self, capability: Capability, name: &str, at: Location) -> Result<&'static Plugin> {
        if let Some(plugin) = self
            .iter()
            .find(|plugin| plugin.capability == capability && plugin.name == name)
        {
            return Ok(plugin);
        }
        let names = self.names(capability);
        Err(Error::UnknownPlugin {
            at,
            capability: capability.name(),
            name: name.chars().take(LONGEST_SHOWN).collect(),
            nearest: nearest(name, names.iter().copied()),
            known: names.join(", "),
        })
    }
}
