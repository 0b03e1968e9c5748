//! What the parameters of a plugin are.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::declared::Declared;

/// Parameters of one plugin: a plain struct with `#[serde(deny_unknown_fields, default)]`.
pub trait PluginParams: Serialize + DeserializeOwned + Default {
    /// The range of every number, and the source files whose doc comments say what parameters mean.
    const DECLARED: Declared = Declared::NOTHING;

    /// Shrinks what costs time, for a smoke run that takes seconds.
    fn smoke(&mut self) {}
}

/// Parameters of a plugin that has none.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoParams {}

impl PluginParams for NoParams {}
