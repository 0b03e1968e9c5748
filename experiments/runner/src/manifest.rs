//! The manifest of a run's folder: hashes of its files, and what differs from run to run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use lab_core::Error as CoreError;
use lab_score::record::Record;
use serde_json::{Value, json};

use crate::fresh::report_key;
use crate::hashes::{MANIFEST, hashes};
use crate::store::write_atomically;
use crate::{Error, Result};

/// What differs from run to run.
pub(crate) struct Measured {
    pub(crate) wall: Duration,
    pub(crate) device: &'static str,
}

/// Writes the manifest of a folder that is otherwise whole; `stages` holds the key of each stage, by its name.
pub(crate) fn write(
    folder: &Path,
    record: &Record,
    stages: &BTreeMap<String, String>,
    measured: &Measured,
) -> Result<()> {
    let files = hashes(folder)?;
    let manifest = json!({
        "name": record.name,
        "seed": record.provenance.seed,
        "run_hash": record.provenance.run_hash,
        "versions": record.provenance.versions,
        "stages": stages,
        "report": report_key(&files),
        "files": files,
        "measured": measured.json(),
    });
    save(folder, &manifest)
}

/// Takes the hashes in the manifest of a finished run anew, after its report was made again by another version.
///
/// A folder without a manifest stays as it is.
///
/// # Errors
/// Fails if a file cannot be read or written, or the manifest is not what this program wrote.
pub(crate) fn renew_hashes(folder: &Path) -> Result<()> {
    let path = folder.join(MANIFEST);
    if !path.exists() {
        return Ok(());
    }
    let text = fs::read_to_string(&path).map_err(CoreError::io("reading", &path))?;
    let mut manifest: Value = serde_json::from_str(&text).map_err(|source| Error::Foreign {
        path,
        expected: "what lab wrote",
        got: source.to_string(),
    })?;
    let files = hashes(folder)?;
    let (report, files) = (json!(report_key(&files)), json!(files));
    if manifest["files"] == files && manifest["report"] == report {
        return Ok(());
    }
    manifest["files"] = files;
    manifest["report"] = report;
    save(folder, &manifest)
}

fn save(folder: &Path, manifest: &Value) -> Result<()> {
    let text = format!("{manifest:#}\n");
    Ok(write_atomically(&folder.join(MANIFEST), text.as_bytes())?)
}

impl Measured {
    fn json(&self) -> Value {
        json!({
            "wall_seconds": self.wall.as_secs_f64(),
            "device": self.device,
            "threads": rayon::current_num_threads(),
            "peak_memory_bytes": peak_memory(),
            "operating_system": std::env::consts::OS,
            "architecture": std::env::consts::ARCH,
        })
    }
}

/// Peak resident memory, where the system tells it.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace()
        .nth(1)?
        .parse::<u64>()
        .ok()
        .map(|kib| kib * 1024)
}
