//! A behavioural study as a PDF: what people chose, and how sure one may be of it.

mod figures;
mod findings;
mod methods;
mod observers;
mod people;
mod tables;

use std::path::Path;

use serde::Serialize;

use super::scores::Table;
use super::world::{Template, World};
use super::{read, save, set};
use crate::Result;
use crate::charts::Figure;
use figures::{file, listed};
use lab_score::study::StudyRecord;

pub use findings::findings as findings_of_study;

/// Hexadecimal digits by which a study is named.
const N_DIGITS: usize = 12;

/// Everything that `study.typ` reads, and the chapter in a run's report.
#[derive(Debug, Serialize)]
pub(super) struct StudyPages {
    title: String,
    description: String,
    toy: Option<String>,
    simulated: Option<String>,
    simulated_responses: Option<String>,
    findings: Vec<String>,
    warnings: Vec<String>,
    figures: Vec<[String; 3]>,
    sets: Table,
    by_image: Table,
    mixed: Table,
    agreement: Table,
    projections: Table,
    prevalence: Table,
    observed: Vec<String>,
    observers: Table,
    weights: Table,
    printed: Table,
    raters: Table,
    images: Table,
    methods: Vec<String>,
    notes: Vec<String>,
    people: Option<people::PeoplePages>,
    version: String,
    hash: String,
    seed: u64,
}

impl StudyPages {
    pub(super) fn of(study: &StudyRecord, figures: &[Figure]) -> Self {
        let facts = &study.facts;
        Self {
            title: facts.title.clone(),
            description: "An original was shown with reconstructions, one of them its own: what people chose.".into(),
            toy: facts.toy.clone(),
            simulated: facts.simulated.clone(),
            simulated_responses: facts.simulated_responses.clone(),
            findings: findings::findings(study),
            warnings: study.scores.warnings.clone(),
            figures: figures
                .iter()
                .filter(|figure| !people::is_of_people(figure))
                .map(listed)
                .collect(),
            sets: tables::sets(study),
            by_image: tables::by_image(study),
            mixed: tables::mixed(study),
            agreement: tables::agreement(study),
            projections: tables::projections(study),
            prevalence: tables::prevalence(study),
            observed: observers::sentences(study),
            observers: observers::table(study),
            weights: observers::weights(study),
            printed: tables::printed(study),
            raters: tables::raters(study),
            images: tables::images(study),
            methods: methods::methods(study),
            notes: sources(study),
            people: people::PeoplePages::of(study, figures),
            version: facts.version.clone(),
            hash: facts.hash.chars().take(N_DIGITS).collect(),
            seed: facts.seed,
        }
    }
}

fn sources(study: &StudyRecord) -> Vec<String> {
    let facts = &study.facts;
    let mut notes = vec![format!(
        "Decisions from {} (BLAKE3 {}).",
        facts.sources.join(", "),
        facts.hash
    )];
    notes.extend(
        facts
            .notes
            .iter()
            .map(|note| format!("{}.", note.trim_end_matches('.'))),
    );
    notes
}

/// Sets a study into a PDF.
///
/// # Errors
/// - [`crate::Error::Io`] if a figure cannot be read or the PDF cannot be written.
/// - [`crate::Error::Pdf`] if typst complains.
///
/// # Determinism
/// The same study and figures give the same bytes; no date is written.
pub fn write_study(study: &StudyRecord, figures: &[Figure], path: &Path) -> Result<()> {
    let pictures = figures
        .iter()
        .map(|figure| Ok((file(figure), read(&figure.svg)?)))
        .collect::<Result<_>>()?;
    let pages = StudyPages::of(study, figures);
    let world = World::new(Template::Study, &pages, pictures)?;
    save(path, &set(&world, &study.facts.hash)?)
}
