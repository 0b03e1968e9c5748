//! `lab plugins explain`.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use lab_core::config::{Experiment, Parameter, layout, nearest};
use lab_core::registry::{Origin, Plugin, registry};
use serde_json::Value;

use super::list::facts;
use crate::cli::Format;

/// The name by which the experiment file itself is explained.
const EXPERIMENT: &str = "experiment";
/// Letters of the longest default that is repeated in the table.
const LONGEST: usize = 40;

pub(super) fn explain(name: &str, format: Format) -> Result<String> {
    if name == EXPERIMENT {
        return experiment(format);
    }
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
            .map(|plugin| {
                let mut row = facts(plugin)?;
                row["parameters"] = serde_json::to_value((plugin.parameters)()?)?;
                Ok(row)
            })
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
    match (plugin.parameters)()? {
        None => writeln!(
            text,
            "\nWhat they mean\n  its library was built for version 1.1 of the plugin interface or before, and cannot say it"
        )?,
        Some(parameters) => writeln!(text, "\nWhat they mean\n{}", table(&parameters)?)?,
    }
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

/// Every parameter with its type and range on one line, and its meaning and options below.
fn table(parameters: &[Parameter]) -> Result<String> {
    if parameters.is_empty() {
        return Ok("  it has no parameters".into());
    }
    let mut text = String::new();
    for parameter in parameters {
        let Parameter {
            name,
            meaning,
            kind,
            range,
            options,
            default,
        } = parameter;
        let mut facts = vec![kind.clone()];
        facts.extend(Some(range.clone()).filter(|range| !range.is_empty()));
        let is_short = !default.is_empty() && default.chars().count() <= LONGEST;
        facts.extend(is_short.then(|| format!("default {default}")));
        writeln!(text, "  {name}: {}", facts.join("; "))?;
        if !meaning.is_empty() {
            writeln!(text, "      {meaning}")?;
        }
        for (option, meaning) in options {
            writeln!(text, "      {option}: {meaning}")?;
        }
    }
    Ok(text.trim_end().to_owned())
}

/// The experiment's own parameters.
fn experiment(format: Format) -> Result<String> {
    let parameters = Experiment::parameters()?;
    Ok(match format {
        Format::Json => format!("{:#}\n", serde_json::to_value(&parameters)?),
        Format::Text => format!(
            "experiment: the fields of an experiment file\n\nWhat they mean\n{}\n",
            table(&parameters)?
        ),
    })
}

fn indent(text: &str) -> String {
    text.trim_matches('\n')
        .lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
