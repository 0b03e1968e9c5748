//! The run folder: `runs/<name>/<hash>/`.
//!
//! | file | holds |
//! |---|---|
//! | `run.ron` | the resolved experiment; runs again as it is |
//! | `report.pdf` | the report |
//! | `summary.json` | headline figures under stable names |
//! | `record.json` | everything the report shows |
//! | `tables/` | Parquet and CSV |
//! | `figures/` | SVG and PNG |
//! | `weights/` | safetensors of every network and decoder |
//! | `manifest.json` | hashes of all of these, and under `measured` what differs from run to run |

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lab_core::weights;
use lab_core::{Error as CoreError, Result as CoreResult};
use lab_reports::{charts, pdf, tables};
use lab_score::record::{Pictures, Record};
use serde_json::{Value, json};

use super::record::{Parts, stages};
use super::{Outcome, Plan, decode};
use crate::store::{write_atomically, write_with};
use crate::{Error, Result};

/// What differs from run to run.
pub(crate) struct Measured {
    pub(crate) wall: Duration,
    pub(crate) device: &'static str,
}

/// A run's folder, known to be writable.
pub(crate) struct RunFolder {
    folder: PathBuf,
}

impl RunFolder {
    /// Makes the folder and writes the resolved experiment, before anything heavy starts.
    pub(crate) fn create(runs: &Path, plan: &Plan) -> CoreResult<Self> {
        let folder = runs.join(&plan.experiment.name).join(&plan.run_hash);
        for part in ["tables", "figures", "weights"] {
            let part = folder.join(part);
            fs::create_dir_all(&part).map_err(CoreError::io("creating", part))?;
        }
        write_atomically(&folder.join("run.ron"), plan.resolved.as_bytes())?;
        Ok(Self { folder })
    }

    /// Writes everything; the newest run is the one that `latest` points to.
    pub(crate) fn write(
        &self,
        parts: &Parts,
        record: &Record,
        pictures: &Pictures,
        measured: &Measured,
    ) -> Result<Outcome> {
        self.write_weights(parts)?;
        tables::write(record, &self.folder.join("tables"))
            .map_err(Error::during("writing tables"))?;
        let figures = charts::write(record, pictures, &self.folder.join("figures"))
            .map_err(Error::during("drawing charts"))?;
        let report = self.folder.join("report.pdf");
        write_with(&report, |path| {
            pdf::write(record, &figures, path).map_err(Error::during("setting the report"))
        })?;
        let summary = tables::summary_json(record);
        write_atomically(&self.folder.join("summary.json"), summary.as_bytes())?;
        let path = self.folder.join("record.json");
        let json = serde_json::to_vec_pretty(record).map_err(|source| Error::Json {
            path: path.clone(),
            source,
        })?;
        write_atomically(&path, &json)?;
        self.write_manifest(parts, record, measured)?;
        self.point_latest()?;
        Ok(Outcome {
            report,
            summary,
            criteria_hold: record.criteria.iter().all(|row| row.holds),
        })
    }

    fn write_weights(&self, parts: &Parts) -> Result<()> {
        let folder = self.folder.join("weights");
        let networks = &parts.networks;
        let mut all = vec![("generator".to_owned(), networks.generator.net.weights())];
        all.extend(
            networks
                .features
                .iter()
                .map(|net| (format!("features-{}", net.name), net.net.weights())),
        );
        all.extend(
            networks
                .observers
                .iter()
                .map(|net| (format!("observer-{}", net.name), net.net.weights())),
        );
        all.push(("decoders".to_owned(), decode::named(&parts.decoded.weights)));
        for (name, tensors) in all {
            write_atomically(
                &folder.join(format!("{name}.safetensors")),
                &weights::to_bytes(&tensors)?,
            )?;
        }
        Ok(())
    }

    fn write_manifest(&self, parts: &Parts, record: &Record, measured: &Measured) -> Result<()> {
        let mut files = BTreeMap::new();
        hash_files(&self.folder, &self.folder, &mut files)?;
        files.remove("manifest.json");
        let stages: BTreeMap<String, String> = stages(parts)
            .into_iter()
            .map(|(name, stage)| (name, stage.key.to_string()))
            .collect();
        let manifest = json!({
            "name": record.name,
            "seed": record.provenance.seed,
            "run_hash": record.provenance.run_hash,
            "versions": record.provenance.versions,
            "stages": stages,
            "files": files,
            "measured": measured.json(),
        });
        Ok(write_atomically(
            &self.folder.join("manifest.json"),
            format!("{manifest:#}\n").as_bytes(),
        )?)
    }

    /// A symbolic link where the system has them, a file with the name where it has not.
    fn point_latest(&self) -> Result<()> {
        let Some((parent, name)) = self.folder.parent().zip(self.folder.file_name()) else {
            return Ok(());
        };
        let latest = parent.join("latest");
        #[cfg(unix)]
        {
            let temporary = parent.join(".new-latest");
            let _ = fs::remove_file(&temporary);
            std::os::unix::fs::symlink(name, &temporary)
                .map_err(CoreError::io("creating", &temporary))?;
            fs::rename(&temporary, &latest).map_err(CoreError::io("creating", &latest))?;
        }
        #[cfg(not(unix))]
        write_atomically(&latest, name.to_string_lossy().as_bytes())?;
        Ok(())
    }
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

fn hash_files(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> CoreResult<()> {
    for entry in fs::read_dir(folder).map_err(CoreError::io("reading", folder))? {
        let path = entry.map_err(CoreError::io("reading", folder))?.path();
        if path.is_dir() {
            hash_files(root, &path, files)?;
        } else {
            let bytes = fs::read(&path).map_err(CoreError::io("reading", &path))?;
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            files.insert(name, blake3::hash(&bytes).to_hex().to_string());
        }
    }
    Ok(())
}
