//! What is in a file: the first question about any dataset that one was given.
//!
//! A file's content says what it is, not its name. Shapes are those that the program which wrote the file would show.

mod latents;
mod others;
mod table;
mod values;
mod variants;

use std::path::{Path, PathBuf};

use lab_core::{Error, Result};
use serde::Serialize;

use lab_formats::array::Array;
use lab_formats::bdata::BData;
use lab_formats::container::{Container, Kind, Variable, sniff};
use values::Summary;

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// The file.
    pub path: PathBuf,
    /// The container, such as "MATLAB 7.3 (HDF5)".
    pub container: String,
    /// Size of the file.
    pub n_bytes: u64,
    /// The variables of the file.
    pub variables: Vec<VariableFacts>,
    /// Which public variant of which dataset it is, if it looks like one.
    pub known_as: Option<String>,
    /// How it is named in an experiment.
    pub usage: Option<String>,
    /// What else is worth knowing, such as regions and repeats.
    pub facts: Vec<String>,
    /// What looks wrong in the file, one sentence each.
    pub warnings: Vec<String>,
}

/// One variable of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VariableFacts {
    /// Its name; empty where a file holds one nameless array.
    pub name: String,
    /// Length of each axis, as the program that wrote the file shows it.
    pub shape: Vec<usize>,
    /// Type and, where it matters, storage.
    pub kind: String,
    /// Numbers that are not finite; `None` where there are no numbers.
    pub n_missing: Option<usize>,
    /// Smallest and largest finite number.
    pub range: Option<(f64, f64)>,
    /// Different values, if there are few: codes of regions, classes.
    pub codes: Vec<(f64, usize)>,
}

/// Looks into a file.
///
/// # Errors
/// Fails if the file cannot be read, with what is wrong with it.
pub fn inspect(path: &Path) -> Result<Inspection> {
    let n_bytes = std::fs::metadata(path)
        .map_err(Error::io("reading", path))?
        .len();
    let kind = sniff(path)?;
    let mut found = Inspection {
        path: path.to_owned(),
        container: name_of(kind, path)?,
        n_bytes,
        variables: Vec::new(),
        known_as: None,
        usage: None,
        facts: Vec::new(),
        warnings: Vec::new(),
    };
    if !matches!(kind, Kind::Hdf5 | Kind::Other) {
        others::describe(path, kind, &mut found)?;
        return Ok(found);
    }
    let container = Container::open(path)?;
    let variables = container.variables()?;
    let is_table = ["dataset", "dataSet"]
        .iter()
        .any(|name| variables.iter().any(|variable| variable.name == *name));
    for variable in &variables {
        found.variables.push(facts(&container, variable)?);
    }
    if is_table {
        table::describe(&BData::open(path)?, &mut found)?;
    } else {
        variants::describe(&container, &mut found)?;
    }
    latents::describe(&container, &mut found)?;
    Ok(found)
}

fn name_of(kind: Kind, path: &Path) -> Result<String> {
    Ok(match kind {
        Kind::Hdf5 => match Container::open(path)? {
            Container::Hdf5(file) if file.is_matlab() => "MATLAB 7.3 (HDF5)".into(),
            _ => "HDF5".into(),
        },
        Kind::Other => "MATLAB 5".into(),
        Kind::Npy => "NumPy array".into(),
        Kind::Zip => "NumPy archive".into(),
        Kind::Pickle => "Python pickle".into(),
        Kind::Nifti | Kind::Gzip => "NIfTI".into(),
        Kind::Png => "PNG".into(),
        Kind::Jpeg => "JPEG".into(),
    })
}

/// Reads a variable's numbers, if it has any, and says what they look like.
fn facts(container: &Container, variable: &Variable) -> Result<VariableFacts> {
    let numeric = ["double", "single", "logical", "int", "uint", "float"];
    let is_numeric = numeric.iter().any(|kind| variable.kind.starts_with(kind));
    let summary = if is_numeric {
        let array: Array<f64> = container.array(&variable.name)?;
        Some(Summary::of(&array.values))
    } else {
        None
    };
    Ok(VariableFacts {
        name: variable.name.clone(),
        shape: variable.shape.clone(),
        kind: variable.kind.clone(),
        n_missing: summary.as_ref().map(|summary| summary.n_missing),
        range: summary.as_ref().and_then(|summary| summary.range),
        codes: summary.map(|summary| summary.codes).unwrap_or_default(),
    })
}

impl Inspection {
    fn variable(&self, name: &str) -> Option<&VariableFacts> {
        self.variables.iter().find(|variable| variable.name == name)
    }
}
