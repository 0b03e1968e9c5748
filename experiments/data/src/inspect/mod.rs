//! What is in a file: the first question about any dataset that one was given.
//!
//! A file's content says what it is, not its name. Shapes are those that the program which wrote the file would show.

mod encoding;
mod folder;
mod latents;
mod others;
mod pictures;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod values;
mod variants;
mod volumes;
mod weights;

use std::path::{Path, PathBuf};

use lab_core::{Error, Result};
use serde::Serialize;

use lab_formats::array::Array;
use lab_formats::bdata::BData;
use lab_formats::container::{Container, Kind, Variable, sniff};
use lab_formats::regular;
use lab_formats::torch::is_torch;
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
    /// What cannot be read, one sentence each: it does not stop the rest.
    pub failures: Vec<String>,
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
    /// Different texts, if there are few.
    pub words: Vec<(String, usize)>,
}

/// Looks into a file, or at the pictures of a folder. What cannot be read in it is named in [`Inspection::failures`], and the rest is told.
///
/// The columns of a Parquet table are not looked at here.
///
/// # Errors
/// Fails if nothing of the file can be read, with what is wrong with it.
pub fn inspect(path: &Path) -> Result<Inspection> {
    if path.is_dir() {
        return folder::inspect(path);
    }
    let n_bytes = regular::facts(path)?.len();
    let kind = sniff(path)?;
    let mut found = Inspection {
        n_bytes,
        ..Inspection::new(path, kind.name())
    };
    if kind == Kind::Other
        && let Some(complaint) = encoding::complaint(path)?
    {
        return Err(complaint);
    }
    match kind {
        Kind::Hdf5 | Kind::Other => containers(path, &mut found)?,
        Kind::Safetensors => weights::describe(path, &mut found)?,
        Kind::Zip | Kind::Pickle if is_torch(path)? => weights::describe(path, &mut found)?,
        Kind::Npy => others::numpy(path, &mut found)?,
        Kind::Zip => others::archive(path, &mut found)?,
        Kind::Pickle => others::pickle(path, &mut found)?,
        Kind::Nifti | Kind::Gzip | Kind::Mgh => volumes::describe(path, kind, &mut found)?,
        Kind::Png | Kind::Jpeg | Kind::Gif | Kind::Bmp | Kind::Tiff | Kind::WebP => {
            pictures::describe(path, &mut found)?;
        }
        Kind::Text => text::describe(path, &mut found)?,
        Kind::Parquet => {}
    }
    Ok(found)
}

/// MATLAB's files and HDF5.
fn containers(path: &Path, found: &mut Inspection) -> Result<()> {
    let container = Container::open(path)?;
    found.container = match &container {
        Container::Hdf5(file) if file.is_matlab() => "MATLAB 7.3 (HDF5)".into(),
        Container::Hdf5(_) => "HDF5".into(),
        Container::Mat5(_) => "MATLAB 5".into(),
    };
    let variables = container.variables()?;
    found.failures.extend(container.unreadable());
    let is_table = ["dataset", "dataSet"]
        .iter()
        .any(|name| variables.iter().any(|variable| variable.name == *name));
    for variable in &variables {
        match facts(&container, variable) {
            Ok(facts) => found.variables.push(facts),
            Err(error) => {
                let kind = format!("{}, unreadable", variable.kind);
                found.variables.push(VariableFacts {
                    shape: variable.shape.clone(),
                    ..VariableFacts::unread(&variable.name, &kind)
                });
                found.fail(&error);
            }
        }
    }
    let told = if is_table {
        BData::open(path).and_then(|table| table::describe(&table, found))
    } else {
        variants::describe(&container, found)
    };
    let told = told.and_then(|()| latents::describe(&container, found));
    if let Err(error) = told {
        found.fail(&error);
    }
    Ok(())
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
        shape: variable.shape.clone(),
        n_missing: summary.as_ref().map(|summary| summary.n_missing),
        range: summary.as_ref().and_then(|summary| summary.range),
        codes: summary.map(|summary| summary.codes).unwrap_or_default(),
        ..VariableFacts::unread(&variable.name, &variable.kind)
    })
}

impl VariableFacts {
    /// A variable whose values are not looked at.
    fn unread(name: &str, kind: &str) -> Self {
        Self {
            name: name.to_owned(),
            shape: Vec::new(),
            kind: kind.to_owned(),
            n_missing: None,
            range: None,
            codes: Vec::new(),
            words: Vec::new(),
        }
    }

    /// A variable of a shape, with what its values look like.
    fn of(name: &str, kind: &str, shape: &[usize], values: &[f64]) -> Self {
        let summary = Summary::of(values);
        Self {
            shape: shape.to_vec(),
            n_missing: Some(summary.n_missing),
            range: summary.range,
            codes: summary.codes,
            ..Self::unread(name, kind)
        }
    }
}

impl Inspection {
    /// Nothing is known yet.
    fn new(path: &Path, container: &str) -> Self {
        Self {
            path: path.to_owned(),
            container: container.into(),
            n_bytes: 0,
            variables: Vec::new(),
            known_as: None,
            usage: None,
            facts: Vec::new(),
            warnings: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Notes what cannot be read, once.
    fn fail(&mut self, error: &Error) {
        let text = error.to_string();
        if !self.failures.contains(&text) {
            self.failures.push(text);
        }
    }

    fn variable(&self, name: &str) -> Option<&VariableFacts> {
        self.variables.iter().find(|variable| variable.name == name)
    }
}
