//! What data and libraries were when a sweep began: jobs start hours later, and must not find others in silence.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::plan::Plan;

/// Files of one folder that are looked at one by one; of more, the whole folder is.
const N_SINGLE: usize = 20;

/// A file or a folder, with its size and time when the sweep began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Path of the file or of the folder.
    pub path: PathBuf,
    /// Size in bytes and time of the last change of a file; a hash over these for the files of a folder; empty if there
    /// is no such file.
    pub was: String,
}

impl Guard {
    /// Whether size and time of the file or folder are still those.
    pub(crate) fn holds(&self) -> bool {
        look(&self.path) == self.was
    }
}

/// Looks at each path once, however many jobs read it.
#[derive(Debug, Default)]
pub(crate) struct Guards {
    seen: BTreeMap<PathBuf, String>,
}

impl Guards {
    /// The data and the libraries of a plan.
    pub(crate) fn of(&mut self, plan: &Plan) -> Vec<Guard> {
        let libraries = plan.libraries.iter().map(|of| PathBuf::from(of.path()));
        let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        for file in plan.files.iter().cloned().chain(libraries) {
            let folder = file.parent().map(Path::to_owned).unwrap_or_default();
            folders.entry(folder).or_default().push(file);
        }
        let paths = folders.into_iter().flat_map(|(folder, files)| {
            if files.len() > N_SINGLE {
                vec![folder]
            } else {
                files
            }
        });
        let mut all: Vec<Guard> = paths.map(|path| self.guard(path)).collect();
        all.sort_by(|a, b| a.path.cmp(&b.path));
        all.dedup();
        all
    }

    fn guard(&mut self, path: PathBuf) -> Guard {
        let was = self.seen.entry(path.clone()).or_insert_with(|| look(&path));
        Guard {
            was: was.clone(),
            path,
        }
    }
}

fn look(path: &Path) -> String {
    if !path.is_dir() {
        return of_file(path).unwrap_or_default();
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut all: Vec<String> = entries
        .map(|entry| {
            let name = entry.file_name();
            format!(
                "{} {}",
                name.to_string_lossy(),
                of_file(&entry.path()).unwrap_or_default()
            )
        })
        .collect();
    all.sort();
    blake3::hash(all.join("\n").as_bytes()).to_hex().to_string()
}

/// Size in bytes and time of the last change in nanoseconds.
fn of_file(path: &Path) -> Option<String> {
    let found = fs::metadata(path).ok()?;
    let changed = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {}", found.len(), changed.as_nanos()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Guard, look};

    #[test]
    fn a_changed_file_and_a_changed_folder_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data");
        fs::write(&file, "one").unwrap();
        let guard = |path: &std::path::Path| Guard {
            path: path.to_owned(),
            was: look(path),
        };
        let guards = [guard(&file), guard(folder.path())];
        assert!(guards.iter().all(Guard::holds));
        fs::write(&file, "another").unwrap();
        assert!(!guards.iter().any(Guard::holds));
        let guard = guard(&folder.path().join("missing"));
        assert!(guard.holds());
        fs::write(folder.path().join("missing"), "").unwrap();
        assert!(!guard.holds());
    }
}
