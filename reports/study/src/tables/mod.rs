//! Tables of decisions, whoever wrote them: read into [`Decision`]s, with whatever a tool calls its columns.
//!
//! [`read`] takes a CSV file (comma, semicolon or tab) or a JSON array of objects. Who wrote it is told by its columns
//! ([`Tool`]); what a column is can be said by hand ([`Mapping`]). Nothing is skipped in silence: rows that are no decisions
//! (instructions, clicks on the screen) are counted in [`Table::notes`], and everything else that is not understood is an
//! error that names the file, the line and the column.

mod cells;
mod counts;
mod decisions;
mod field;
mod observed;
mod rows;
#[cfg(test)]
mod tests;
mod tool;
mod write;

use std::path::Path;

pub use counts::read_counts;
pub use field::{Field, Mapping};
pub use observed::{read_observed, write_observed};
pub use tool::Tool;
pub use write::write;

use lab_score::study::Decision;

use crate::Result;

/// The decisions of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Decisions, in the order of the rows.
    pub decisions: Vec<Decision>,
    /// Who wrote the table.
    pub tool: Tool,
    /// What each column was taken for, and which rows are no decisions, in sentences.
    pub notes: Vec<String>,
}

/// Reads a table of decisions.
///
/// # Errors
/// - [`crate::Error::Io`] if the file cannot be read.
/// - [`crate::Error::Table`] if a column is missing or a cell cannot be what its column says.
pub fn read(path: &Path, tool: Option<Tool>, mapping: &Mapping) -> Result<Table> {
    let rows = rows::Rows::read(path)?;
    let tool = tool.unwrap_or_else(|| Tool::of(&rows.header));
    let columns = tool.columns(&rows, mapping)?;
    decisions::decisions(&rows, tool, &columns)
}
