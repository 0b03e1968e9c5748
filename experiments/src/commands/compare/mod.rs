//! `lab compare …`: several experiments, measured alike.

mod generators;

use anyhow::Result;

use crate::cli::CompareCommand;

pub(super) fn compare(command: &CompareCommand) -> Result<()> {
    match command {
        CompareCommand::Generators(args) => generators::generators(args),
    }
}
