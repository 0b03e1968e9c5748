//! HDF5 files: MATLAB 7.3, bdpy, and any other.
//!
//! | written by | shape in the file | shape here | text |
//! |---|---|---|---|
//! | MATLAB | its axes backwards, values as in MATLAB | MATLAB's, first axis fastest | 16-bit units, or references to such |
//! | anything else | as the program shows it | the same, last axis fastest | fixed or variable strings |
//!
//! The library that reads them ([`library`]) is young: a damaged file can make it loop. Where a program was named with
//! [`read_in_child`], as `lab` does, it runs in a child process that is stopped when it takes too much time or memory
//! ([`child`]); elsewhere it runs here.

mod child;
mod facts;
mod library;
mod old_layout;
mod outside;
mod request;
mod stored;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use lab_core::{Error, Result};

use super::array::{Array, Fastest, Number};
use super::file_error;
pub use child::{read_in_child, serve};
pub use facts::Facts;
use facts::check_size;
use library::Library;
use request::{Contents, Request};

/// A file, opened.
pub struct Hdf5File {
    path: PathBuf,
    contents: Contents,
    /// Where the library runs here.
    library: Option<Library>,
}

impl Hdf5File {
    /// Opens a file and lists its datasets.
    ///
    /// # Errors
    /// Fails if the file is missing or is no HDF5 file.
    pub fn open(path: &Path) -> Result<Self> {
        if child::is_named() {
            let contents = child::ask(path, &Request::List)?;
            let contents = serde_json::from_slice(&contents).map_err(|error| {
                let remedy = "copy the file again from its source";
                file_error(path, "", "an HDF5 file", error.to_string(), remedy)
            })?;
            return Ok(Self {
                path: path.to_owned(),
                contents,
                library: None,
            });
        }
        let library = Library::open(path)?;
        Ok(Self {
            path: path.to_owned(),
            contents: library.contents(),
            library: Some(library),
        })
    }

    /// Whether MATLAB wrote the file.
    pub fn is_matlab(&self) -> bool {
        self.contents.is_matlab
    }

    /// Paths of all datasets but those that only references reach, sorted.
    pub fn names(&self) -> Vec<&str> {
        let own = self
            .contents
            .names
            .iter()
            .filter(|name| !name.starts_with("#refs#"));
        own.map(String::as_str).collect()
    }

    /// The first of these names that a dataset has.
    ///
    /// # Errors
    /// Fails with the list of datasets if there is none.
    pub fn any_of<'a>(&self, names: &[&'a str]) -> Result<&'a str> {
        super::any_of(&self.path, &self.names(), names)
    }

    /// What is known of a dataset without reading it.
    ///
    /// # Errors
    /// Fails if there is none of that name, or it is damaged.
    pub fn facts(&self, name: &str) -> Result<&Facts> {
        self.any_of(&[name])?;
        let place = self.contents.names.iter().position(|known| known == name);
        match place.and_then(|place| self.contents.facts.get(place)) {
            Some(Ok(facts)) => Ok(facts),
            Some(Err(got)) => Err(unreadable(&self.path, name, got)),
            None => Err(unreadable(&self.path, name, "nothing")),
        }
    }

    /// What cannot be read of the file, one sentence each: damaged datasets, and what lies outside of the file.
    pub fn unreadable(&self) -> Vec<String> {
        let pairs = self.contents.names.iter().zip(&self.contents.facts);
        let damaged = pairs
            .filter(|(name, _)| !name.starts_with("#refs#"))
            .filter_map(|(name, facts)| Some(format!("'{name}': {}", facts.as_ref().err()?)));
        damaged
            .chain(self.contents.outside.iter().cloned())
            .collect()
    }

    /// A dataset's numbers.
    ///
    /// # Errors
    /// Fails if there is none of that name, it holds no numbers, or more of them than the file could hold.
    pub fn array<T: Number>(&self, name: &str) -> Result<Array<T>> {
        let mut values = Vec::new();
        let shape = self.append(name, &mut values)?;
        let fastest = if self.is_matlab() {
            Fastest::First
        } else {
            Fastest::Last
        };
        Ok(Array {
            shape,
            fastest,
            values,
        })
    }

    /// Appends a dataset's numbers as they lie in the file; its shape.
    ///
    /// # Errors
    /// As [`Self::array`].
    pub fn append<T: Number>(&self, name: &str, out: &mut Vec<T>) -> Result<Vec<usize>> {
        let facts = self.facts(name)?;
        // MATLAB stores the shape of an empty array in its place.
        if facts.is_empty {
            return Ok(vec![0, 0]);
        }
        self.rows(name, 0, facts.n_slices(), out)?;
        Ok(facts.shape.clone())
    }

    /// Some entries along the axis that runs slowest in the file, which is MATLAB's last and everybody else's first.
    ///
    /// # Errors
    /// As [`Self::array`], or if there are fewer.
    pub fn slices<T: Number>(&self, name: &str, start: usize, n: usize) -> Result<Vec<T>> {
        let mut values = Vec::new();
        self.rows(name, start, n, &mut values)?;
        Ok(values)
    }

    /// Strings of a dataset: of fixed or variable length, a row of MATLAB's letters, or cells of such.
    ///
    /// # Errors
    /// Fails if there is none of that name, or it holds no text.
    pub fn strings(&self, name: &str) -> Result<Vec<String>> {
        self.facts(name)?;
        if let Some(library) = &self.library {
            return library.strings(name);
        }
        let request = Request::Strings(name.to_owned());
        let answer = child::ask(&self.path, &request)?;
        serde_json::from_slice(&answer)
            .map_err(|error| unreadable(&self.path, name, &error.to_string()))
    }

    fn rows<T: Number>(&self, name: &str, start: usize, n: usize, out: &mut Vec<T>) -> Result<()> {
        let known = self.facts(name)?;
        check_size(&self.path, self.contents.n_bytes, name, known)?;
        let n_values = n * known.n_in_a_slice();
        if out.capacity() - out.len() < n_values && out.try_reserve_exact(n_values).is_err() {
            let expected = "values that fit into memory";
            let remedy = "use a machine with more memory";
            return Err(file_error(
                &self.path,
                name,
                expected,
                n_values.to_string(),
                remedy,
            ));
        }
        match &self.library {
            Some(library) => library.rows(name, start, n, out),
            None => child::numbers(&self.path, name, (start, n), n_values, out),
        }
    }
}

fn unreadable(path: &Path, name: &str, got: &str) -> Error {
    let remedy = "copy the file again from its source, or save the variable anew";
    file_error(path, name, "a dataset that can be read", got, remedy)
}
