//! The `lab` command: brain-decoding experiments from one file.

mod allocator;
mod bars;
mod cli;
mod command_line;
mod commands;
mod device;
mod events;
mod out;
mod quantities;
mod stop;

use std::process::ExitCode;

use clap::Parser;
use lab_core::nn::threads;

// The linker drops plugins that nothing names.
use lab_all as _;

/// Ran, and a stated criterion failed.
const CRITERION_FAILED: u8 = 1;
/// Exit code of a command that could not run.
const COULD_NOT_RUN: u8 = 2;

fn main() -> ExitCode {
    threads::share_one_pool();
    allocator::keep_memory();
    stop::never_on_file_size();
    // A damaged HDF5 file may stop this very program, started again as a reader, and nothing else.
    if let Ok(program) = std::env::current_exe() {
        lab_formats::hdf5::read_in_child(program, vec!["read-hdf5".into()]);
    }
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => error.exit(),
        // Help and the version are what was asked for, so that they must arrive.
        Err(help) => return said(help.print()),
    };
    match commands::execute(cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(CRITERION_FAILED),
        Err(error) if was_stopped(&error) => {
            stop::say();
            ExitCode::from(stop::STOPPED)
        }
        Err(error) => {
            events::complain(&error);
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

fn said(printed: std::io::Result<()>) -> ExitCode {
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            events::complain(&out::named(error).into());
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

/// Whether the person asked for it: no error then.
fn was_stopped(error: &anyhow::Error) -> bool {
    let stopped = |cause: &(dyn std::error::Error + 'static)| {
        matches!(cause.downcast_ref(), Some(lab_core::Error::Cancelled))
            || matches!(
                cause.downcast_ref(),
                Some(lab_runner::Error::Core(lab_core::Error::Cancelled))
            )
    };
    error.chain().any(stopped)
}
