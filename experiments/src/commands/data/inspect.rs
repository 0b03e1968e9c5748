//! `lab data inspect FILE…`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use lab_data::inspect::{Inspection, VariableFacts, inspect as look};
use lab_formats::container::Kind;

use crate::cli::Format;
use crate::events;
use crate::out::stdout;

/// Different values of a variable that are printed.
const CODES: usize = 8;

/// Looks into every file; what cannot be read stops neither the file nor those behind it.
pub(super) fn inspect(files: &[PathBuf], format: Format) -> Result<()> {
    let mut out = stdout();
    let mut found = Vec::new();
    let (mut n_failed, mut last) = (0, None);
    for file in files {
        let inspection = match inspected(file) {
            Ok(inspection) => inspection,
            Err(error) => {
                n_failed += 1;
                // The last is told when the command ends.
                if let Some(earlier) = last.replace(error) {
                    events::complain(&earlier);
                }
                continue;
            }
        };
        n_failed += usize::from(!inspection.failures.is_empty());
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
    match last {
        Some(error) if files.len() == 1 => return Err(error),
        Some(error) => events::complain(&error),
        None => {}
    }
    if n_failed > 0 {
        let n = files.len();
        // What stopped a file altogether was told above.
        let partly: Vec<String> = found.iter().filter_map(partly).collect();
        let partly = if partly.is_empty() {
            String::new()
        } else {
            format!(": {}", partly.join("; "))
        };
        bail!("{n_failed} of {n} files cannot be read, or not all of it{partly}");
    }
    Ok(())
}

/// The first part of a file that cannot be read, if there is one, and why.
fn partly(found: &Inspection) -> Option<String> {
    let (path, first) = (found.path.display().to_string(), found.failures.first()?);
    if first.contains(&path) {
        return Some(first.clone());
    }
    Some(format!("'{path}': {first}"))
}

/// What is in a file; of a Parquet table, what its footer says.
fn inspected(file: &Path) -> Result<Inspection> {
    let mut found = look(file)?;
    if found.container == Kind::Parquet.name() {
        let table = lab_reports::tables::columns(file)?;
        found.variables = table
            .columns
            .into_iter()
            .map(|(name, kind)| VariableFacts {
                name,
                shape: vec![table.n_rows],
                kind,
                n_missing: None,
                range: None,
                codes: Vec::new(),
                words: Vec::new(),
            })
            .collect();
        found.facts.push(format!(
            "{} rows of {} columns; values are not looked at",
            table.n_rows,
            found.variables.len()
        ));
    }
    Ok(found)
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
    for failure in &found.failures {
        writeln!(out, "  × not read: {failure}")?;
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
    if !variable.words.is_empty() {
        let shown = variable.words.iter().take(CODES);
        let words: Vec<String> = shown.map(|(word, n)| format!("{word} ({n})")).collect();
        let more = if variable.words.len() > CODES {
            ", …"
        } else {
            ""
        };
        return words.join(", ") + more;
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
