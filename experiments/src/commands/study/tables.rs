//! The tables that a study's commands read.

use std::fs;

use anyhow::{Result, bail};
use lab_core::Error;
use lab_score::study::Decision;
use lab_score::study::printed::PrintedRow;
use lab_study::tables::{self, Mapping, Tool};

use crate::cli::{From, TableArgs};

/// Decisions of all files, in their order.
pub(super) struct Decisions {
    pub(super) decisions: Vec<Decision>,
    /// Rows of tables of counts.
    pub(super) counts: Vec<PrintedRow>,
    /// How each file was read, in sentences.
    pub(super) notes: Vec<String>,
    /// BLAKE3 of the files' bytes, one after the other.
    pub(super) hash: String,
}

pub(super) fn read(args: &TableArgs) -> Result<Decisions> {
    let mut mapping = Mapping::default();
    for text in &args.maps {
        if let Err(problem) = mapping.add(text) {
            bail!("--map {problem}");
        }
    }
    let mut all = Decisions {
        decisions: Vec::new(),
        counts: Vec::new(),
        notes: Vec::new(),
        hash: String::new(),
    };
    let mut hasher = blake3::Hasher::new();
    for file in &args.files {
        hasher.update(&fs::read(file).map_err(Error::io("reading", file))?);
        if let Some(counts) = tables::read_counts(file)? {
            let note = "read as a table of counts: there are no single decisions in it";
            all.notes.push(format!("{}: {note}", file.display()));
            all.counts.extend(counts);
            continue;
        }
        let table = tables::read(file, args.from.map(tool), &mapping)?;
        let note = |note: &String| format!("{}: {note}", file.display());
        all.notes.extend(table.notes.iter().map(note));
        all.decisions.extend(table.decisions);
    }
    all.hash = hasher.finalize().to_hex().to_string();
    Ok(all)
}

fn tool(from: From) -> Tool {
    match from {
        From::Lab => Tool::Lab,
        From::Mturk => Tool::MTurk,
        From::Jspsych => Tool::JsPsych,
        From::Psychopy => Tool::PsychoPy,
        From::Gorilla => Tool::Gorilla,
    }
}
