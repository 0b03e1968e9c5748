//! Datasets named in the parameters of a library's plugin.
//!
//! The library does not know them; the host does. By the spelling of experiments, `snake_case` with brackets is a plugin, so
//! every such value that is the name of a dataset is resolved where it stands.

use lab_core::Result;
use lab_core::config::{PluginRef, groups};
use lab_core::registry::{Capability, registry};
use lab_core::traits::Dataset;

/// The same text, in which every dataset has its defaults filled in.
pub(super) fn resolve(text: &str, smoke: bool) -> Result<String> {
    let names = registry()?.names(Capability::Dataset);
    let mut resolved = String::new();
    let mut end = 0;
    for group in groups(text) {
        let name = text[group.clone()].split('(').next().unwrap_or_default();
        // A dataset inside of one that was resolved is resolved already.
        if group.start >= end && names.contains(&name.trim()) {
            resolved += &text[end..group.start];
            resolved += &PluginRef::<dyn Dataset>::of(&text[group.clone()]).resolve(smoke)?;
            end = group.end;
        }
    }
    Ok(resolved + &text[end..])
}
