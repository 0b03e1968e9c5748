//! Documents as PDF, set by typst inside this process: the report of a run, the generator card, runs side by side, and the
//! page of a sweep.
//!
//! [`pages`] turns the record into words and formatted numbers, [`card`] holds those of a card, [`runs`] those of several runs;
//! `report.typ`, `card.typ` and `runs.typ` set them in the style that they share; [`world`] holds words, templates and figures.
//! Words reach typst as JSON, never as markup, so that no name or path can change the document.

mod against;
mod captions;
mod card;
mod ceilings;
mod differences;
mod distances;
mod effects;
mod ensemble;
mod findings;
mod guards;
mod intervals;
mod methods;
mod numbers;
mod pages;
mod parts;
mod passed;
mod regions;
mod runs;
mod scores;
pub(crate) mod study;
mod sweep;
#[cfg(test)]
mod tests;
mod tuned;
mod views;
mod world;

use std::fs;
use std::path::Path;

use typst::foundations::Smart;
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use crate::charts::Figure;
use crate::{Error, Result};
pub use card::{CardPages, CardPicture, CardSection, CardTable};
pub use effects::{
    EffectsChapter, EffectsQuestion, findings as findings_of_effects, write_effects,
};
pub use findings::findings as findings_of;
use lab_score::record::{Condition, Record};
use lab_score::study::StudyRecord;
use pages::ReportPages;
pub use runs::{findings as findings_of_runs, warnings as warnings_of_runs, write_runs};
pub use scores::Table;
use study::StudyPages;
pub use study::{findings_of_study, write_study};
pub use sweep::SweepPages;
use world::{Template, World};

/// Sets the report of a record and its figures.
///
/// # Errors
/// - [`Error::Io`] if a figure cannot be read or the report cannot be written.
/// - [`Error::Pdf`] if typst complains.
///
/// # Determinism
/// The same record and figures give the same bytes; no date is written.
pub fn write(record: &Record, figures: &[Figure], path: &Path) -> Result<()> {
    save(path, &render(record, figures, None)?)
}

/// Sets the report of a record with a chapter on what people chose; as [`write()`].
///
/// # Errors
/// As [`write()`].
pub fn write_with_study(
    (record, figures): (&Record, &[Figure]),
    (study, figures_of_study): (&StudyRecord, &[Figure]),
    path: &Path,
) -> Result<()> {
    save(
        path,
        &render(record, figures, Some((study, figures_of_study)))?,
    )
}

fn render(
    record: &Record,
    figures: &[Figure],
    study: Option<(&StudyRecord, &[Figure])>,
) -> Result<Vec<u8>> {
    let of_study = study.iter().flat_map(|(_, figures)| figures.iter());
    let pictures = figures
        .iter()
        .chain(of_study)
        .map(|figure| Ok((format!("{}.svg", figure.name), read(&figure.svg)?)))
        .collect::<Result<_>>()?;
    let chapter = study.map(|(study, figures)| StudyPages::of(study, figures));
    let template = match record.result() {
        Condition::Given => Template::Evaluation,
        _ => Template::Report,
    };
    let world = World::new(
        template,
        &ReportPages::of(record, figures, chapter),
        pictures,
    )?;
    set(&world, &record.provenance.run_hash)
}

/// Sets a document; `ident` stands in for the date by which others would be told apart.
fn set(world: &World, ident: &str) -> Result<Vec<u8>> {
    let document = typst::compile::<PagedDocument>(world)
        .output
        .map_err(complaints)?;
    let options = PdfOptions {
        ident: Smart::Custom(ident.to_owned()),
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

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(Error::io("reading", path))
}

fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(Error::io("writing", path))
}
