//! `lab study score FILE…`: what people chose, and how sure one may be of it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use lab_core::Error;
use lab_reports::pdf::findings_of_study;
use lab_score::study::{Observed, Params, StudyFacts, StudyRecord, StudyScores, score};
use lab_study::Study;
use lab_study::answered::answered;
use lab_study::tables::read_observed;

use super::observe::look_at;
use super::tables;
use crate::cli::{Format, StudyScoreArgs, TableArgs};
use crate::commands::own_folder;
use crate::out::stdout;

/// What a scored study consists of.
const PARTS: [&str; 4] = ["study.json", "tables", "figures", "study.pdf"];
/// Name of a study that has none.
const TITLE: &str = "Behavioural study";

/// Which model observers are asked.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked<'a> {
    /// A table of what observers make of the trials.
    pub(super) table: Option<&'a Path>,
    /// Runs whose networks look at a study's pictures, in the place of those that it was built from.
    pub(super) runs: &'a [PathBuf],
    /// A run that may be one of those that the study was built from.
    pub(super) near: Option<&'a Path>,
}

pub(super) fn score_study(args: &StudyScoreArgs) -> Result<()> {
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| beside(&args.table.files));
    own_folder::refuse_foreign(&out, &PARTS, "study.json")?;
    let params = Params {
        n_draws: args.draws as usize,
        seed: args.seed,
    };
    let asked = Asked {
        table: args.observers.as_deref(),
        runs: &args.runs,
        near: None,
    };
    let mut study = record(&args.table, asked, &params)?;
    if let Some(title) = &args.title {
        study.facts.title.clone_from(title);
    }
    study.facts.simulated.clone_from(&args.simulated);
    let report = lab_reports::write_study(&study, &out)?;
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

/// Where a scored study goes if nobody says it: a study's own folder must stay as it is.
fn beside(files: &[PathBuf]) -> PathBuf {
    match files {
        [folder] if folder.is_dir() => {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            folder.with_file_name(format!("{name}-scored"))
        }
        _ => PathBuf::from("study"),
    }
}

/// The tables, or the answers in a study's folder, scored.
pub(super) fn record(table: &TableArgs, asked: Asked<'_>, params: &Params) -> Result<StudyRecord> {
    let mut study = match table.files.as_slice() {
        [folder] if folder.is_dir() => of_folder(folder, table, asked, params)?,
        files => {
            if let Some(folder) = files.iter().find(|file| file.is_dir()) {
                bail!(
                    "'{}' is a folder among several files\n  hint: the folder of a study is scored by itself; lab study export writes its \
                     answers as a table that can stand beside others",
                    folder.display()
                );
            }
            of_tables(table, asked, params)?
        }
    };
    study.facts.sources = table
        .files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    study.facts.version = format!("lab {}", env!("CARGO_PKG_VERSION"));
    (study.facts.seed, study.facts.n_draws) = (params.seed, params.n_draws);
    Ok(study)
}

fn of_tables(table: &TableArgs, asked: Asked<'_>, params: &Params) -> Result<StudyRecord> {
    if let Some(run) = asked.runs.first() {
        bail!(
            "--run {}: a table holds no pictures that networks could look at\n  hint: name the folder of the study, or --observers FILE as \
             lab study observe writes it",
            run.display()
        );
    }
    let read = tables::read(table)?;
    let (observed, note) = observed(asked)?;
    Ok(StudyRecord {
        scores: if read.decisions.is_empty() {
            StudyScores::default()
        } else {
            score(&read.decisions, &observed, params)?
        },
        printed: read.counts,
        facts: StudyFacts {
            title: TITLE.into(),
            hash: read.hash,
            notes: read.notes.into_iter().chain(note).collect(),
            ..StudyFacts::default()
        },
    })
}

/// A table of observers with the note that says where it is from.
fn observed(asked: Asked<'_>) -> Result<(Vec<Observed>, Option<String>)> {
    let Some(file) = asked.table else {
        return Ok((Vec::new(), None));
    };
    let bytes = fs::read(file).map_err(Error::io("reading", file))?;
    let note = format!(
        "model observers from {} (BLAKE3 {})",
        file.display(),
        blake3::hash(&bytes).to_hex()
    );
    Ok((read_observed(file)?, Some(note)))
}

fn of_folder(
    folder: &Path,
    table: &TableArgs,
    asked: Asked<'_>,
    params: &Params,
) -> Result<StudyRecord> {
    if table.from.is_some() || !table.maps.is_empty() {
        bail!(
            "'{}' is the folder of a study, whose columns are known\n  hint: leave --from and --map out",
            folder.display()
        );
    }
    let study = Arc::new(Study::open(folder)?);
    let answers = answered(&study)?;
    let (mut observed, note) = observed(asked)?;
    let mut notes: Vec<String> = answers.notes.into_iter().chain(note).collect();
    let origins = &study.about.sources;
    let mut toy = origins.iter().find_map(|origin| origin.toy.clone());
    let simulated_responses = origins.iter().find_map(|origin| origin.simulated.clone());
    if asked.table.is_none() {
        let seen = look_at(&study, asked.runs, asked.near)?;
        observed = seen.observed;
        notes.extend(seen.notes);
        toy = toy.or(seen.toy);
    }
    Ok(StudyRecord {
        scores: score(&answers.decisions, &observed, params)?,
        printed: Vec::new(),
        facts: StudyFacts {
            title: study.about.settings.title.clone(),
            hash: answers.hash,
            notes,
            toy,
            simulated_responses,
            ..StudyFacts::default()
        },
    })
}
