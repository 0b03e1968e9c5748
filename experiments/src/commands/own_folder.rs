//! Folders that a command writes into: its own, or new ones.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use lab_core::Error;

/// Refuses a folder that holds anything but `parts`, among them `mark`: what is written takes the place of folders such as `tables`,
/// which must not be somebody's own.
pub(crate) fn refuse_foreign(out: &Path, parts: &[&str], mark: &str) -> Result<()> {
    if !out.exists() {
        return Ok(());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(out).map_err(Error::io("reading", out))? {
        let name = entry.map_err(Error::io("reading", out))?.file_name();
        found.push(name.to_string_lossy().into_owned());
    }
    let is_ours = |name: &String| parts.contains(&name.as_str());
    let is_report = found.iter().any(|name| name == mark) && found.iter().all(is_ours);
    if found.is_empty() || is_report {
        return Ok(());
    }
    found.sort();
    bail!(
        "'{}' holds {}, which no report put there\n  hint: --out wants a new or empty folder, or one that holds a report and nothing else",
        out.display(),
        found.join(", ")
    )
}
