//! Writing the manifest of a run's folder: hashes of its files, of what it was made of, and what differs from run to run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use lab_core::Error as CoreError;
use lab_score::record::Record;

use crate::Result;
use crate::fresh::report_key;
use crate::hashes::{MANIFEST, hashes};
use crate::plan::Plan;
use crate::proof::gaps::{Asked, gaps};
use crate::proof::inputs::Taken;
use crate::proof::manifest::{self, FORMAT, Manifest, UsedPlugin};
use crate::proof::meter::Meter;
use crate::proof::program::Program;

/// What a run knows of itself beside its record: what it was made of, and what it costs.
pub(crate) struct Measured {
    meter: Arc<Meter>,
    device: &'static str,
    program: Program,
    inputs: Taken,
    plugins: Vec<UsedPlugin>,
    silent_libraries: Vec<String>,
}

impl Measured {
    /// Takes the hashes of the program and of all that the plan reads, before anything is read.
    pub(crate) fn begin(plan: &Plan, meter: Arc<Meter>, device: &'static str) -> Result<Self> {
        let silent = plan
            .libraries
            .iter()
            .filter(|library| !library.names_files());
        Ok(Self {
            meter,
            device,
            program: Program::this(),
            inputs: Taken::of(plan),
            plugins: manifest::plugins(plan)?,
            silent_libraries: silent.map(|library| library.path().to_owned()).collect(),
        })
    }

    /// What is missing for a proof, once everything was read.
    pub(crate) fn unproven(&self) -> Vec<String> {
        gaps(&Asked {
            program: &self.program,
            inputs: &self.inputs.inputs,
            changed: self.inputs.changed(),
            silent_libraries: self.silent_libraries.clone(),
        })
    }
}

/// Writes the manifest of a folder that is otherwise whole; `stages` holds the key of each stage, by its name.
pub(crate) fn write(
    folder: &Path,
    record: &Record,
    stages: &BTreeMap<String, String>,
    known: &Measured,
) -> Result<()> {
    let files = hashes(folder)?;
    let manifest = Manifest {
        format: FORMAT,
        name: record.name.clone(),
        seed: record.provenance.seed,
        run_hash: record.provenance.run_hash.clone(),
        toy: record.toy.is_some(),
        program: known.program.clone(),
        versions: record.provenance.versions.clone(),
        plugins: known.plugins.clone(),
        inputs: known.inputs.inputs.clone(),
        stages: stages.clone(),
        report: report_key(&files),
        files,
        unproven: record.unproven.clone(),
        measured: manifest::Measured::here(known.device, known.meter.cost()),
    };
    manifest.save(folder)
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
    let bytes = fs::read(&path).map_err(CoreError::io("reading", &path))?;
    let mut manifest = Manifest::parse(&path, &bytes)?;
    let files = hashes(folder)?;
    let report = report_key(&files);
    if manifest.files == files && manifest.report == report {
        return Ok(());
    }
    manifest.files = files;
    manifest.report = report;
    manifest.save(folder)
}
