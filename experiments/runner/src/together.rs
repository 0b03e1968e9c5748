//! Files that take their places in a folder together, once all of them are written.

use std::fs;
use std::path::Path;

use lab_core::{Error as CoreError, Result as CoreResult};

use crate::Error;
use crate::store::{NewFolder, remove_litter_of};

/// Name of the new folder, which no file of a summary has.
const TOGETHER: &str = "together";

/// Writes files that belong together into a folder: `make` writes them into a new folder in it, and from there each takes the
/// place of the one before it.
///
/// # Errors
/// Fails with `make`, or if a file cannot be written; unless it is their moving that fails, what stood there still stands.
pub fn write_together<T, E: From<Error>>(
    folder: &Path,
    make: impl FnOnce(&Path) -> Result<T, E>,
) -> Result<T, E> {
    let new = new_in(folder).map_err(Error::from)?;
    let made = make(new.path())?;
    move_all(&new, folder).map_err(Error::from)?;
    Ok(made)
}

fn new_in(folder: &Path) -> CoreResult<NewFolder> {
    fs::create_dir_all(folder).map_err(CoreError::io("creating", folder))?;
    // The folder may be anybody's, so that nothing else in it is taken for litter.
    remove_litter_of(folder, TOGETHER)?;
    NewFolder::beside(&folder.join(TOGETHER))
}

fn move_all(new: &NewFolder, folder: &Path) -> CoreResult<()> {
    new.sync()?;
    for entry in fs::read_dir(new.path()).map_err(CoreError::io("reading", new.path()))? {
        let entry = entry.map_err(CoreError::io("reading", new.path()))?;
        let to = folder.join(entry.file_name());
        fs::rename(entry.path(), &to).map_err(CoreError::io("writing", &to))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::write_together;
    use crate::{Error, Result};

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_written_before_stays_until_all_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let write = |text: &str, ends: bool| {
            write_together(&out, |new| -> Result<()> {
                fs::write(new.join("table"), text).unwrap();
                if !ends {
                    return Err(Error::Missing { what: "space" });
                }
                fs::write(new.join("page"), text).unwrap();
                Ok(())
            })
        };
        let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
        write("first", true).unwrap();
        fs::write(out.join(".new-mine"), "").unwrap();
        fs::create_dir(out.join(".new-together-0")).unwrap();
        fs::write(out.join(".new-together-0/table"), "killed").unwrap();
        assert!(write("second", false).is_err());
        assert_eq!([read("table"), read("page")], ["first", "first"]);
        assert_eq!(names(&out), [".new-mine", "page", "table"]);
        write("second", true).unwrap();
        assert_eq!([read("table"), read("page")], ["second", "second"]);
        assert_eq!(names(&out), [".new-mine", "page", "table"]);
    }
}
