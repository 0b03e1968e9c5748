//! What tells one packing from another.

use std::fs;
use std::path::{Path, PathBuf};

use blake3::Hasher;
use lab_core::prelude::*;
use lab_core::traits::Dataset;

use super::options::PackOptions;

/// BLAKE3 over what is packed and how: the source as written, names and sizes of its files, sets, labels, seed, contrast.
///
/// Contents are left out, as reading them would take as long as the packing. With `times`, the files' times of change
/// count as well, so that a packing does not go on after its source was written anew.
pub(super) fn source_hash(
    ctx: &Context,
    dataset: &dyn Dataset,
    stimuli: &Stimuli,
    options: &PackOptions,
    times: bool,
) -> Result<String> {
    let mut hasher = Hasher::new();
    let mut add = |text: String| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add(options.source.clone());
    add(format!(
        "{:?} {} {}",
        options.contrast,
        ctx.seed(),
        stimuli.shape()
    ));
    add(format!("{:?} {:?}", stimuli.split, stimuli.labels));
    for file in dataset.files() {
        for (name, n_bytes, time) in listing(&file)? {
            let time = if times { time } else { String::new() };
            add(format!("{name} {n_bytes} {time}"));
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// Files of a folder and its subfolders, sorted, or one file: name, size, time of change.
fn listing(path: &Path) -> Result<Vec<(String, u64, String)>> {
    let mut left: Vec<PathBuf> = vec![path.to_owned()];
    let mut files = Vec::new();
    while let Some(next) = left.pop() {
        let is_link = next.is_symlink();
        let facts = fs::metadata(&next).map_err(Error::io("reading", &next))?;
        if facts.is_dir() && is_link && next != path {
            // No dataset looks behind links to folders, which may lead back to where they stand.
            continue;
        }
        if facts.is_dir() {
            for entry in fs::read_dir(&next).map_err(Error::io("reading", &next))? {
                left.push(entry.map_err(Error::io("reading", &next))?.path());
            }
        } else {
            let name = next.strip_prefix(path).unwrap_or(&next);
            // A file system without times of change gives none.
            let time = facts
                .modified()
                .map_or(String::new(), |time| format!("{time:?}"));
            files.push((name.to_string_lossy().into_owned(), facts.len(), time));
        }
    }
    files.sort();
    Ok(files)
}
