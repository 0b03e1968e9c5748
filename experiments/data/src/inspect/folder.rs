//! A folder of pictures: how many, of which sizes, and what else lies there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lab_core::Result;
use lab_formats::walk::walk;
use lab_formats::{file_error, pictures};
use rayon::prelude::*;

use super::Inspection;

/// Files that are named before the others are only counted.
const N_NAMED: usize = 5;

/// Pictures up to which all are decoded: of more, headers are looked at.
const MAX_DECODED: usize = 4096;

/// Looks at all pictures of a folder and of its subfolders.
///
/// # Errors
/// Fails if the folder cannot be read or holds no picture.
pub(super) fn inspect(folder: &Path) -> Result<Inspection> {
    let found = walk(folder)?;
    let (images, others): (Vec<PathBuf>, Vec<PathBuf>) = found
        .files
        .into_iter()
        .partition(|path| is_picture(folder, path));
    let skipped: Vec<PathBuf> = others
        .into_iter()
        .chain(found.links)
        .chain(found.others)
        .collect();
    if images.is_empty() {
        let expected = format!("a folder of pictures ({})", pictures::ENDINGS.join(", "));
        let got = if skipped.is_empty() {
            "nothing".into()
        } else {
            format!("{} other files", skipped.len())
        };
        return Err(file_error(folder, "", expected, got, "name a file in it"));
    }
    let name = |path: &PathBuf| pictures::name_in(folder, path);
    let mut told = Inspection::new(folder, "folder of pictures");
    let mut sizes: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let is_decoded = images.len() <= MAX_DECODED;
    let look = |image: &PathBuf| {
        let shape = pictures::shape(image)?;
        // What is cut off, or moves, is seen by no header.
        if is_decoded {
            pictures::read(image, 1)?;
        }
        Ok(shape)
    };
    let looked: Vec<Result<(usize, usize)>> = images.par_iter().map(look).collect();
    for (image, looked) in images.iter().zip(looked) {
        told.n_bytes += image.metadata().map_or(0, |facts| facts.len());
        match looked {
            Ok(shape) => *sizes.entry(shape).or_default() += 1,
            Err(error) => told.fail(&error),
        }
    }
    if !is_decoded {
        told.facts.push(format!(
            "of more than {MAX_DECODED} pictures headers alone are looked at; `lab data pack` decodes all"
        ));
    }
    told.usage = Some(format!(
        "arrays(images: \"{0}\", …) or folder(path: \"{0}\")",
        folder.display()
    ));
    told.facts
        .push(format!("{} pictures: {}", images.len(), listed(&sizes)));
    if sizes.keys().any(|(height, width)| height != width) {
        told.facts
            .push("of those that are not square, the centre square is taken".into());
    }
    if !skipped.is_empty() {
        let names: Vec<String> = skipped.iter().map(name).collect();
        told.warnings.push(format!(
            "skipped, as they are no pictures: {}",
            lab_core::listed(&names, N_NAMED)
        ));
    }
    Ok(told)
}

/// As the loaders see it: hidden files and folders are none, and endings say the rest.
fn is_picture(folder: &Path, path: &Path) -> bool {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    let is_hidden = inside
        .components()
        .any(|part| part.as_os_str().to_string_lossy().starts_with('.'));
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    !is_hidden && ending.is_some_and(|ending| pictures::ENDINGS.contains(&ending.as_str()))
}

/// The sizes that most pictures have.
fn listed(sizes: &BTreeMap<(usize, usize), usize>) -> String {
    let mut all: Vec<_> = sizes.iter().collect();
    all.sort_by_key(|&(size, &n)| (usize::MAX - n, size));
    let shown = all
        .iter()
        .take(N_NAMED)
        .map(|((height, width), n)| format!("{n} of {height} × {width}"));
    let shown: Vec<String> = shown.collect();
    match all.len().saturating_sub(N_NAMED) {
        0 => shown.join(", "),
        n => format!("{} and {n} other sizes", shown.join(", ")),
    }
}
