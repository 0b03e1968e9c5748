//! `lab data …`: what data one has, whether a loader takes it, and data for those who have none.

mod check;
mod inspect;
mod pack;
mod simulate;
mod split;

use anyhow::Result;

use super::context;
use crate::cli::DataCommand;

pub(crate) fn data(command: &DataCommand) -> Result<()> {
    match command {
        DataCommand::Inspect { files, format } => inspect::inspect(files, *format),
        DataCommand::Check {
            name,
            folder,
            format,
        } => check::check(name, folder, *format),
        DataCommand::Simulate(args) => simulate::simulate(args),
        DataCommand::Split(args) => split::split(args),
        DataCommand::Pack(args) => pack::pack(args),
    }
}
