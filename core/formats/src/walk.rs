//! The files of a folder and of its subfolders: how every reader of folders finds them.
//!
//! Links to files are files; links to folders are not followed, for they may lead back. Pipes, sockets and devices are not
//! opened. What was passed over is told.

use std::fs::DirEntry;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lab_core::{Error, Result};

use crate::{file_error, regular};

/// Folders in folders are entered so far.
pub const DEEPEST: usize = 32;
/// Entries of a folder and its subfolders that are looked at: ten times the pictures of `ImageNet`.
pub const MOST: usize = 1 << 24;

/// What a folder holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walk {
    /// Regular files and links to such, sorted by path, hidden ones among them.
    pub files: Vec<PathBuf>,
    /// Links to folders, which were not followed, sorted.
    pub links: Vec<PathBuf>,
    /// Pipes, sockets, devices and links that lead nowhere, which were not opened, sorted.
    pub others: Vec<PathBuf>,
}

/// Walks through a folder. A folder that is named by a link is entered.
///
/// # Errors
/// Fails if a folder cannot be read, lies deeper than [`DEEPEST`], or there are more than [`MOST`] entries.
pub fn walk(folder: &Path) -> Result<Walk> {
    let got = match std::fs::metadata(folder) {
        Ok(facts) if !facts.is_dir() => Some("a file"),
        Err(error) if error.kind() == ErrorKind::NotFound => Some("nothing of that name"),
        _ => None,
    };
    if let Some(got) = got {
        let remedy = "name a folder; paths are relative to the one that lab is started in";
        return Err(file_error(folder, "", "a folder", got, remedy));
    }
    let mut found = Walk::default();
    let mut folders = vec![(folder.to_owned(), 0)];
    let mut n_seen = 0;
    while let Some((next, depth)) = folders.pop() {
        for entry in std::fs::read_dir(&next).map_err(Error::io("reading", &next))? {
            let entry = entry.map_err(Error::io("reading", &next))?;
            n_seen += 1;
            if n_seen > MOST || depth > DEEPEST {
                let expected = format!("at most {MOST} files, in folders at most {DEEPEST} deep");
                let remedy = "name a smaller folder";
                return Err(file_error(&next, "", expected, "more", remedy));
            }
            sort(&entry, depth, &mut folders, &mut found)?;
        }
    }
    for paths in [&mut found.files, &mut found.links, &mut found.others] {
        paths.sort();
    }
    Ok(found)
}

/// Puts an entry where it belongs.
fn sort(
    entry: &DirEntry,
    depth: usize,
    folders: &mut Vec<(PathBuf, usize)>,
    found: &mut Walk,
) -> Result<()> {
    let path = entry.path();
    let kind = entry.file_type().map_err(Error::io("reading", &path))?;
    if kind.is_dir() {
        folders.push((path, depth + 1));
    } else if kind.is_symlink() {
        match std::fs::metadata(&path) {
            Ok(target) if target.is_dir() => found.links.push(path),
            Ok(target) if target.is_file() => found.files.push(path),
            _ => found.others.push(path),
        }
    } else if kind.is_file() {
        found.files.push(path);
    } else {
        found.others.push(path);
    }
    Ok(())
}

impl Walk {
    /// What was passed over, one sentence each; none if nothing was.
    pub fn notes(&self) -> Vec<String> {
        let kinds = [
            (&self.links, "a link to a folder, which is not followed"),
            (&self.others, "no regular file"),
        ];
        let mut notes = Vec::new();
        for (paths, why) in kinds {
            for path in paths {
                let kind = std::fs::symlink_metadata(path).map(|facts| facts.file_type());
                let why = match kind {
                    Ok(kind) if !kind.is_symlink() => regular::what(kind),
                    _ => why,
                };
                notes.push(format!("'{}' was passed over: {why}.", path.display()));
            }
        }
        notes
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::walk;
    use crate::regular;

    #[test]
    fn links_to_folders_are_told_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("inner")).unwrap();
        for name in ["b.png", "inner/a.png"] {
            std::fs::write(at(name), "x").unwrap();
        }
        symlink(folder.path(), at("loop")).unwrap();
        symlink(at("inner"), at("inner/again")).unwrap();
        symlink(at("b.png"), at("c.png")).unwrap();
        symlink(at("nothing"), at("dangling")).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        let found = walk(folder.path()).unwrap();
        let names = |paths: &[std::path::PathBuf]| -> Vec<String> {
            let inside = |path: &std::path::PathBuf| {
                let inside = path.strip_prefix(folder.path()).unwrap();
                inside.to_string_lossy().into_owned()
            };
            paths.iter().map(inside).collect()
        };
        assert_eq!(names(&found.files), ["b.png", "c.png", "inner/a.png"]);
        assert_eq!(names(&found.links), ["inner/again", "loop"]);
        assert_eq!(names(&found.others), ["dangling", "socket"]);
        let notes = found.notes().join("\n");
        assert_eq!(found.notes().len(), 4, "{notes}");
        assert!(
            notes.contains("not followed") && notes.contains("a socket"),
            "{notes}"
        );
    }

    #[test]
    fn what_is_no_folder_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        std::fs::write(&file, "x").unwrap();
        for (path, what) in [
            (file, "got a file"),
            (folder.path().join("b"), "got nothing of that name"),
        ] {
            let error = walk(&path).unwrap_err().to_string();
            assert!(
                error.contains(what) && error.contains("name a folder"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_no_regular_file_is_refused_by_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _socket = UnixListener::bind(&socket).unwrap();
        for (path, what) in [
            (folder.path(), "a folder"),
            (socket.as_path(), "a socket"),
            (std::path::Path::new("/dev/zero"), "a device"),
        ] {
            let error = regular::open(path).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
