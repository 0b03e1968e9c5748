//! The report as a PDF, set by typst inside this process.
//!
//! [`view`] turns the record into words and formatted numbers, `report.typ` sets them, [`world`] holds both and the figures.
//! Words reach typst as JSON, never as markup, so that no name or path can change the document.

mod findings;
mod methods;
mod numbers;
mod scores;
#[cfg(test)]
mod tests;
mod view;
mod world;

use std::fs;
use std::path::Path;

use typst::foundations::Smart;
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use crate::charts::Figure;
use crate::record::Record;
use crate::{Error, Result};
use view::View;
use world::ReportWorld;

/// Sets the report of a record and its figures.
///
/// # Errors
/// - [`Error::Io`] if a figure cannot be read or the report cannot be written.
/// - [`Error::Pdf`] if typst complains.
///
/// # Determinism
/// The same record and figures give the same bytes; no date is written.
pub fn write(record: &Record, figures: &[Figure], path: &Path) -> Result<()> {
    let bytes = render(record, figures)?;
    fs::write(path, bytes).map_err(|source| Error::Io {
        action: "writing",
        path: path.to_owned(),
        source,
    })
}

fn render(record: &Record, figures: &[Figure]) -> Result<Vec<u8>> {
    let words = serde_json::to_vec(&View::of(record, figures)).map_err(|error| Error::Pdf {
        message: error.to_string(),
    })?;
    let world = ReportWorld::new(words, figures)?;
    let document = typst::compile::<PagedDocument>(&world)
        .output
        .map_err(complaints)?;
    let options = PdfOptions {
        ident: Smart::Custom(record.provenance.run_hash.clone()),
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(complaints)
}

fn complaints(diagnostics: impl IntoIterator<Item = typst::diag::SourceDiagnostic>) -> Error {
    let messages: Vec<String> = diagnostics
        .into_iter()
        .map(|diagnostic| diagnostic.message.to_string())
        .collect();
    Error::Pdf {
        message: messages.join("; "),
    }
}
