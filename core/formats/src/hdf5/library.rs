//! What the library reads of an HDF5 file.
//!
//! What it panics on becomes an error here, and no array is asked for that the file could not hold.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use lab_core::{Error, Result};
use rust_hdf5::{DatatypeMessage, H5Dataset, H5File, Hdf5Error};
use tempfile::TempPath;

use super::facts::{Facts, check_size, has_matlab_header};
use super::request::Contents;
use super::stored::{Stored, kind_name};
use super::{old_layout, outside};
use crate::array::Number;
use crate::{file_error, limits, regular};

/// Threads that unpack a dataset.
const MOST_WORKERS: usize = 4;
/// Bytes that are read and converted at a time.
const SLICE: usize = 1 << 23;

/// A file, opened.
pub(super) struct Library {
    path: PathBuf,
    /// The copy that is read, where the file itself has an old form.
    copy: Option<Arc<TempPath>>,
    file: H5File,
    n_bytes: u64,
    is_matlab: bool,
    names: Vec<String>,
}

impl Library {
    /// Opens a file and lists its datasets.
    ///
    /// # Errors
    /// Fails if the file is missing or is no HDF5 file.
    pub(super) fn open(path: &Path) -> Result<Self> {
        regular::facts(path)?;
        let copy = old_layout::translated(path)?;
        Self::of(path, copy.map(Arc::new))
    }

    /// Opens a file by a copy in a newer form, if there is one.
    fn of(path: &Path, copy: Option<Arc<TempPath>>) -> Result<Self> {
        let n_bytes = regular::facts(path)?.len();
        let place: &Path = copy.as_deref().map_or(path, |copy| copy);
        let opened = guarded(|| {
            let file = rust_hdf5::H5FileOptions::new().no_locking().open(place)?;
            let mut names = file.dataset_names();
            names.sort();
            Ok((file, names))
        });
        let (file, names) = opened.map_err(|got| {
            let remedy = "copy the file again from its source";
            file_error(path, "", "an HDF5 file", got, remedy)
        })?;
        let is_matlab = file.userblock_size() >= 512 && has_matlab_header(path)?;
        Ok(Self {
            path: path.to_owned(),
            copy,
            file,
            n_bytes,
            is_matlab,
            names,
        })
    }

    /// What is in the file.
    pub(super) fn contents(&self) -> Contents {
        let facts = |name: &String| self.facts(name).map_err(|error| reason(&error));
        Contents {
            is_matlab: self.is_matlab,
            n_bytes: self.n_bytes,
            facts: self.names.iter().map(facts).collect(),
            names: self.names.clone(),
            outside: guarded(|| Ok(outside::links(&self.file))).unwrap_or_default(),
        }
    }

    fn facts(&self, name: &str) -> Result<Facts> {
        let dataset = self.dataset(name)?;
        if let Some(got) = self.guard(name, || outside::of(&dataset))? {
            let expected = "a dataset that lies in its file and needs no plug-in";
            let remedy = "save it anew, whole and packed by deflate (gzip) or not at all";
            return Err(file_error(&self.path, name, expected, got, remedy));
        }
        self.check_chunks(name, &dataset)?;
        self.guard(name, || {
            let filters: Vec<String> = dataset
                .filters()?
                .iter()
                .map(|filter| outside::filter_name(filter.id))
                .collect();
            let layout = if dataset.is_chunked() {
                "chunked"
            } else {
                "contiguous"
            };
            let class = dataset
                .attr("MATLAB_class")
                .and_then(|attr| attr.read_string());
            Ok(Facts {
                shape: self.shape(&dataset),
                kind: class.unwrap_or(kind_name(&dataset.datatype()?)),
                storage: [vec![layout.to_owned()], filters].concat().join(", "),
                stored: dataset.shape(),
                width: dataset.element_size(),
                is_empty: self.is_empty_in_matlab(&dataset),
            })
        })
    }

    /// Refuses chunks that the file could not explain: each is unpacked whole.
    fn check_chunks(&self, name: &str, dataset: &H5Dataset) -> Result<()> {
        let sides = dataset.chunk_dims().unwrap_or_default();
        let n_values = sides
            .iter()
            .fold(1u64, |n, &side| n.saturating_mul(side as u64));
        let width = dataset.element_size();
        limits::check(&self.path, name, n_values, width, self.n_bytes)
    }

    /// Strings of a dataset.
    ///
    /// # Errors
    /// Fails if it holds no text.
    pub(super) fn strings(&self, name: &str) -> Result<Vec<String>> {
        let dataset = self.dataset(name)?;
        check_size(&self.path, self.n_bytes, name, &self.facts(name)?)?;
        let is_reference = self.guard(name, || {
            Ok(matches!(
                dataset.datatype()?,
                DatatypeMessage::Reference { .. }
            ))
        })?;
        if is_reference {
            let targets = self.guard(name, || dataset.read_references())?;
            return targets
                .iter()
                .map(|target| match target.path() {
                    Some(path) => self.letters(path.trim_start_matches('/')),
                    None => Ok(String::new()),
                })
                .collect();
        }
        if self.is_matlab {
            return Ok(vec![self.letters(name)?]);
        }
        let strings = self.guard(name, || dataset.read_strings_lossy())?;
        Ok(strings
            .into_iter()
            .map(|text| text.trim_end_matches('\0').to_owned())
            .collect())
    }

    fn letters(&self, name: &str) -> Result<String> {
        let dataset = self.dataset(name)?;
        if self.is_empty_in_matlab(&dataset) {
            return Ok(String::new());
        }
        let mut units = Vec::new();
        self.rows::<f64>(name, 0, self.facts(name)?.n_slices(), &mut units)?;
        let units: Vec<u16> = units.into_iter().map(|unit| unit as u16).collect();
        Ok(String::from_utf16_lossy(&units))
    }

    fn dataset(&self, name: &str) -> Result<H5Dataset> {
        self.guard(name, || self.file.dataset(name))
    }

    fn shape(&self, dataset: &H5Dataset) -> Vec<usize> {
        let mut shape = dataset.shape();
        if self.is_matlab {
            shape.reverse();
        }
        shape
    }

    fn is_empty_in_matlab(&self, dataset: &H5Dataset) -> bool {
        self.is_matlab
            && guarded(|| dataset.attr("MATLAB_empty")?.read_numeric_as::<i64>())
                .is_ok_and(|empty| empty.first() == Some(&1))
    }

    /// Appends some entries along the axis that runs slowest in the file.
    ///
    /// # Errors
    /// Fails if the dataset holds no numbers, fewer entries, or more than the file could hold.
    pub(super) fn rows<T: Number>(
        &self,
        name: &str,
        start: usize,
        n: usize,
        out: &mut Vec<T>,
    ) -> Result<()> {
        let reading = self.reading(name, start, n)?;
        for (starts, counts) in reading.blocks(start, n) {
            let read = || reading.kind.read(&reading.dataset, &starts, &counts, out);
            self.guard(name, read)?;
        }
        Ok(())
    }

    /// Writes the same as little-endian bytes, behind a mark, block by block.
    ///
    /// # Errors
    /// As [`Self::rows`], or if the bytes cannot be written.
    pub(super) fn write_rows(
        &self,
        name: &str,
        start: usize,
        n: usize,
        double: bool,
        mark: &[u8],
        out: &mut impl Write,
    ) -> Result<()> {
        let blocks: Vec<Block> = self.reading(name, start, n)?.blocks(start, n).collect();
        out.write_all(mark)
            .map_err(Error::io("answering about", &self.path))?;
        let n_workers = std::thread::available_parallelism()
            .map_or(1, usize::from)
            .clamp(1, MOST_WORKERS);
        let (path, copy) = (self.path.as_path(), &self.copy);
        std::thread::scope(|scope| {
            let lanes: Vec<Receiver<Result<Vec<u8>>>> = (0..n_workers)
                .map(|worker| {
                    let (sender, receiver) = sync_channel(1);
                    let own: Vec<&Block> = blocks.iter().skip(worker).step_by(n_workers).collect();
                    scope.spawn(move || {
                        let opened = Self::of(path, copy.clone());
                        unpack(opened, name, &own, double, &sender);
                    });
                    receiver
                })
                .collect();
            // In the order of the file, whichever worker is first.
            for idx in 0..blocks.len() {
                let Ok(bytes) = lanes[idx % n_workers].recv() else {
                    return Err(unreadable_end(&self.path, name));
                };
                out.write_all(&bytes?)
                    .map_err(Error::io("answering about", &self.path))?;
            }
            Ok(())
        })
    }

    fn reading(&self, name: &str, start: usize, n: usize) -> Result<Reading> {
        let facts = self.facts(name)?;
        check_size(&self.path, self.n_bytes, name, &facts)?;
        let dataset = self.dataset(name)?;
        let kind = self.guard(name, || Ok(Stored::of(&dataset.datatype()?)))?;
        let n_there = facts.n_slices();
        if start.checked_add(n).is_none_or(|end| end > n_there) {
            let expected = format!("{n} rows from {start}");
            let got = format!("{n_there} rows");
            return Err(file_error(&self.path, name, expected, got, "ask for fewer"));
        }
        let Some(kind) = kind else {
            let remedy = "name another variable or file";
            return Err(file_error(
                &self.path,
                name,
                "real numbers",
                facts.kind,
                remedy,
            ));
        };
        Ok(Reading {
            dataset,
            kind,
            stored: facts.stored,
        })
    }

    fn guard<T>(&self, name: &str, work: impl FnOnce() -> Result<T, Hdf5Error>) -> Result<T> {
        guarded(work).map_err(|got| {
            let remedy = "copy the file again from its source, or save the variable anew";
            file_error(&self.path, name, "a dataset that can be read", got, remedy)
        })
    }
}

/// Turns errors and panics of the library into text.
fn guarded<T>(work: impl FnOnce() -> Result<T, Hdf5Error>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err("data that the HDF5 library panics on".into()),
    }
}

/// Unpacks some blocks of a dataset, each with a handle of its own: handles are not shared between threads.
fn unpack(
    opened: Result<Library>,
    name: &str,
    blocks: &[&Block],
    double: bool,
    sender: &SyncSender<Result<Vec<u8>>>,
) {
    let one = |library: &Library, reading: &Reading, (starts, counts): &Block| {
        let mut bytes = Vec::new();
        library.guard(name, || {
            if double {
                let mut values = Vec::<f64>::new();
                reading
                    .kind
                    .read(&reading.dataset, starts, counts, &mut values)?;
                bytes.reserve(8 * values.len());
                let all = values.iter().map(|value| value.to_le_bytes());
                all.for_each(|value| bytes.extend_from_slice(&value));
            } else {
                let mut values = Vec::<f32>::new();
                reading
                    .kind
                    .read(&reading.dataset, starts, counts, &mut values)?;
                bytes.reserve(4 * values.len());
                let all = values.iter().map(|value| value.to_le_bytes());
                all.for_each(|value| bytes.extend_from_slice(&value));
            }
            Ok(())
        })?;
        Ok(bytes)
    };
    let opened = opened.and_then(|library| {
        let reading = library.reading(name, 0, 0)?;
        Ok((library, reading))
    });
    match opened {
        Ok((library, reading)) => {
            for &block in blocks {
                // Whoever no longer listens has met an error of another worker.
                if sender.send(one(&library, &reading, block)).is_err() {
                    return;
                }
            }
        }
        Err(error) => {
            let _ = sender.send(Err(error));
        }
    }
}

fn unreadable_end(path: &Path, name: &str) -> Error {
    let (expected, got) = ("a dataset that can be read", "a reader that ended");
    file_error(
        path,
        name,
        expected,
        got,
        "copy the file again from its source",
    )
}

/// Where a block starts along each axis, and how long it is.
type Block = (Vec<usize>, Vec<usize>);

/// The part of an error that says what was found.
fn reason(error: &Error) -> String {
    match error {
        Error::File { got, .. } => got.clone(),
        other => other.to_string(),
    }
}

/// A dataset about to be read.
struct Reading {
    dataset: H5Dataset,
    kind: Stored,
    stored: Vec<usize>,
}

impl Reading {
    /// Starts and lengths of blocks small enough to be converted one by one.
    fn blocks(&self, start: usize, n: usize) -> impl Iterator<Item = Block> + '_ {
        let row: usize = self.stored.iter().skip(1).product();
        let at_a_time = (SLICE / (8 * row).max(1)).max(1);
        let end = start + n;
        (start..end).step_by(at_a_time).map(move |first| {
            let (mut starts, mut counts) = (vec![0; self.stored.len()], self.stored.clone());
            if let (Some(start), Some(count)) = (starts.first_mut(), counts.first_mut()) {
                (*start, *count) = (first, at_a_time.min(end - first));
            }
            (starts, counts)
        })
    }
}
