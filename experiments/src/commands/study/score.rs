//! `lab study score FILE…`: what people chose, and how sure one may be of it.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};
use lab_core::Error;
use lab_reports::pdf::findings_of_study;
use lab_score::study::{Params, StudyFacts, StudyRecord, StudyScores, score};

use super::tables;
use crate::cli::{Format, StudyScoreArgs, TableArgs};
use crate::out::stdout;

/// What a scored study consists of.
const PARTS: [&str; 4] = ["study.json", "tables", "figures", "study.pdf"];

pub(super) fn score_study(args: &StudyScoreArgs) -> Result<()> {
    refuse_foreign(&args.out)?;
    let params = Params {
        n_draws: args.draws as usize,
        seed: args.seed,
    };
    let mut study = record(&args.table, &params)?;
    study.facts.title.clone_from(&args.title);
    study.facts.simulated.clone_from(&args.simulated);
    let report = lab_reports::write_study(&study, &args.out)?;
    let mut out = stdout();
    match args.format {
        Format::Text => {
            for finding in findings_of_study(&study) {
                writeln!(out, "{finding}")?;
            }
            writeln!(out, "{}", report.display())?;
        }
        Format::Json => writeln!(out, "{}", study.to_json()?)?,
    }
    Ok(())
}

/// The tables, scored.
pub(super) fn record(table: &TableArgs, params: &Params) -> Result<StudyRecord> {
    let read = tables::read(table)?;
    Ok(StudyRecord {
        scores: if read.decisions.is_empty() {
            StudyScores::default()
        } else {
            score(&read.decisions, &[], params)?
        },
        printed: read.counts,
        facts: StudyFacts {
            sources: table
                .files
                .iter()
                .map(|file| file.display().to_string())
                .collect(),
            hash: read.hash,
            version: format!("lab {}", env!("CARGO_PKG_VERSION")),
            seed: params.seed,
            n_draws: params.n_draws,
            notes: read.notes,
            ..StudyFacts::default()
        },
    })
}

/// A scored study takes the place of what is there, which must not be somebody's own.
fn refuse_foreign(out: &Path) -> Result<()> {
    if !out.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(out).map_err(Error::io("reading", out))? {
        let name = entry.map_err(Error::io("reading", out))?.file_name();
        let name = name.to_string_lossy();
        if !PARTS.contains(&name.as_ref()) {
            bail!(
                "'{}' holds '{name}', which no study put there\n  hint: --out wants a new or empty folder",
                out.display()
            );
        }
    }
    Ok(())
}
