//! One file per verb.

mod bench;
mod check;
mod compare;
mod completions;
mod data;
mod doctor;
mod evaluate;
mod job;
mod own_folder;
mod plan;
mod plugins;
mod report;
mod requests;
mod run;
mod runs;
mod status;
mod study;
mod sweep;
mod verify;

use std::sync::Arc;

use anyhow::{Context as _, Result};
use lab_core::context::Context;
use lab_core::nn::threads;

use crate::cli::{Cli, Command, PluginsCommand};
use crate::events::Events;
use crate::stop;

/// Does what was typed; `false` means that a criterion failed.
pub(crate) fn execute(cli: Cli) -> Result<bool> {
    // What is asked on behalf of another `lab` is told apart by how it ended.
    let is_asked_by_another = matches!(
        cli.command,
        Command::ReadHdf5 { .. } | Command::Plugins(PluginsCommand::Probe(_))
    );
    if !is_asked_by_another {
        stop::never_by_abort();
    }
    match cli.command {
        alone @ (Command::ReadHdf5 { .. } | Command::Completions { .. }) => dispatch(alone),
        command => {
            start_threads(&command)?;
            threads::in_pool(|| dispatch(command))
        }
    }
}

fn dispatch(command: Command) -> Result<bool> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Sweep(args) => sweep::sweep(&args),
        Command::Status(args) => status::status(&args).map(|()| true),
        Command::Job(args) => job::job(&args).map(|()| true),
        Command::Report(args) => report::report(&args).map(|()| true),
        Command::Verify(args) => verify::verify(&args),
        Command::Check(args) => check::check(&args).map(|()| true),
        Command::Plan(args) => plan::plan(&args).map(|()| true),
        Command::Runs(args) => runs::runs(&args).map(|()| true),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Evaluate(args) => evaluate::evaluate(&args).map(|()| true),
        Command::Data(command) => data::data(&command).map(|()| true),
        Command::Plugins(command) => plugins::plugins(&command),
        Command::Bench(args) => bench::bench(&args).map(|()| true),
        Command::Study(command) => study::study(&command).map(|()| true),
        Command::Compare(command) => compare::compare(&command).map(|()| true),
        Command::ReadHdf5 { file, question } => Ok(lab_formats::hdf5::serve(&file, &question)),
        Command::Completions { shell } => completions::completions(shell).map(|()| true),
    }
}

/// A context that shows progress on a terminal.
fn context(seed: u64) -> Context {
    Context::new(seed).with_events(Arc::new(Events::new(Arc::default())))
}

/// Bytes of a thread's stack, as a program's first thread has: all work is done by these threads.
const STACK: usize = 8 << 20;

/// Starts the threads of all work now, where a limit that allows no more of them can be told.
fn start_threads(command: &Command) -> Result<()> {
    let n_threads = match command {
        Command::Run(args) => args.threads,
        // What a plan times is timed on the threads that each run will have.
        Command::Sweep(args) if args.plan => Some(sweep::threads_each(args)),
        _ => None,
    };
    // 0 is as many as there are processors.
    rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads.unwrap_or(0))
        .stack_size(STACK)
        .build_global()
        .context("starting threads: raise the limit of memory or of processes (ulimit -v, ulimit -u), or lower --threads")
}
