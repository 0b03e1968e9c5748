//! The table of a split.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use lab_core::{Error, Result};

use super::{Images, Made, Set};

/// Writes a split as a table with the columns `image` and `set`, a line for each image in the order of the dataset.
///
/// # Errors
/// Fails if the file is there already, or cannot be written.
pub fn write(images: &Images, made: &Made, path: &Path) -> Result<()> {
    let mut text = String::from("image,set\n");
    for (name, set) in images.names.iter().zip(&made.sets) {
        let set = match set {
            Set::Train => "train",
            Set::Test => "test",
            Set::Neither => "none",
        };
        text.push_str(&cell(name));
        text.push(',');
        text.push_str(set);
        text.push('\n');
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => there_already(path),
            _ => Error::io("creating", path)(error),
        })?;
    file.write_all(text.as_bytes())
        .map_err(Error::io("writing", path))
}

/// A table of a split is never written over: runs may rest on it.
pub fn there_already(path: &Path) -> Error {
    Error::Data {
        what: format!("--out {}", path.display()),
        expected: "a new file".into(),
        got: "one that is there".into(),
        remedy: "give another name, or remove the file if no run rests on it".into(),
    }
}

/// A name as a cell: in quotes where it would be read as something else.
fn cell(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r', ';', '\t']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}
