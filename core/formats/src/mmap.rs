//! Files in the address space: bytes that the system reads when they are looked at, and drops when memory runs short.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_core::{Error, Result};
use memmap2::Mmap;

use crate::regular;

/// Unpacked arrays of up to so many bytes are kept in memory. Tests have no large ones.
pub const SMALL: usize = if cfg!(test) { 300 } else { 64 << 20 };

/// The bytes of a file, mapped, or bytes in memory that belong to a file.
#[derive(Debug)]
pub struct Mapped {
    path: PathBuf,
    bytes: Bytes,
}

#[derive(Debug)]
enum Bytes {
    Mapped(Mmap),
    Memory(Vec<u8>),
}

impl Mapped {
    /// Maps a file into memory.
    ///
    /// # Errors
    /// Fails if the file is missing, is no regular file, or cannot be mapped.
    pub fn open(path: &Path) -> Result<Arc<Self>> {
        let file = regular::open(path)?;
        Self::of(&file, path)
    }

    /// Maps an open file; errors call it `path`. The map outlives the file's name.
    ///
    /// # Errors
    /// Fails if the file cannot be mapped.
    pub fn of(file: &File, path: &Path) -> Result<Arc<Self>> {
        let n_bytes = file.metadata().map_err(Error::io("reading", path))?.len();
        let bytes = if n_bytes == 0 {
            // An empty file cannot be mapped.
            Bytes::Memory(Vec::new())
        } else {
            Bytes::Mapped(map(file).map_err(Error::io("mapping", path))?)
        };
        Ok(Arc::new(Self {
            path: path.to_owned(),
            bytes,
        }))
    }

    /// Bytes in memory; errors call them `path`.
    pub fn memory(bytes: Vec<u8>, path: &Path) -> Arc<Self> {
        Arc::new(Self {
            path: path.to_owned(),
            bytes: Bytes::Memory(bytes),
        })
    }

    /// Bytes that were unpacked: in memory if they are few, else in a temporary file that goes with the process, so that
    /// large arrays cost no memory while they are not looked at. Errors call them `path`.
    ///
    /// # Errors
    /// Fails if the folder for temporary files has no room.
    pub fn unpacked(bytes: Vec<u8>, path: &Path) -> Result<Arc<Self>> {
        if bytes.len() <= SMALL {
            return Ok(Self::memory(bytes, path));
        }
        let folder = std::env::temp_dir();
        let mut file = tempfile::tempfile().map_err(Error::io("creating a file in", &folder))?;
        file.write_all(&bytes)
            .map_err(Error::io("writing to", &folder))?;
        Self::of(&file, path)
    }

    /// The file, for errors.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mapped(map) => map,
            Bytes::Memory(bytes) => bytes,
        }
    }
}

/// Maps a file to be read.
#[expect(
    unsafe_code,
    reason = "a map is a slice only as long as nobody shortens the file; nothing but the system can promise that"
)]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: the map is private to this process and only read. Datasets are not written while an experiment reads
    // them; `pack` writes under another name and renames, so that even a packed file that is replaced stays whole for
    // those who have it open. Every value is read as a byte, so that no content is invalid.
    unsafe { Mmap::map(file) }
}
