//! `lab study …`: people's decisions about reconstructions.

mod import;
mod score;
mod tables;

use anyhow::Result;

use crate::cli::StudyCommand;

pub(super) fn study(command: &StudyCommand) -> Result<()> {
    match command {
        StudyCommand::Score(args) => score::score_study(args),
        StudyCommand::Import(args) => import::import(args),
    }
}
