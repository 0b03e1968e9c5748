//! `lab compare …`: several experiments, measured alike.

mod chart;
mod generators;
mod pages;

use anyhow::Result;

use crate::cli::CompareCommand;

pub(super) fn compare(command: &CompareCommand) -> Result<()> {
    match command {
        CompareCommand::Generators(args) => generators::generators(args),
    }
}
