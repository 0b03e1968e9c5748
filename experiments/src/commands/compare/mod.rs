//! `lab compare …`: several experiments, measured alike.

mod chart;
mod generators;
mod pages;
mod runs;
mod runs_text;

use anyhow::Result;

use crate::cli::CompareCommand;

pub(super) fn compare(command: &CompareCommand) -> Result<()> {
    match command {
        CompareCommand::Generators(args) => generators::generators(args),
        CompareCommand::Runs(args) => runs::runs(args),
    }
}
