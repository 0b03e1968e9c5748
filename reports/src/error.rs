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
}
