//! Datasets named in the parameters of a library's plugin.
//!
//! The library does not know them; the host does. By the spelling of experiments, `snake_case` with brackets is a plugin, so
//! every such value that has the name of a dataset is one.

use lab_core::Result;
use lab_core::config::{PluginRef, Reference, Written, groups, one_line};
use lab_core::registry::{Capability, registry};
use lab_core::traits::Dataset;

/// Parameters of a library's plugin, and the datasets named in them.
pub(super) fn written(text: String) -> Result<Written> {
    let names = registry()?.names(Capability::Dataset);
    let mut references: Vec<Reference> = Vec::new();
    for range in groups(&text) {
        let name = text[range.clone()].split('(').next().unwrap_or_default();
        let end = references.last().map_or(0, |last| last.range.end);
        // A dataset inside of another is resolved with that one.
        if range.start >= end && names.contains(&name.trim()) {
            references.push(Reference {
                capability: Capability::Dataset,
                range,
            });
        }
    }
    Ok(Written { text, references })
}

/// A dataset that a plugin named: with its place in the plugin's parameters if it is written there, else as a default.
pub(super) fn reference(parameters: &str, dataset: &str) -> PluginRef<dyn Dataset> {
    let line = one_line(dataset);
    let written = groups(parameters)
        .into_iter()
        .find(|range| one_line(&parameters[range.clone()]) == line);
    match written {
        Some(range) => PluginRef::within(&parameters[range.clone()], range.start),
        None => PluginRef::of(dataset),
    }
}
