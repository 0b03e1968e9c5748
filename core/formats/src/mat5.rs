//! MATLAB 5 files: their variables, numeric, text, cells or structures, plain or compressed. Objects that only MATLAB knows,
//! such as strings and tables, are named and not read.
//!
//! ```text
//! file    = header[128] element*
//! element = (type, n_bytes) data padding     or, for up to four bytes, one packed word and the data
//! matrix  = flags dims name values           with values stored in any numeric type, whatever the array's class
//! ```
//! Source: The `MathWorks`, *MAT-File Format*, Level 5.
//! Opening a file reads the heads of its variables only; a variable is read, and unpacked, when it is asked for.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::ZlibDecoder;
use lab_core::{Error, Result};

use super::array::{Array, Fastest, Number};
use super::mat5_element::{COMPRESSED, Head, MATRIX, Mismatch, Stream, Value};
use super::{file_error, regular};

/// Bytes before the first element.
const HEADER: u64 = 128;
/// Bytes that one packed byte may become: the limit of the method itself.
const MOST_UNPACKED: u64 = 1032;

/// A file, opened.
#[derive(Debug)]
pub struct MatFile {
    path: PathBuf,
    big_endian: bool,
    variables: Vec<Place>,
    unreadable: Vec<String>,
}

/// What the heads of a file say.
struct Found {
    big_endian: bool,
    variables: Vec<Place>,
    unreadable: Vec<String>,
}

/// Where a variable lies.
#[derive(Debug)]
struct Place {
    head: Head,
    start: u64,
    n_bytes: u64,
    packed: bool,
}

impl MatFile {
    /// Reads the heads of all variables.
    ///
    /// # Errors
    /// Fails if the file is missing, is no MATLAB 5 file, or ends too early.
    pub fn open(path: &Path) -> Result<Self> {
        let file = regular::open(path)?;
        let n_bytes = file.metadata().map_err(Error::io("reading", path))?.len();
        let mut reader = BufReader::new(file);
        let found = read_places(&mut reader, n_bytes);
        let found = found.map_err(|mismatch| damaged(path, "", mismatch))?;
        Ok(Self {
            path: path.to_owned(),
            big_endian: found.big_endian,
            variables: found.variables,
            unreadable: found.unreadable,
        })
    }

    /// What is known of each variable, in the order of the file. What MATLAB keeps beside them for its objects has no name
    /// and is none.
    pub fn heads(&self) -> impl Iterator<Item = &Head> {
        let heads = self.variables.iter().map(|place| &place.head);
        heads.filter(|head| !head.name.is_empty())
    }

    /// Variables whose heads cannot be read, one sentence each.
    pub fn unreadable(&self) -> &[String] {
        &self.unreadable
    }

    /// The first of these names that a variable has.
    ///
    /// # Errors
    /// Fails with the list of variables if there is none.
    pub fn any_of<'a>(&self, names: &[&'a str]) -> Result<&'a str> {
        let heads = self.heads().map(|head| head.name.as_str());
        let known: Vec<&str> = heads
            .chain(self.unreadable.iter().map(String::as_str))
            .collect();
        super::any_of(&self.path, &known, names)
    }

    /// A variable of any class.
    ///
    /// # Errors
    /// Fails if there is none of that name, or its data are damaged.
    pub fn value<T: Number>(&self, name: &str) -> Result<Value<T>> {
        let (_, value) = self.read(name, Stream::matrix)?;
        Ok(value)
    }

    /// A variable's numbers.
    ///
    /// # Errors
    /// Fails if there is none of that name, or it holds no numbers.
    pub fn array<T: Number>(&self, name: &str) -> Result<Array<T>> {
        let mut values = Vec::new();
        let shape = self.append(name, &mut values)?;
        Ok(Array {
            shape,
            fastest: Fastest::First,
            values,
        })
    }

    /// Appends a variable's numbers, first axis fastest; its shape.
    ///
    /// # Errors
    /// As [`Self::array`].
    pub fn append<T: Number>(&self, name: &str, out: &mut Vec<T>) -> Result<Vec<usize>> {
        let (head, is_numeric) = self.read(name, |stream| stream.append(out))?;
        if is_numeric {
            return Ok(head.shape);
        }
        let remedy = "name another variable or file";
        Err(file_error(
            &self.path,
            name,
            "real numbers",
            head.class(),
            remedy,
        ))
    }

    fn read<T>(
        &self,
        name: &str,
        with: impl FnOnce(&mut Stream<Box<dyn Read>>) -> Result<T, Mismatch>,
    ) -> Result<T> {
        self.any_of(&[name])?;
        // Of two variables with one name MATLAB keeps the later.
        let named = |place: &&Place| place.head.name == name;
        let Some(place) = self.variables.iter().rev().find(named) else {
            let got = ("a variable".into(), "none".into());
            return Err(damaged(&self.path, name, got));
        };
        let mut file = File::open(&self.path).map_err(Error::io("reading", &self.path))?;
        file.seek(SeekFrom::Start(place.start))
            .map_err(Error::io("reading", &self.path))?;
        let data = BufReader::with_capacity(1 << 16, file.take(place.n_bytes));
        let read = if place.packed {
            let most = place.n_bytes.saturating_mul(MOST_UNPACKED);
            let unpacked: Box<dyn Read> = Box::new(ZlibDecoder::new(data));
            let mut stream = Stream::new(unpacked, self.big_endian, most, place.n_bytes);
            stream.skip_tag().and_then(|()| with(&mut stream))
        } else {
            with(&mut Stream::new(
                Box::new(data),
                self.big_endian,
                place.n_bytes,
                place.n_bytes,
            ))
        };
        read.map_err(|mismatch| damaged(&self.path, name, mismatch))
    }
}

fn damaged(path: &Path, variable: &str, (expected, got): Mismatch) -> Error {
    let remedy = "copy the file again from its source, or save it anew with save('-v7', …)";
    file_error(path, variable, expected, got, remedy)
}

fn read_places(file: &mut BufReader<File>, n_bytes: u64) -> Result<Found, Mismatch> {
    let mut found = Found {
        big_endian: read_header(file, n_bytes)?,
        variables: Vec::new(),
        unreadable: Vec::new(),
    };
    let big_endian = found.big_endian;
    let mut at = HEADER;
    while at + 8 <= n_bytes {
        let broken = |error: std::io::Error| ("a whole file".to_owned(), error.to_string());
        file.seek(SeekFrom::Start(at)).map_err(broken)?;
        let tag = Stream::new(&mut *file, big_endian, n_bytes - at, n_bytes).tag()?;
        let start = at + 8;
        if tag.n_bytes > n_bytes - start {
            return Err((
                format!("{} more bytes", tag.n_bytes),
                format!("the end of the file after {}", n_bytes - start),
            ));
        }
        let packed = tag.kind == COMPRESSED;
        if packed || tag.kind == MATRIX {
            let data = file.by_ref().take(tag.n_bytes);
            match head(data, big_endian, tag.n_bytes, packed) {
                Ok(head) => found.variables.push(Place {
                    head,
                    start,
                    n_bytes: tag.n_bytes,
                    packed,
                }),
                // The element's length is known, so that the variables behind it are found.
                Err((expected, got)) => found.unreadable.push(format!(
                    "variable {} (expected {expected}, got {got})",
                    found.variables.len() + found.unreadable.len() + 1
                )),
            }
        }
        // Compressed elements are not padded.
        at = start
            + if packed {
                tag.n_bytes
            } else {
                tag.n_bytes.next_multiple_of(8)
            };
    }
    if at < n_bytes {
        refuse_rest(file, at, n_bytes - at)?;
    }
    Ok(found)
}

/// Bytes behind the last variable that are no padding begin a variable that was cut off.
fn refuse_rest(file: &mut BufReader<File>, at: u64, n_left: u64) -> Result<(), Mismatch> {
    let broken = |error: std::io::Error| ("a whole file".to_owned(), error.to_string());
    file.seek(SeekFrom::Start(at)).map_err(broken)?;
    let mut rest = Vec::new();
    file.take(n_left).read_to_end(&mut rest).map_err(broken)?;
    if rest.iter().all(|&byte| byte == 0) {
        return Ok(());
    }
    Err((
        "the beginning of a variable, 8 bytes".to_owned(),
        format!("the end of the file after {n_left}"),
    ))
}

/// The head of the variable that these bytes hold.
fn head(data: impl Read, big_endian: bool, n_bytes: u64, packed: bool) -> Result<Head, Mismatch> {
    if !packed {
        return Stream::new(data, big_endian, n_bytes, n_bytes).head();
    }
    let most = n_bytes.saturating_mul(MOST_UNPACKED);
    let mut stream = Stream::new(ZlibDecoder::new(data), big_endian, most, n_bytes);
    stream.skip_tag()?;
    stream.head()
}

/// Reads the header: whether its numbers are big-endian.
fn read_header(file: &mut impl Read, n_bytes: u64) -> Result<bool, Mismatch> {
    let expected = || "a MATLAB 5 file".to_owned();
    let mut header = Vec::new();
    let read = file.take(HEADER).read_to_end(&mut header);
    let version_4 = "a MATLAB 4 file, which is not read".to_owned();
    if read.is_err() || n_bytes < HEADER || header.len() < HEADER as usize {
        if looks_like_version_4(&header) {
            return Err((expected(), version_4));
        }
        let got = format!("{n_bytes} bytes, less than its header");
        return Err((expected(), got));
    }
    if header.starts_with(b"MATLAB 7.3") {
        return Err((expected(), "an HDF5 file (MATLAB 7.3)".into()));
    }
    match &header[126..] {
        b"IM" => Ok(false),
        b"MI" => Ok(true),
        _ if looks_like_version_4(&header) => Err((expected(), version_4)),
        _ => Err((expected(), "a file without its byte-order mark".into())),
    }
}

/// Version 4 has no header: five small integers, of which the first is the type and the fifth the length of the name.
fn looks_like_version_4(header: &[u8]) -> bool {
    let word = |at: usize| {
        let word = header.get(at..at + 4)?.first_chunk().copied();
        word.map(u32::from_le_bytes)
    };
    let (Some(kind), Some(imaginary), Some(length)) = (word(0), word(12), word(16)) else {
        return false;
    };
    kind < 5000 && imaginary <= 1 && (1..64).contains(&length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_and_short_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("garbage.mat");
        for bytes in [vec![], vec![7; 64], vec![7; 4096]] {
            std::fs::write(&path, bytes).unwrap();
            assert!(MatFile::open(&path).is_err());
        }
    }
}
