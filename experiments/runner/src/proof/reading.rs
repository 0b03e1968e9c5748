//! The check before a finished run is read: the manifest's own hash, and those of the files that are read.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use lab_core::Error as CoreError;

use super::inputs::content;
use super::manifest::Manifest;
use super::seal::{self, Broken};
use crate::hashes::MANIFEST;
use crate::{Error, Result};

/// What is found where a file should be.
const NO_FILE: &str = "no file";

/// Checks that these files of a finished run are what the run wrote, before anybody believes them; returns its manifest.
///
/// # Errors
/// - [`Error::Unfinished`] if the folder has no manifest.
/// - [`Error::Older`] if its manifest is of a version that gave it no hash.
/// - [`Error::Changed`] if the manifest or one of the files is not what was written.
/// - [`Error::Foreign`] if the manifest is none.
pub fn check_before_reading(folder: &Path, files: &[&str]) -> Result<Manifest> {
    let path = folder.join(MANIFEST);
    let bytes = text_of_manifest(folder)?;
    match seal::check(&bytes) {
        Ok(()) => {}
        Err(Broken::Older) => return Err(Error::Older { path }),
        Err(broken) => {
            let (expected, found) = told(broken);
            return Err(Error::Changed {
                path,
                expected,
                found,
            });
        }
    }
    let manifest = Manifest::parse(&path, &bytes)?;
    for &file in files {
        let path = folder.join(file);
        let expected = manifest.files.get(file);
        let found = match content(&path) {
            Ok(found) if Some(&found) == expected => continue,
            Err(error) if error.kind() == ErrorKind::NotFound && expected.is_none() => continue,
            Err(error) if error.kind() == ErrorKind::NotFound => NO_FILE.to_owned(),
            Ok(found) => found,
            Err(error) => error.to_string(),
        };
        return Err(Error::Changed {
            path,
            expected: expected.cloned().unwrap_or_else(|| NO_FILE.into()),
            found,
        });
    }
    Ok(manifest)
}

/// The bytes of a folder's manifest.
pub(super) fn text_of_manifest(folder: &Path) -> Result<Vec<u8>> {
    let path = folder.join(MANIFEST);
    let found = match fs::metadata(&path) {
        Ok(found) => found,
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Err(Error::Unfinished {
                folder: folder.to_owned(),
            });
        }
        Err(error) => return Err(CoreError::io("reading", path)(error).into()),
    };
    // A pipe or a device may never end.
    if !found.is_file() {
        return Err(Error::Foreign {
            path,
            expected: "a regular file",
            got: "a folder, a pipe or a device".into(),
        });
    }
    Ok(fs::read(&path).map_err(CoreError::io("reading", &path))?)
}

/// What a manifest should carry, and what it does.
pub(super) fn told(broken: Broken) -> (String, String) {
    match broken {
        Broken::Hash { expected, found } => (expected, found),
        Broken::NoHash | Broken::Older => ("in its second line".into(), "none there".into()),
        Broken::NoJson(error) => ("of what lab wrote".into(), format!("no JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::check_before_reading;
    use crate::Error;
    use crate::hashes::{MANIFEST, hashes};
    use crate::proof::manifest::Manifest;
    use crate::proof::manifest::tests::manifest;

    /// A folder of two files, and its manifest.
    fn folder() -> (tempfile::TempDir, Manifest) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("summary.json"), "{}").unwrap();
        fs::write(folder.path().join("run.ron"), "()").unwrap();
        let manifest = manifest(hashes(folder.path()).unwrap());
        manifest.save(folder.path()).unwrap();
        (folder, manifest)
    }

    fn read(folder: &Path) -> Result<Manifest, Error> {
        check_before_reading(folder, &["summary.json"])
    }

    #[test]
    fn what_the_run_wrote_is_read_and_nothing_else() {
        let (folder, manifest) = folder();
        let folder = folder.path();
        assert_eq!(read(folder).unwrap(), manifest);
        // Only what is read is looked at.
        fs::write(folder.join("run.ron"), "(1)").unwrap();
        assert_eq!(read(folder).unwrap(), manifest);
        let changed = |of: &str, words: &str| {
            let error = read(folder).unwrap_err();
            let Error::Changed {
                path,
                expected,
                found,
            } = &error
            else {
                panic!("{error}");
            };
            assert!(path.ends_with(of), "{error}");
            assert!(format!("{expected} {found}").contains(words), "{error}");
        };
        fs::write(folder.join("summary.json"), "{ }").unwrap();
        let found = blake3::hash(b"{ }").to_hex().to_string();
        changed("summary.json", &found);
        fs::remove_file(folder.join("summary.json")).unwrap();
        changed("summary.json", "no file");
        fs::write(folder.join("summary.json"), "{}").unwrap();
        let text = fs::read_to_string(folder.join(MANIFEST)).unwrap();
        fs::write(
            folder.join(MANIFEST),
            text.replace("\"seed\": 1", "\"seed\": 2"),
        )
        .unwrap();
        changed(MANIFEST, "");
        fs::write(folder.join(MANIFEST), "{}").unwrap();
        assert!(matches!(read(folder), Err(Error::Older { .. })));
        fs::remove_file(folder.join(MANIFEST)).unwrap();
        assert!(matches!(read(folder), Err(Error::Unfinished { .. })));
        assert!(matches!(
            read(&folder.join("no")),
            Err(Error::Unfinished { .. })
        ));
    }
}
