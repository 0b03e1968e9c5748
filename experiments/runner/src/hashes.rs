//! Hashes of the files in a run's folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lab_core::{Error, Result};

/// Name of the manifest's file, which holds these hashes and has none itself.
pub(crate) const MANIFEST: &str = "manifest.json";

/// The hash of every file in a run's folder but the manifest, by its path in there.
pub(crate) fn hashes(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    hash_files(folder, folder, &mut files)?;
    files.remove(MANIFEST);
    Ok(files)
}

fn hash_files(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::io("reading", folder))? {
        let path = entry.map_err(Error::io("reading", folder))?.path();
        if path.is_dir() {
            hash_files(root, &path, files)?;
        } else {
            let bytes = fs::read(&path).map_err(Error::io("reading", &path))?;
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
