//! The run folder: `runs/<name>/<hash>/`.
//!
//! | file | holds | written |
//! |---|---|---|
//! | `run.ron` | the resolved experiment; runs again as it is | before anything heavy starts |
//! | `weights/` | safetensors of every network and decoder | by the run |
//! | `record.json` | everything the report shows, apart from pictures: rows with units | by the run |
//! | `pictures.safetensors` | the pictures of the report's figures, by name: f32 `[n, height, width]` in `[−1, 1]` | by the run |
//! | `reconstructions/` | the test images as they were reconstructed, one PNG each and as arrays: see `export` | by the run |
//! | `tables/` | Parquet and CSV | by the report |
//! | `figures/` | SVG and PNG | by the report |
//! | `report.pdf` | the report | by the report |
//! | `summary.json` | headline figures under stable names | at the end |
//! | `manifest.json` | hashes of all of these, and under `measured` what differs from run to run | at the end |
//!
//! The report is made by whoever runs an experiment, from `record.json` and `pictures.safetensors` alone: this crate knows
//! no table, no chart and no PDF. [`Run::finish`] comes last, so that `latest` points to a whole folder only. A run at toy
//! size is never the latest: `latest-toy` points to it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lab_core::weights;
use lab_core::{Error as CoreError, Result as CoreResult};
use lab_score::record::{CriterionRow, PICTURES_FILE, Pictures, RECORD_FILE, Record, summary_json};

use crate::Result;
use crate::fresh;
use crate::made::{Made, stages};
use crate::manifest::{self, Measured};
use crate::name;
use crate::plan::Plan;
use crate::stages::decode;
use crate::store::write_atomically;

/// A run whose record and weights are stored, and whose folder still lacks its report.
pub struct Run {
    folder: RunFolder,
    record: Record,
    /// The key of each stage, by its name.
    stages: BTreeMap<String, String>,
    measured: Measured,
}

/// What a finished run gives back.
pub struct Outcome {
    /// Headline figures as JSON.
    pub summary: String,
    /// Everything that the report warns of, as (stage, sentence).
    pub warnings: Vec<(String, String)>,
    /// The criteria that do not hold.
    pub failed: Vec<CriterionRow>,
}

/// A run's folder, known to be writable.
pub(crate) struct RunFolder {
    folder: PathBuf,
}

impl RunFolder {
    /// Makes the folder and writes the resolved experiment, before anything heavy starts.
    pub(crate) fn create(runs: &Path, plan: &Plan) -> CoreResult<Self> {
        let folder = runs.join(&plan.experiment.name).join(&plan.run_hash);
        name::check_way(&folder)?;
        let weights = folder.join("weights");
        fs::create_dir_all(&weights).map_err(CoreError::io("creating", weights))?;
        write_atomically(&folder.join("run.ron"), plan.resolved.as_bytes())?;
        Ok(Self { folder })
    }

    /// Writes what the report and later runs need.
    pub(crate) fn store(
        self,
        made: &Made,
        record: Record,
        pictures: &Pictures,
        measured: Measured,
    ) -> Result<Run> {
        self.write_weights(made)?;
        write_atomically(&self.folder.join(RECORD_FILE), &record.to_json()?)?;
        write_atomically(&self.folder.join(PICTURES_FILE), &pictures.to_bytes()?)?;
        let stages = stages(made).into_iter();
        Ok(Run {
            folder: self,
            record,
            stages: stages
                .map(|(name, stage)| (name, stage.key.to_string()))
                .collect(),
            measured,
        })
    }

    fn write_weights(&self, made: &Made) -> Result<()> {
        let folder = self.folder.join("weights");
        let networks = &made.networks;
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
        all.push(("decoders".to_owned(), decode::named(&made.decoded.weights)));
        for (name, tensors) in all {
            write_atomically(
                &folder.join(format!("{name}.safetensors")),
                &weights::to_bytes(&tensors)?,
            )?;
        }
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// A symbolic link where the system has them, a file with the name where it has not.
    fn point_latest(&self, is_toy: bool) -> Result<()> {
        let Some((parent, name)) = self.folder.parent().zip(self.folder.file_name()) else {
            return Ok(());
        };
        let latest = parent.join(if is_toy { "latest-toy" } else { "latest" });
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

impl Run {
    /// The run's folder.
    pub fn folder(&self) -> &Path {
        &self.folder.folder
    }

    /// Whether the folder already holds the report that would be made of it now.
    pub fn report_is_current(&self) -> bool {
        fresh::report_is_current(self.folder())
    }

    /// Says that the folder is whole, report and all: writes the summary and the manifest, and points `latest` to it.
    ///
    /// # Errors
    /// Fails if a file cannot be read or written.
    pub fn finish(self) -> Result<Outcome> {
        let summary = summary_json(&self.record);
        write_atomically(&self.folder().join("summary.json"), summary.as_bytes())?;
        manifest::write(self.folder(), &self.record, &self.stages, &self.measured)?;
        self.folder.point_latest(self.record.toy.is_some())?;
        Ok(Outcome {
            summary,
            warnings: self.record.warnings,
            failed: self
                .record
                .criteria
                .into_iter()
                .filter(|row| !row.holds)
                .collect(),
        })
    }
}
