//! `lab plugins explain`.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use lab_core::config::{layout, nearest};
use lab_core::registry::{Origin, Plugin, registry};
use serde_json::Value;

use super::list::facts;
use crate::cli::Format;

pub(super) fn explain(name: &str, format: Format) -> Result<String> {
    let found: Vec<&Plugin> = registry()?
        .iter()
        .filter(|plugin| plugin.name == name)
        .collect();
    if found.is_empty() {
        let names: Vec<&str> = registry()?.iter().map(|plugin| plugin.name).collect();
        let meant = nearest(name, names.iter().copied())
            .map_or(String::new(), |name| format!("did you mean '{name}'? "));
        bail!(
            "no plugin is called '{name}'\n  hint: {meant}known: {}",
            names.join(", ")
        );
    }
    if format == Format::Json {
        let rows = found
            .iter()
            .map(|plugin| facts(plugin))
            .collect::<Result<Vec<Value>>>()?;
        return Ok(format!("{:#}\n", Value::Array(rows)));
    }
    let mut text = String::new();
    for plugin in found {
        said(plugin, &mut text)?;
        usage(plugin, &mut text)?;
    }
    Ok(text)
}

/// What the plugin's author says of it.
fn said(plugin: &Plugin, text: &mut String) -> Result<()> {
    writeln!(
        text,
        "{}: {} of {} {}",
        plugin.name,
        plugin.capability.name(),
        plugin.crate_name,
        plugin.version
    )?;
    let summary = match plugin.summary.trim_end_matches('.') {
        "" => "Its library says nothing of it",
        summary => summary,
    };
    writeln!(text, "\n{summary}.")?;
    if !plugin.equation.is_empty() {
        writeln!(text, "\nEquation\n{}", indent(plugin.equation))?;
    }
    if !plugin.source.is_empty() {
        writeln!(text, "\nSource\n{}", indent(plugin.source))?;
    }
    if !plugin.parity.is_empty() {
        writeln!(text, "\nCompared with\n{}", indent(plugin.parity))?;
    }
    Ok(())
}

/// Its parameters, and where it is.
fn usage(plugin: &Plugin, text: &mut String) -> Result<()> {
    writeln!(
        text,
        "\nParameters and defaults\n{}",
        indent(&layout(&format!("{}{}", plugin.name, (plugin.defaults)()?)))
    )?;
    match plugin.origin {
        Origin::Linked => writeln!(text, "\nRegistered at\n  {}:{}", plugin.file, plugin.line)?,
        Origin::Library {
            path,
            hash,
            built_by,
        } => writeln!(
            text,
            "\nLoaded from\n  {path}\n  BLAKE3 {hash}\n  built by {built_by}"
        )?,
    }
    Ok(())
}

fn indent(text: &str) -> String {
    text.trim_matches('\n')
        .lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
