//! NumPy archives: which arrays an `.npz` file holds, and their values.
//!
//! Stored members stay where they are in the file. Deflated ones are unpacked: small ones into memory, large ones into a
//! temporary file that goes with the process, so that memory stays bounded.

use std::fs::File;
use std::io::{Read, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use flate2::Crc;
use flate2::read::DeflateDecoder;
use lab_core::{Error, Result, listed};

use super::in_file::Array;
use super::npy::{self, Header, MAX_HEADER};
use super::{MAX_NAMED, file_error, limits, zip};
use crate::mmap::{Mapped, SMALL};

/// Deflate makes at most 1032 bytes of one.
const MAX_RATIO: u64 = 1032;
/// Bytes of the longest list of words: names of regions take a few hundred.
const MAX_WORDS: u64 = 1 << 20;
/// Bytes of a value in double precision.
const WIDEST: usize = 8;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// An array of the archive, not read yet.
#[derive(Debug)]
pub struct Member {
    /// Its name, without `.npy`.
    pub name: String,
    /// Shape and type; what was found instead, if it is no array of numbers.
    pub header: Result<Header, String>,
    entry: zip::Entry,
}

/// An archive of arrays.
#[derive(Debug)]
pub struct Npz {
    file: Arc<Mapped>,
    members: Vec<Member>,
}

impl Npz {
    /// Looks into an archive.
    ///
    /// # Errors
    /// Fails if the file is missing or no archive.
    pub fn open(path: &Path) -> Result<Self> {
        Self::of(Mapped::open(path)?)
    }

    /// Looks into a mapped archive.
    ///
    /// # Errors
    /// Fails if the file is no archive.
    pub fn of(file: Arc<Mapped>) -> Result<Self> {
        let entries = zip::entries(file.bytes()).map_err(|got| {
            let (expected, remedy) = ("a NumPy archive", "save it with numpy.savez");
            file_error(file.path(), "", expected, got, remedy)
        })?;
        let arrays = entries.into_iter().filter_map(|entry| {
            let name = entry.name.strip_suffix(".npy")?.to_owned();
            let header = header(file.bytes(), &entry);
            Some(Member {
                name,
                header,
                entry,
            })
        });
        let members = arrays.collect();
        Ok(Self { file, members })
    }

    /// The arrays, in the order of the archive.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Whether there is an array of this name.
    pub fn has(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.name == name)
    }

    /// An array: in its place if it is stored, else unpacked.
    ///
    /// # Errors
    /// Fails if there is no such array, if it holds no numbers, or if it is damaged.
    pub fn array(&self, name: &str) -> Result<Array> {
        let Some(member) = self.members.iter().find(|member| member.name == name) else {
            let names: Vec<&str> = self.members.iter().map(|m| m.name.as_str()).collect();
            let got = if names.is_empty() {
                "no array".into()
            } else {
                listed(&names, MAX_NAMED)
            };
            return Err(self.error(name, "an array of this name", got, "name the right file"));
        };
        let fail = |got| self.error(name, "an array of numbers", got, "copy the file again");
        let header = member.header.clone().map_err(fail)?;
        let packed = zip::packed(self.file.bytes(), &member.entry).map_err(fail)?;
        let needed = (header.offset + header.n_bytes) as u64;
        let n_values = header.n_bytes / header.dtype.size;
        limits::check(
            self.file.path(),
            name,
            n_values as u64,
            WIDEST,
            packed.len() as u64,
        )?;
        if needed != member.entry.n_bytes {
            let got = format!("{} bytes where {needed} are needed", member.entry.n_bytes);
            return Err(fail(got));
        }
        let (file, start) = match member.entry.method {
            STORED if packed.len() as u64 == needed => (self.file.clone(), packed.start),
            STORED => return Err(fail(format!("{} bytes of {needed}", packed.len()))),
            _ => (self.unpacked(&packed, needed, name)?, 0),
        };
        let bytes = start + header.offset..start + header.offset + header.n_bytes;
        if needed <= SMALL as u64 {
            let mut crc = Crc::new();
            crc.update(&file.bytes()[start..bytes.end]);
            if crc.sum() != member.entry.crc {
                return Err(fail("bytes that do not have their check sum".into()));
            }
        }
        Ok(Array {
            file,
            bytes,
            shape: header.shape,
            dtype: header.dtype,
            fortran: header.fortran,
            variable: name.to_owned(),
        })
    }

    /// An array of words, such as names of regions.
    ///
    /// # Errors
    /// Fails if there is no such array, or it holds no text.
    pub fn words(&self, name: &str) -> Result<Vec<String>> {
        let fail = |got| self.error(name, "an array of words", got, "copy the file again");
        let member = self.members.iter().find(|member| member.name == name);
        let member = member.ok_or_else(|| fail("no such array".into()))?;
        let packed = zip::packed(self.file.bytes(), &member.entry).map_err(fail)?;
        let packed = &self.file.bytes()[packed];
        if member.entry.n_bytes > MAX_WORDS {
            return Err(fail(format!("{} bytes", member.entry.n_bytes)));
        }
        let mut bytes = Vec::new();
        let read = match member.entry.method {
            STORED => packed.take(member.entry.n_bytes).read_to_end(&mut bytes),
            _ => DeflateDecoder::new(packed)
                .take(member.entry.n_bytes)
                .read_to_end(&mut bytes),
        };
        read.map_err(|error| fail(error.to_string()))?;
        npy::words(&bytes).map_err(fail)
    }

    /// A deflated member of `n_bytes`, inflated.
    fn unpacked(&self, packed: &Range<usize>, n_bytes: u64, name: &str) -> Result<Arc<Mapped>> {
        let fail = |got| self.error(name, "a deflated array", got, "copy the file again");
        if n_bytes > MAX_RATIO * (packed.len() as u64 + 1) {
            let got = format!("{} bytes that claim to be {n_bytes}", packed.len());
            return Err(fail(got));
        }
        let packed = &self.file.bytes()[packed.clone()];
        // One byte more than there should be shows that there is more.
        let mut inflated = DeflateDecoder::new(packed).take(n_bytes + 1);
        let (file, n_found) = if n_bytes <= SMALL as u64 {
            let mut bytes = Vec::new();
            let read = inflated.read_to_end(&mut bytes);
            read.map_err(|error| fail(error.to_string()))?;
            let n_found = bytes.len() as u64;
            (Mapped::memory(bytes, self.file.path()), n_found)
        } else {
            let temporary = tempfile::tempfile();
            let mut temporary = temporary.map_err(Error::io("creating", std::env::temp_dir()))?;
            let n_found = inflate_into(&mut inflated, &mut temporary).map_err(|error| {
                fail(format!(
                    "{error} while unpacking into the folder for temporary files"
                ))
            })?;
            (Mapped::of(&temporary, self.file.path())?, n_found)
        };
        if n_found != n_bytes {
            return Err(fail(format!("{n_found} bytes of {n_bytes}")));
        }
        Ok(file)
    }

    fn error(&self, name: &str, expected: &str, got: String, remedy: &str) -> Error {
        file_error(self.file.path(), name, expected, got, remedy)
    }
}

fn inflate_into(inflated: &mut impl Read, file: &mut File) -> std::io::Result<u64> {
    let mut buffer = vec![0; 1 << 18];
    let mut n_found = 0;
    loop {
        match inflated.read(&mut buffer)? {
            0 => return Ok(n_found),
            n => {
                file.write_all(&buffer[..n])?;
                n_found += n as u64;
            }
        }
    }
}

/// The header of a member, whose data are left alone.
fn header(bytes: &[u8], entry: &zip::Entry) -> Result<Header, String> {
    let packed = &bytes[zip::packed(bytes, entry)?];
    match entry.method {
        STORED => npy::parse(&packed[..packed.len().min(MAX_HEADER)]),
        DEFLATED => {
            let mut start = Vec::new();
            let mut first = DeflateDecoder::new(packed).take(MAX_HEADER as u64);
            // Where the data are damaged, the header before them still tells what they were.
            if let Err(error) = first.read_to_end(&mut start) {
                return npy::parse(&start).map_err(|_| error.to_string());
            }
            npy::parse(&start)
        }
        method => Err(format!("bytes packed by method {method}")),
    }
}
