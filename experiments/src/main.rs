//! The `lab` command: brain-decoding experiments from one file.

mod allocator;
mod bench;
mod cli;
mod commands;
mod device;
mod events;
mod runner;
mod store;

use std::process::ExitCode;

use clap::Parser;

// The linker drops plugins that nothing names.
use lab_all as _;

/// Ran, and a stated criterion failed.
const CRITERION_FAILED: u8 = 1;
/// Could not run.
const COULD_NOT_RUN: u8 = 2;

fn main() -> ExitCode {
    allocator::keep_memory();
    let cli = cli::Cli::parse();
    match commands::execute(cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(CRITERION_FAILED),
        Err(error) => {
            events::complain(&error);
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}
