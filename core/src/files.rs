//! Files that are read whole: regular ones, up to a stated size.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::{Error, Result};

/// Reads a file whole. A pipe would never end and a device never be empty, so that neither is opened.
///
/// # Errors
/// - [`Error::Io`] if the file cannot be read.
/// - [`Error::File`] if it is no regular file, or has more than `limit` bytes.
pub fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let refused = |expected: String, got: String, remedy: &str| Error::File {
        path: path.into(),
        variable: String::new(),
        expected,
        got,
        remedy: remedy.into(),
    };
    let kind = fs::metadata(path).map_err(Error::io("reading", path))?;
    if !kind.is_file() {
        let got = if kind.is_dir() {
            "a folder"
        } else {
            "a pipe or a device, which may never end"
        };
        return Err(refused("a regular file".into(), got.into(), "name a file"));
    }
    let file = File::open(path).map_err(Error::io("reading", path))?;
    let mut bytes = Vec::new();
    let n_read = file
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::io("reading", path))?;
    if n_read as u64 > limit {
        let expected = format!("at most {limit} bytes");
        let got = format!("{} bytes", kind.len().max(n_read as u64));
        return Err(refused(expected, got, "name another file"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::read_regular;

    #[test]
    fn files_are_regular_and_no_larger_than_the_limit() {
        let folder = std::env::temp_dir().join(format!("lab-files-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("x");
        std::fs::write(&file, [7; 10]).unwrap();
        assert_eq!(read_regular(&file, 10).unwrap(), [7; 10]);
        let complaint = |path: &Path| read_regular(path, 9).unwrap_err().to_string();
        assert!(
            complaint(&file).contains("expected at most 9 bytes, got 10 bytes"),
            "{}",
            complaint(&file)
        );
        assert!(complaint(&folder).contains("got a folder"));
        assert!(complaint(&folder.join("none")).starts_with("reading '"));
        #[cfg(unix)]
        assert!(complaint(Path::new("/dev/zero")).contains("got a pipe or a device"));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
