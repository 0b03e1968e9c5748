//! `lab plugins list`.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use lab_core::registry::{Origin, Plugin, registry};
use serde_json::{Value, json};

use crate::cli::Format;

pub(super) fn list(pattern: &str, format: Format) -> Result<String> {
    let plugins: Vec<&Plugin> = registry()?
        .iter()
        .filter(|plugin| matches(pattern, plugin.name))
        .collect();
    if plugins.is_empty() {
        bail!("no plugin matches '{pattern}'\n  hint: lab plugins list shows all of them");
    }
    if format == Format::Json {
        let rows = plugins
            .iter()
            .map(|plugin| facts(plugin))
            .collect::<Result<Vec<Value>>>()?;
        return Ok(format!("{:#}\n", Value::Array(rows)));
    }
    let capability_width = plugins
        .iter()
        .map(|plugin| plugin.capability.name().len())
        .max()
        .unwrap_or(0);
    let name_width = plugins
        .iter()
        .map(|plugin| plugin.name.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for plugin in plugins {
        let (capability, name) = (plugin.capability.name(), plugin.name);
        let from = match plugin.origin {
            Origin::Linked => String::new(),
            Origin::Library { path, .. } => format!("  [{path}]"),
        };
        let summary = plugin.summary;
        let line = format!("{capability:capability_width$}  {name:name_width$}  {summary}{from}");
        writeln!(text, "{}", line.trim_end())?;
    }
    Ok(text)
}

/// What programs are told of a plugin.
pub(super) fn facts(plugin: &Plugin) -> Result<Value> {
    Ok(json!({
        "capability": plugin.capability.name(),
        "name": plugin.name,
        "crate": plugin.crate_name,
        "version": plugin.version,
        "summary": plugin.summary,
        "equation": plugin.equation,
        "source": plugin.source,
        "parity": plugin.parity,
        "defaults": (plugin.defaults)()?,
        "file": plugin.file,
        "line": plugin.line,
        "library": match plugin.origin {
            Origin::Linked => Value::Null,
            Origin::Library { path, hash, built_by } => json!({
                "path": path,
                "hash": hash,
                "built_by": built_by,
            }),
        },
    }))
}

/// Whether `name` matches a pattern in which `*` stands for any letters.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|tail| {
            (0..=tail.len())
                .filter(|&at| tail.is_char_boundary(at))
                .any(|at| matches(rest, &tail[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn star_stands_for_any_letters() {
        assert!(
            matches("*", "pca")
                && matches("feature_*", "feature_presence")
                && matches("*pix*", "ridge_to_pixels")
        );
        assert!(!matches("feature_*", "pixel") && !matches("pc", "pca"));
    }
}
