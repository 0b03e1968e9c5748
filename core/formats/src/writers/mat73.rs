//! Writes MATLAB 7.3 files: HDF5 behind a user block, axes backwards, deflated chunks.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use lab_core::{Error, Result};
use rust_hdf5::{DatatypeMessage, H5File, H5Type, Hdf5Error};

/// Bytes in front of the HDF5 file.
const USER_BLOCK: u64 = 512;
/// MATLAB's own level is 3; noise does not shrink further.
const LEVEL: u32 = 1;
/// Numbers of a chunk.
const CHUNK: usize = 1 << 16;

/// A file being written; it appears when it is finished.
pub struct Mat73 {
    path: PathBuf,
    partial: PathBuf,
    file: H5File,
}

impl Mat73 {
    /// Begins a file.
    ///
    /// # Errors
    /// Fails if it cannot be written.
    pub fn create(path: &Path) -> Result<Self> {
        let partial = path.with_extension("partial");
        let file = H5File::options()
            .userblock(USER_BLOCK)
            .create(&partial)
            .map_err(|error| failed(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            partial,
            file,
        })
    }

    /// Writes an array of MATLAB's shape, first axis fastest.
    ///
    /// # Errors
    /// Fails if it cannot be written.
    pub fn array<T: H5Type>(
        &self,
        name: &str,
        shape: &[usize],
        values: &[T],
        class: &str,
    ) -> Result<()> {
        let backwards: Vec<usize> = shape.iter().rev().copied().collect();
        let mut chunk = backwards.clone();
        let mut n: usize = chunk.iter().product();
        for side in &mut chunk {
            let smaller = (*side).min((*side * CHUNK).div_ceil(n.max(1))).max(1);
            n = n / *side * smaller;
            *side = smaller;
        }
        let write = || -> Result<(), Hdf5Error> {
            let dataset = self
                .file
                .new_dataset::<T>()
                .shape(&backwards)
                .chunk(&chunk)
                .shuffle_deflate(LEVEL)
                .create(name)?;
            dataset.write_raw(values)?;
            let text = DatatypeMessage::fixed_string(class.len() as u32);
            dataset.set_attr_typed("MATLAB_class", text, class.as_bytes().to_vec())
        };
        write().map_err(|error| failed(&self.path, &error))
    }

    /// Finishes the file.
    ///
    /// # Errors
    /// Fails if it cannot be written.
    pub fn finish(self) -> Result<()> {
        self.file
            .close()
            .map_err(|error| failed(&self.path, &error))?;
        let mut header = format!(
            "{:<116}",
            "MATLAB 7.3 MAT-file, written by lab, simulated HDF5 schema 1.00 ."
        )
        .into_bytes();
        header.extend([0; 8]);
        header.extend([0, 2]);
        header.extend(b"IM");
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new().write(true).open(&self.partial)?;
            file.write_all(&header)?;
            file.sync_all()?;
            std::fs::rename(&self.partial, &self.path)
        };
        write().map_err(Error::io("writing", &self.path))
    }
}

pub(super) fn failed(path: &Path, error: &Hdf5Error) -> Error {
    crate::file_error(
        path,
        "",
        "a file that can be written",
        error.to_string(),
        "make room, or name another folder",
    )
}
