//! Our own table of decisions.

use std::fs;
use std::path::Path;

use lab_score::study::{Decision, Kind, Side};

use super::field::Field;
use crate::{Error, Result};

/// Writes decisions as CSV, in the columns that [`read`](super::read) knows as its own.
///
/// # Errors
/// [`Error::Io`] if the file cannot be written.
pub fn write(decisions: &[Decision], path: &Path) -> Result<()> {
    let io = |source: std::io::Error| Error::Io {
        action: "writing",
        path: path.to_owned(),
        source,
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let line = |cells: Vec<String>, writer: &mut csv::Writer<Vec<u8>>| {
        writer
            .write_record(cells)
            .map_err(|source| io(source.into()))
    };
    line(
        Field::ALL.map(|field| field.name().to_owned()).to_vec(),
        &mut writer,
    )?;
    for decision in decisions {
        line(
            Field::ALL.map(|field| cell(decision, field)).to_vec(),
            &mut writer,
        )?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|source| io(source.into_error()))?;
    fs::write(path, bytes).map_err(io)
}

fn cell(of: &Decision, field: Field) -> String {
    let side = |side: Option<Side>| match side {
        Some(Side::Left) => "left",
        Some(Side::Right) => "right",
        None => "",
    };
    let text = match field {
        Field::Set => of.set.clone(),
        Field::Condition => of.condition.clone(),
        Field::Subject => of.subject.clone(),
        Field::Image => of.image.clone(),
        Field::Distractor => of.distractors.join("|"),
        Field::Rater => of.rater.clone(),
        Field::NAlternatives => of.n_alternatives.to_string(),
        Field::Correct => u8::from(of.is_correct).to_string(),
        Field::Side => side(of.side).to_owned(),
        Field::Answer => side(of.answer).to_owned(),
        Field::RtMs => of.rt_ms.map_or_else(String::new, |time| time.to_string()),
        Field::Trial => of.trial.map_or_else(String::new, |trial| trial.to_string()),
        Field::Kind => match of.kind {
            Kind::Trial => "trial",
            Kind::Catch => "catch",
            Kind::Practice => "practice",
        }
        .to_owned(),
    };
    guarded(text)
}

/// A spreadsheet takes a cell that begins like this for a formula.
pub(super) const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub(super) fn guarded(text: String) -> String {
    if text.starts_with(FORMULA) {
        format!("'{text}")
    } else {
        text
    }
}
