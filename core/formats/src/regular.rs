//! Opening files: regular ones alone, so that no reader waits for a pipe or reads a device without end.

use std::fs::{File, FileType, Metadata};
use std::path::Path;

use lab_core::{Error, Result};

use crate::{file_error, limits};

/// What is known of a regular file. Links to one are followed.
///
/// # Errors
/// Fails if there is none, or if it is a folder, a pipe, a socket or a device.
pub fn facts(path: &Path) -> Result<Metadata> {
    let facts = std::fs::metadata(path).map_err(Error::io("reading", path))?;
    if facts.is_file() {
        return Ok(facts);
    }
    let got = what(facts.file_type());
    let remedy = if facts.is_dir() {
        "name a file in it"
    } else {
        "copy what it gives into a file, and name that"
    };
    Err(file_error(path, "", "a file", got, remedy))
}

/// Opens a regular file to be read.
///
/// # Errors
/// As [`facts`], or if it cannot be opened.
pub fn open(path: &Path) -> Result<File> {
    // A pipe would block before it could be asked what it is.
    facts(path)?;
    File::open(path).map_err(Error::io("reading", path))
}

/// Refuses what is no regular file, or larger than a file of text may be ([`limits::most_text`]).
///
/// # Errors
/// Fails with what it is, or with both sizes.
pub fn check_text(path: &Path) -> Result<()> {
    let (n_bytes, most) = (facts(path)?.len(), limits::most_text());
    if n_bytes <= most {
        return Ok(());
    }
    let (expected, got) = (format!("text of at most {most} bytes"), n_bytes.to_string());
    Err(file_error(path, "", expected, got, limits::remedy()))
}

/// The text of a regular file in UTF-8.
///
/// # Errors
/// As [`check_text`], or if the file is no text.
pub fn text(path: &Path) -> Result<String> {
    check_text(path)?;
    let bytes = std::fs::read(path).map_err(Error::io("reading", path))?;
    String::from_utf8(bytes).map_err(|error| {
        let got = format!("another byte at {}", error.utf8_error().valid_up_to());
        let remedy = "save it as UTF-8";
        file_error(path, "", "text in UTF-8", got, remedy)
    })
}

/// What kind of thing has a path, in words.
pub(crate) fn what(kind: FileType) -> &'static str {
    if kind.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    "no regular file"
}
