//! `lab data …`: what data one has, whether a loader takes it, and data for those who have none.

mod check;
mod inspect;
mod pack;
mod simulate;

use std::sync::Arc;

use anyhow::Result;
use lab_core::context::Context;

use crate::cli::DataCommand;
use crate::events::Events;

pub(crate) fn data(command: &DataCommand) -> Result<()> {
    match command {
        DataCommand::Inspect { files, format } => inspect::inspect(files, *format),
        DataCommand::Check {
            name,
            folder,
            format,
        } => check::check(name, folder, *format),
        DataCommand::Simulate(args) => simulate::simulate(args),
        DataCommand::Pack(args) => pack::pack(args),
    }
}

/// A context that shows progress on a terminal.
fn context(seed: u64) -> Context {
    Context::new(seed).with_events(Arc::new(Events::new(Arc::default())))
}
