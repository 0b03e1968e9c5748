//! `lab study …`: people's decisions about reconstructions.

mod import;
mod power;
mod score;
mod tables;

use std::path::PathBuf;

use anyhow::Result;
use lab_score::study::{Params, StudyRecord};

use crate::cli::{StudyCommand, TableArgs};

pub(super) fn study(command: &StudyCommand) -> Result<()> {
    match command {
        StudyCommand::Score(args) => score::score_study(args),
        StudyCommand::Power(args) => power::power(args),
        StudyCommand::Import(args) => import::import(args),
    }
}

/// Tables of decisions, scored for a chapter of a run's report.
pub(super) fn scored(files: &[PathBuf]) -> Result<StudyRecord> {
    let table = TableArgs {
        files: files.to_vec(),
        from: None,
        maps: Vec::new(),
    };
    score::record(&table, &Params::default())
}
