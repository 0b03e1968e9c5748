//! What can be typed about the folder of runs and the machine.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::format::Format;

/// `lab runs`.
#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<RunsCommand>,
    /// The folder of runs.
    #[arg(long, default_value = "runs", value_name = "DIR", global = true)]
    pub(crate) runs: PathBuf,
    /// A list to read, or JSON.
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    pub(crate) format: Format,
}

/// `lab runs …`.
#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// Say what no finished run needs, and free it with --yes: stages that none of them names, and what was left behind.
    /// An unfinished training that is freed begins anew.
    Clean {
        /// Free it; without this nothing is touched.
        #[arg(long)]
        yes: bool,
        /// Also runs at toy size.
        #[arg(long)]
        toy: bool,
    },
}

/// `lab doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Experiments whose data and weights are looked for; those under ./experiments if none is named.
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The folder where results would go.
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub(crate) runs: PathBuf,
    /// A list to read, or JSON.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}
