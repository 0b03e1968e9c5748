//! `lab plugins list` and `lab plugins explain`.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::{Result, bail};
use lab_core::config::{layout, nearest};
use lab_core::registry::{Plugin, registry};
use serde_json::{Value, json};

use crate::cli::{Format, PluginsCommand};
use crate::runner::libraries;

pub(crate) fn plugins(command: &PluginsCommand) -> Result<()> {
    let text = match command {
        PluginsCommand::List {
            pattern,
            plugins,
            format,
        } => {
            libraries::of_arguments(plugins)?;
            list(pattern.as_deref().unwrap_or("*"), *format)?
        }
        PluginsCommand::Explain {
            name,
            plugins,
            format,
        } => {
            libraries::of_arguments(plugins)?;
            explain(name, *format)?
        }
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn list(pattern: &str, format: Format) -> Result<String> {
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
        let from = match plugin.library {
            None => String::new(),
            Some(library) => format!("  [{}]", library.path()),
        };
        let summary = plugin.summary;
        let line = format!("{capability:capability_width$}  {name:name_width$}  {summary}{from}");
        writeln!(text, "{}", line.trim_end())?;
    }
    Ok(text)
}

fn explain(name: &str, format: Format) -> Result<String> {
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
        writeln!(
            text,
            "\nParameters and defaults\n{}",
            indent(&layout(&format!("{}{}", plugin.name, (plugin.defaults)()?)))
        )?;
        match plugin.library {
            None => writeln!(text, "\nRegistered at\n  {}:{}", plugin.file, plugin.line)?,
            Some(library) => writeln!(
                text,
                "\nLoaded from\n  {}\n  BLAKE3 {}\n  built by {}",
                library.path(),
                library.hash(),
                library.built_by()
            )?,
        }
    }
    Ok(text)
}

fn facts(plugin: &Plugin) -> Result<Value> {
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
        "library": plugin.library.map(|library| json!({
            "path": library.path(),
            "hash": library.hash(),
            "built_by": library.built_by(),
        })),
    }))
}

fn indent(text: &str) -> String {
    text.trim_matches('\n')
        .lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
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
