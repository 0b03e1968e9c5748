//! One file per verb.

mod bench;
mod check;
mod compare;
mod completions;
mod data;
mod job;
mod plugins;
mod report;
mod requests;
mod run;
mod status;
mod sweep;

use anyhow::Result;

use crate::cli::{Cli, Command};

/// Does what was typed; `false` means that a criterion failed.
pub(crate) fn execute(cli: Cli) -> Result<bool> {
    match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Sweep(args) => sweep::sweep(&args),
        Command::Status(args) => status::status(&args).map(|()| true),
        Command::Job(args) => job::job(&args).map(|()| true),
        Command::Report(args) => report::report(&args).map(|()| true),
        Command::Check(args) => check::check(&args).map(|()| true),
        Command::Data(command) => data::data(&command).map(|()| true),
        Command::Plugins(command) => plugins::plugins(&command),
        Command::Bench(args) => bench::bench(&args).map(|()| true),
        Command::Compare(command) => compare::compare(&command).map(|()| true),
        Command::ReadHdf5 { file, question } => Ok(lab_formats::hdf5::serve(&file, &question)),
        Command::Completions { shell } => completions::completions(shell).map(|()| true),
    }
}
