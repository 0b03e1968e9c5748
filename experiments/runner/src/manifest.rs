//! Writing the manifest of a run's folder: hashes of its files, of what it was made of, and what differs from run to run.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use lab_score::record::{PICTURES_FILE, RECORD_FILE, Record};

use crate::Result;
use crate::fresh::{is_part, report_key};
use crate::hashes::{MANIFEST, hashes};
use crate::plan::Plan;
use crate::proof::check_before_reading;
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

/// Takes the hashes of a finished run's report anew, after it was made again; all else keeps the hash that its run gave it.
///
/// A folder without a manifest stays as it is.
///
/// # Errors
/// As [`check_before_reading`] of what a report is made of, or if a file cannot be read or written.
pub(crate) fn renew_hashes(folder: &Path) -> Result<()> {
    if !folder.join(MANIFEST).exists() {
        return Ok(());
    }
    let before = check_before_reading(folder, &[RECORD_FILE, PICTURES_FILE])?;
    let mut manifest = before.clone();
    manifest.files.retain(|name, _| !is_part(name));
    let now = hashes(folder)?.into_iter();
    manifest.files.extend(now.filter(|(name, _)| is_part(name)));
    manifest.report = report_key(&manifest.files);
    if manifest == before {
        return Ok(());
    }
    manifest.save(folder)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::renew_hashes;
    use crate::hashes::hashes;
    use crate::proof::manifest::tests::manifest;
    use crate::proof::verify;

    #[test]
    fn a_report_that_is_made_again_makes_nothing_else_whole() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for part in ["weights", "tables"] {
            fs::create_dir(folder.join(part)).unwrap();
        }
        let files = [
            "record.json",
            "pictures.safetensors",
            "summary.json",
            "weights/net",
            "report.pdf",
            "tables/old.csv",
        ];
        for name in files {
            fs::write(folder.join(name), name).unwrap();
        }
        manifest(hashes(folder).unwrap()).save(folder).unwrap();
        let findings = || {
            let verdict = verify(folder).unwrap();
            let files = verdict.findings.into_iter().map(|of| of.file);
            files.collect::<Vec<String>>()
        };
        assert_eq!(findings(), [""; 0]);
        // Another version makes another report, with another table.
        fs::write(folder.join("report.pdf"), "again").unwrap();
        fs::remove_file(folder.join("tables/old.csv")).unwrap();
        fs::write(folder.join("tables/new.csv"), "again").unwrap();
        for name in ["summary.json", "weights/net", "weights/more"] {
            fs::write(folder.join(name), "edited").unwrap();
        }
        renew_hashes(folder).unwrap();
        let mut found = findings();
        found.sort();
        assert_eq!(found, ["summary.json", "weights/more", "weights/net"]);
        // What the report was made of is the run's own.
        fs::write(folder.join("record.json"), "edited").unwrap();
        assert!(renew_hashes(folder).is_err());
    }
}
