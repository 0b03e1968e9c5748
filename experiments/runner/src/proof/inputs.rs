//! The files that a run reads, by their content.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::plan::Plan;

/// A file that a run read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Path of the file as the experiment writes it; a relative one begins at the working directory.
    pub path: String,
    /// Size of the file in bytes; 0 if it could not be read.
    pub bytes: u64,
    /// BLAKE3 of its content; `None` if that could not be read.
    pub blake3: Option<String>,
}

/// Every file that a run read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Files of the dataset and of the corpora.
    pub data: Vec<InputFile>,
    /// Files of all other plugins, such as weights that were given.
    pub weights: Vec<InputFile>,
    /// Shared libraries that the experiment loads plugins from.
    pub libraries: Vec<InputFile>,
}

/// The inputs as they were when the run began.
pub(crate) struct Taken {
    pub(crate) inputs: Inputs,
    /// Data and weights as the plan names them: files and folders.
    named: Vec<PathBuf>,
    seen: BTreeMap<String, Option<(u64, SystemTime)>>,
}

impl Inputs {
    /// Every file: data, weights and libraries.
    pub fn all(&self) -> impl Iterator<Item = &InputFile> {
        self.data.iter().chain(&self.weights).chain(&self.libraries)
    }
}

impl Taken {
    /// Takes the hashes of all that a plan reads.
    pub(crate) fn of(plan: &Plan) -> Self {
        let data = plan.parts.data_files();
        let is_data = |file: &PathBuf| data.binary_search(file).is_ok();
        let others = plan.files.iter().filter(|file| !is_data(file));
        let others: Vec<PathBuf> = others.cloned().collect();
        let libraries = plan.libraries.iter();
        let inputs = Inputs {
            data: taken(&data),
            weights: taken(&others),
            // A library that is loaded stays what it was, whatever becomes of its file.
            libraries: libraries
                .map(|library| InputFile {
                    path: library.path().to_owned(),
                    bytes: size(Path::new(library.path())),
                    blake3: Some(library.hash().to_owned()),
                })
                .collect(),
        };
        Self::new(inputs, [data, others].concat())
    }

    fn new(inputs: Inputs, named: Vec<PathBuf>) -> Self {
        let seen = inputs.data.iter().chain(&inputs.weights);
        Self {
            seen: seen
                .map(|file| (file.path.clone(), state(&file.path)))
                .collect(),
            inputs,
            named,
        }
    }

    /// The files that hold something else now, and those that are new in a folder. Only those whose size or time moved are
    /// read again.
    pub(crate) fn changed(&self) -> Vec<String> {
        let all = self.inputs.data.iter().chain(&self.inputs.weights);
        let touched = all.filter(|file| self.seen.get(&file.path) != Some(&state(&file.path)));
        let changed = touched
            .filter(|file| content(Path::new(&file.path)).ok() != file.blake3)
            .map(|file| file.path.clone());
        let now = collected(&self.named).into_iter();
        let now = now.map(|path| path.to_string_lossy().into_owned());
        changed
            .chain(now.filter(|path| !self.seen.contains_key(path)))
            .collect()
    }
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}

fn state(path: &str) -> Option<(u64, SystemTime)> {
    let state = |found: Metadata| Some((found.len(), found.modified().ok()?));
    state(fs::metadata(path).ok()?)
}

/// Every file; of a folder those in it, which datasets may name as a whole.
fn taken(files: &[PathBuf]) -> Vec<InputFile> {
    collected(files)
        .into_par_iter()
        .map(|path| InputFile {
            bytes: size(&path),
            blake3: content(&path).ok(),
            path: path.to_string_lossy().into_owned(),
        })
        .collect()
}

/// Every file; of a folder those in it.
fn collected(files: &[PathBuf]) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for file in files {
        collect(file, &mut Vec::new(), &mut all);
    }
    all
}

/// Collects the files at a path. `within` are the folders that are being walked: a link that leads back to one of them leads
/// to nothing new.
fn collect(path: &Path, within: &mut Vec<PathBuf>, all: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(path).ok().filter(|_| path.is_dir());
    let Some(entries) = entries else {
        all.push(path.to_owned());
        return;
    };
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if within.contains(&real) {
        return;
    }
    within.push(real);
    let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    inside.sort();
    inside.iter().for_each(|path| collect(path, within, all));
    within.pop();
}

/// BLAKE3 of a regular file: a pipe may never end.
pub(crate) fn content(path: &Path) -> std::io::Result<String> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("no regular file"));
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file)?;
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Inputs, Taken, taken};

    #[test]
    fn files_count_by_their_content_and_are_watched() {
        let folder = tempfile::tempdir().unwrap();
        let (one, sub) = (folder.path().join("one"), folder.path().join("sub"));
        fs::create_dir(&sub).unwrap();
        for (path, text) in [(&one, "a"), (&sub.join("x"), "b"), (&sub.join("y"), "c")] {
            fs::write(path, text).unwrap();
        }
        let named = [one.clone(), sub.clone(), folder.path().join("gone")];
        let data = taken(&named);
        let names: Vec<bool> = data.iter().map(|file| file.blake3.is_some()).collect();
        assert_eq!(names, [true, true, true, false]);
        assert_eq!(
            data[0].blake3.as_deref(),
            Some(blake3::hash(b"a").to_hex().as_str())
        );
        let inputs = Inputs {
            data,
            ..Inputs::default()
        };
        let watched = Taken::new(inputs, named.to_vec());
        assert!(watched.changed().is_empty());
        // Written again with the same content: another time, and no change.
        fs::write(&one, "a").unwrap();
        assert!(watched.changed().is_empty());
        fs::write(&one, "ab").unwrap();
        let [one, more] = [one, sub.join("more")].map(|path| path.to_string_lossy().into_owned());
        assert_eq!(watched.changed(), std::slice::from_ref(&one));
        // A file that comes into a folder later may be read too.
        fs::write(&more, "d").unwrap();
        assert_eq!(watched.changed(), [one, more]);
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_back_are_not_followed() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let sub = folder.path().join("sub");
        fs::create_dir(&sub).unwrap();
        fs::write(sub.join("x"), "b").unwrap();
        for name in ["a", "b", "sub/c", "sub/d"] {
            symlink(folder.path(), folder.path().join(name)).unwrap();
        }
        // One that leads elsewhere is.
        symlink(&sub, folder.path().join("again")).unwrap();
        let found = taken(&[folder.path().to_owned()]);
        let inside = |path: &str| folder.path().join(path).to_string_lossy().into_owned();
        let paths: Vec<String> = found.into_iter().map(|file| file.path).collect();
        assert_eq!(paths, [inside("again/x"), inside("sub/x")]);
    }
}
