//! What tells one packing from another.

use std::fs;
use std::path::{Path, PathBuf};

use blake3::Hasher;
use lab_core::prelude::*;
use lab_core::traits::Dataset;
use lab_formats::walk::walk;

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
    if let Some(pictures) = &stimuli.picture_of {
        add(format!("{pictures:?}"));
    }
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
    let files = if path.is_dir() {
        walk(path)?.files
    } else {
        vec![path.to_owned()]
    };
    let facts = |file: PathBuf| {
        let facts = fs::metadata(&file).map_err(Error::io("reading", &file))?;
        let name = file.strip_prefix(path).unwrap_or(&file);
        // A file system without times of change gives none.
        let time = facts
            .modified()
            .map_or(String::new(), |time| format!("{time:?}"));
        Ok((name.to_string_lossy().into_owned(), facts.len(), time))
    };
    let mut files: Vec<_> = files.into_iter().map(facts).collect::<Result<_>>()?;
    files.sort();
    Ok(files)
}
