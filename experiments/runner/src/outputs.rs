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
//! no table, no chart and no PDF. All of it is written into a new folder, and [`Run::finish`] puts that in its place: what
//! was finished before stays whole until then, and `latest` points to a whole folder only. A run at toy size is never the
//! latest: `latest-toy` points to it.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lab_core::weights;
use lab_core::{Error as CoreError, Result as CoreResult};
use lab_score::record::{CriterionRow, PICTURES_FILE, Pictures, RECORD_FILE, Record, summary_json};

use crate::Result;
use crate::fresh;
use crate::made::{Made, stages};
use crate::manifest::{self, Measured};
use crate::name::{self, LATEST, LATEST_TOY};
use crate::plan::Plan;
use crate::stages::decode;
use crate::store::{NewFolder, remove, remove_litter, write_atomically};

/// A run whose record and weights are stored, and whose folder still lacks its report.
pub struct Run {
    folder: RunFolder,
    record: Record,
    /// The key of each stage, by its name.
    stages: BTreeMap<String, String>,
    measured: Measured,
}

/// What a run gives back once its folder is in its place.
pub struct Outcome {
    /// The run's folder, in its place.
    pub folder: PathBuf,
    /// Headline figures as JSON: the text of `summary.json`.
    pub summary: String,
    /// Everything that the report warns of, as (stage, sentence).
    pub warnings: Vec<(String, String)>,
    /// The criteria that do not hold.
    pub failed: Vec<CriterionRow>,
}

/// A run's folder in the making, known to be writable.
pub(crate) struct RunFolder {
    new: NewFolder,
}

impl RunFolder {
    /// Makes the folder and writes the resolved experiment, before anything heavy starts. What runs that died left beside
    /// it is removed.
    pub(crate) fn create(runs: &Path, plan: &Plan) -> CoreResult<Self> {
        let all = runs.join(&plan.experiment.name);
        let folder = all.join(&plan.run_hash);
        name::check_way(&folder)?;
        remove_litter(&all)?;
        let new = NewFolder::beside(&folder)?;
        let weights = new.path().join("weights");
        fs::create_dir_all(&weights).map_err(CoreError::io("creating", weights))?;
        write_atomically(&new.path().join("run.ron"), plan.resolved.as_bytes())?;
        Ok(Self { new })
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
        write_atomically(&self.path().join(RECORD_FILE), &record.to_json()?)?;
        write_atomically(&self.path().join(PICTURES_FILE), &pictures.to_bytes()?)?;
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
        let folder = self.path().join("weights");
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
        self.new.path()
    }
}

impl Run {
    /// The folder in which the run is put together.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Takes the report over from the run that stands in the place of this one, if that would be made again as it is.
    ///
    /// # Errors
    /// Fails if a file cannot be written.
    pub fn take_report(&self) -> Result<bool> {
        let (new, there) = (self.folder(), self.folder.new.target());
        let same = |name: &str| {
            let read = |folder: &Path| fs::read(folder.join(name)).ok();
            read(new).is_some_and(|bytes| read(there) == Some(bytes))
        };
        if !same(RECORD_FILE) || !same(PICTURES_FILE) {
            return Ok(false);
        }
        let Some(report) = fresh::current_report(there) else {
            return Ok(false);
        };
        let parts = || fresh::PARTS.iter().map(|part| part.trim_end_matches('/'));
        // The same run may end elsewhere meanwhile, put its own folder there and take this one away, file by file: what was not
        // taken over whole is made again.
        let mut taken = parts();
        let is_whole = taken.all(|part| copy(&there.join(part), &new.join(part)).is_ok());
        if is_whole && fresh::report_in(new) == Some(report) {
            return Ok(true);
        }
        parts().try_for_each(|part| remove(&new.join(part)))?;
        Ok(false)
    }

    /// Puts the run in its place, report and all, with its summary and its manifest, and points `latest` to it.
    ///
    /// # Errors
    /// Fails if a file cannot be read or written.
    pub fn finish(self) -> Result<Outcome> {
        let summary = summary_json(&self.record);
        write_atomically(&self.folder().join("summary.json"), summary.as_bytes())?;
        manifest::write(self.folder(), &self.record, &self.stages, &self.measured)?;
        let folder = self.folder.new.target().to_owned();
        self.folder.new.place()?;
        point_latest(&folder, self.record.toy.is_some())?;
        Ok(Outcome {
            folder,
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

/// Makes a finished run's report again: `make` writes it into the folder that it is given, which holds everything else of
/// the run and then takes its place.
///
/// # Errors
/// Fails with `make`, or if a file cannot be read or written; the run then is what it was.
pub fn remake<T, E: From<crate::Error>>(
    run: &Path,
    make: impl FnOnce(&Path) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    let run = fs::canonicalize(run).map_err(|error| core(CoreError::io("reading", run)(error)))?;
    remove_litter(run.parent().unwrap_or(&run)).map_err(core)?;
    let new = NewFolder::beside(&run).map_err(core)?;
    let entries =
        fs::read_dir(&run).map_err(|error| core(CoreError::io("reading", &run)(error)))?;
    for entry in entries {
        let from = entry
            .map_err(|error| core(CoreError::io("reading", &run)(error)))?
            .path();
        let name = from.file_name().unwrap_or_default();
        let is_report = fresh::PARTS
            .iter()
            .any(|part| part.trim_end_matches('/') == name);
        if !is_report {
            copy(&from, &new.path().join(name)).map_err(core)?;
        }
    }
    let made = make(new.path())?;
    manifest::renew_hashes(new.path())?;
    new.place().map_err(core)?;
    Ok(made)
}

fn core(error: CoreError) -> crate::Error {
    error.into()
}

/// Gives a file, or a folder with everything in it, a second name where the file system can, and copies it where not.
fn copy(from: &Path, to: &Path) -> CoreResult<()> {
    if !from.is_dir() {
        return fs::hard_link(from, to)
            .or_else(|_| fs::copy(from, to).map(drop))
            .map_err(CoreError::io("writing", to));
    }
    fs::create_dir_all(to).map_err(CoreError::io("creating", to))?;
    for entry in fs::read_dir(from).map_err(CoreError::io("reading", from))? {
        let path = entry.map_err(CoreError::io("reading", from))?.path();
        copy(&path, &to.join(path.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

/// A symbolic link where the system has them, a file with the name where it has not.
fn point_latest(folder: &Path, is_toy: bool) -> Result<()> {
    let Some((parent, name)) = folder.parent().zip(folder.file_name()) else {
        return Ok(());
    };
    let latest = parent.join(if is_toy { LATEST_TOY } else { LATEST });
    #[cfg(unix)]
    link(Path::new(name), &latest)?;
    #[cfg(not(unix))]
    write_atomically(&latest, name.to_string_lossy().as_bytes())?;
    Ok(())
}

/// Makes a link in the place of another, by a name that another process may take or clear away at any time.
#[cfg(unix)]
fn link(to: &Path, latest: &Path) -> CoreResult<()> {
    const TRIES: usize = 1000;
    let mut last = None;
    for count in 0..TRIES {
        let temporary = latest.with_file_name(format!(".new-link-{count}"));
        let made = std::os::unix::fs::symlink(to, &temporary)
            .and_then(|()| fs::rename(&temporary, latest));
        match made {
            Ok(()) => return Ok(()),
            Err(error)
                if [ErrorKind::AlreadyExists, ErrorKind::NotFound].contains(&error.kind()) =>
            {
                last = Some(error);
            }
            Err(error) => {
                // Whoever starts next removes it if it cannot be removed now.
                let _ = remove(&temporary);
                return Err(CoreError::io("creating", latest)(error));
            }
        }
    }
    let last = last.unwrap_or_else(|| ErrorKind::AlreadyExists.into());
    Err(CoreError::io("creating", latest)(last))
}
