//! `lab study …`: people's decisions about reconstructions.

mod build;
mod export;
mod import;
mod observe;
mod pages;
mod power;
mod score;
mod serve;
mod tables;

use std::path::{Path, PathBuf};

use anyhow::Result;
use lab_score::study::{Params, StudyRecord};

use crate::cli::{StudyCommand, TableArgs};

pub(super) fn study(command: &StudyCommand) -> Result<()> {
    match command {
        StudyCommand::Score(args) => score::score_study(args),
        StudyCommand::Observe(args) => observe::observe(args),
        StudyCommand::Power(args) => power::power(args),
        StudyCommand::Build(args) => build::build(args),
        StudyCommand::Serve(args) => serve::serve(args),
        StudyCommand::Pages(args) => pages::pages(args),
        StudyCommand::Export(args) => export::export(args),
        StudyCommand::Import(args) => import::import(args),
    }
}

/// Tables of decisions, or a study's folder, scored for a chapter of a run's report; of a study that was built from this run, the
/// run's networks look at the pictures.
pub(super) fn scored(files: &[PathBuf], run: &Path) -> Result<StudyRecord> {
    let table = TableArgs {
        files: files.to_vec(),
        from: None,
        maps: Vec::new(),
    };
    let asked = score::Asked {
        near: Some(run),
        ..score::Asked::default()
    };
    score::record(&table, asked, &Params::default())
}
