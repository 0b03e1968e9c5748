//! Shared libraries of an experiment: loaded before any plugin is looked up.

use std::path::Path;

use lab_core::config::{Experiment, Location, Source};
use lab_core::{Error, Result};
use lab_library::Library;

/// Loads the libraries that the experiment names, and those of `--plugin`, which it names from then on.
///
/// # Errors
/// [`Error::Config`] at the place where the library is named.
pub(super) fn load(
    experiment: &mut Experiment,
    written: &Source,
    arguments: &[String],
) -> Result<Vec<&'static Library>> {
    let mut libraries: Vec<&'static Library> = Vec::new();
    let named = experiment.plugins.iter().map(|path| {
        let quoted = format!("{path:?}");
        let at = written.text().find(&quoted).unwrap_or(0);
        (path, written.locate(at))
    });
    for (path, at) in named.chain(arguments.iter().map(|path| (path, argument(path)))) {
        let library = one(path, at)?;
        if !libraries.iter().any(|known| std::ptr::eq(*known, library)) {
            libraries.push(library);
        }
    }
    for path in arguments {
        if !experiment.plugins.contains(path) {
            experiment.plugins.push(path.clone());
        }
    }
    Ok(libraries)
}

/// Loads the libraries of `--plugin`.
///
/// # Errors
/// [`Error::Config`] that names the argument.
pub fn of_arguments(arguments: &[String]) -> Result<()> {
    arguments
        .iter()
        .try_for_each(|path| one(path, argument(path)).map(drop))
}

fn argument(path: &str) -> Location {
    Location::Argument {
        argument: format!("--plugin {path}"),
    }
}

fn one(path: &str, at: Location) -> Result<&'static Library> {
    lab_library::load(Path::new(path)).map_err(|error| Error::Config {
        at,
        message: error.to_string(),
        hint: match error {
            Error::Io { .. } => "paths are relative to the working directory".into(),
            _ => String::new(),
        },
    })
}

/// A library as a line of the provenance: its path, and what it is.
pub(super) fn version(library: &Library) -> (String, String) {
    let (hash, built_by) = (library.hash(), library.built_by());
    let said = format!("BLAKE3 {hash}; built by {built_by}");
    (library.path().to_owned(), said)
}

/// What the report must say of a library.
pub(super) fn warnings(library: &Library) -> Vec<String> {
    let path = library.path();
    let mut said = Vec::new();
    if library.is_slow() {
        said.push(format!(
            "{path} was built without optimisation and is many times slower than it could be; build it with --release"
        ));
    }
    if !library.names_files() {
        said.push(format!(
            "{path} speaks version 1.0 of the interface, which cannot name the files that a plugin reads: every text among its parameters that is the path of a file counts as one"
        ));
    }
    said
}
