//! `lab data inspect FILE…`.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use lab_data::inspect::{Inspection, VariableFacts, inspect as look};

use crate::cli::Format;
use crate::out::stdout;

/// Different values of a variable that are printed.
const CODES: usize = 8;

pub(super) fn inspect(files: &[PathBuf], format: Format) -> Result<()> {
    let mut out = stdout();
    let mut found = Vec::new();
    for file in files {
        let inspection = look(file)?;
        if format == Format::Text {
            if !found.is_empty() {
                writeln!(out)?;
            }
            print(&mut out, &inspection)?;
        }
        found.push(inspection);
    }
    if format == Format::Json {
        writeln!(out, "{}", serde_json::to_string_pretty(&found)?)?;
    }
    Ok(())
}

fn print(out: &mut impl Write, found: &Inspection) -> io::Result<()> {
    let size = indicatif::BinaryBytes(found.n_bytes);
    writeln!(out, "{}: {}, {size}", found.path.display(), found.container)?;
    if let Some(known) = &found.known_as {
        writeln!(out, "  known as  {known}")?;
    }
    if let Some(usage) = &found.usage {
        writeln!(out, "  use it    {usage}")?;
    }
    let width = |text: fn(&VariableFacts) -> String, least: usize| {
        let widths = found.variables.iter().map(|v| text(v).chars().count());
        widths.max().unwrap_or(0).max(least)
    };
    let shape = |variable: &VariableFacts| {
        let sides: Vec<String> = variable.shape.iter().map(ToString::to_string).collect();
        sides.join(" × ")
    };
    let (names, shapes) = (width(|v| v.name.clone(), 8), width(shape, 5));
    let kinds = width(|v| v.kind.clone(), 4);
    if !found.variables.is_empty() {
        writeln!(
            out,
            "\n  {:<names$}  {:<shapes$}  {:<kinds$}  {:>9}  range",
            "variable", "shape", "type", "missing"
        )?;
    }
    for variable in &found.variables {
        let missing = variable
            .n_missing
            .map_or_else(|| "–".to_owned(), |n| n.to_string());
        let line = format!(
            "  {:<names$}  {:<shapes$}  {:<kinds$}  {missing:>9}  {}",
            variable.name,
            shape(variable),
            variable.kind,
            range(variable)
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    if !found.facts.is_empty() {
        writeln!(out)?;
    }
    for fact in &found.facts {
        writeln!(out, "  · {fact}")?;
    }
    for warning in &found.warnings {
        writeln!(out, "  ! {warning}")?;
    }
    Ok(())
}

fn range(variable: &VariableFacts) -> String {
    if (2..=CODES).contains(&variable.codes.len()) {
        let codes: Vec<String> = variable
            .codes
            .iter()
            .map(|(code, n)| format!("{code} ({n})"))
            .collect();
        return codes.join(", ");
    }
    match variable.range {
        Some((least, most)) => format!("{} … {}", short(least), short(most)),
        None => String::new(),
    }
}

/// Whole numbers as they are, others with four significant digits.
fn short(value: f64) -> String {
    if (value - value.round()).abs() < f64::EPSILON && value.abs() < 1e15 {
        return format!("{value}");
    }
    let digits = (3 - value.abs().log10().floor() as i32).clamp(0, 9) as usize;
    format!("{value:.digits$}")
}
