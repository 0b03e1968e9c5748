//! Hashes of the files in a run's folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lab_core::{Error, Result};

/// Name of the manifest's file; it holds the hashes of all other files, and not its own among them.
pub(crate) const MANIFEST: &str = "manifest.json";

/// The hash of every file in a run's folder but the manifest, by its path in there.
pub(crate) fn hashes(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut hashes = BTreeMap::new();
    for (name, path) in files(folder)? {
        if name != MANIFEST {
            let bytes = fs::read(&path).map_err(Error::io("reading", &path))?;
            hashes.insert(name, blake3::hash(&bytes).to_hex().to_string());
        }
    }
    Ok(hashes)
}

/// Every file of a folder, by its path in there. A link counts as a file, whatever it leads to.
pub(crate) fn files(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::new();
    collect(folder, folder, &mut files)?;
    Ok(files)
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::io("reading", folder))? {
        let entry = entry.map_err(Error::io("reading", folder))?;
        let path = entry.path();
        if entry
            .file_type()
            .map_err(Error::io("reading", &path))?
            .is_dir()
        {
            collect(root, &path, files)?;
        } else {
            let name = path.strip_prefix(root).unwrap_or(&path);
            files.insert(name.to_string_lossy().into_owned(), path);
        }
    }
    Ok(())
}
