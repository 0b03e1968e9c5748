//! What can go wrong between a record and its report.

use std::path::PathBuf;

/// Shorthand used through the crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of reporting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be written or read. Remedy: check the path and its permissions.
    #[error("{action} '{}': {source}", path.display())]
    Io {
        /// What the program tried to do.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// A table could not be made. Cause: a bug in a column's type.
    #[error("table '{table}': {message}")]
    Table {
        /// Name of the table.
        table: String,
        /// Polars' message.
        message: String,
    },
    /// A chart could not be drawn.
    #[error("chart '{chart}': {message}")]
    Chart {
        /// Name of the chart.
        chart: String,
        /// Plotters' message.
        message: String,
    },
    /// The PDF could not be set.
    #[error("report: {message}")]
    Pdf {
        /// Typst's messages.
        message: String,
    },
    /// A folder holds no stored run. Remedy: name the folder of a finished run.
    #[error(
        "'{}' is not the folder of a run: it holds no {missing}\n  hint: runs stand in runs/NAME/HASH; runs/NAME/latest is the newest",
        folder.display()
    )]
    NotARun {
        /// The folder.
        folder: PathBuf,
        /// The file that it lacks.
        missing: &'static str,
    },
    /// A file of a run is damaged, or of another version. Remedy: run the experiment again.
    #[error("'{}': {source}\n  hint: run the experiment again: finished stages are reused", path.display())]
    Stored {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: lab_score::Error,
    },
}

impl Error {
    /// Adds what was tried with which file, for `map_err`.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
