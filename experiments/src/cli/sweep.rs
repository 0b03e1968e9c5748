//! What can be typed of sweeps.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ExperimentArgs, Format};

/// `lab sweep`.
#[derive(Debug, Args)]
#[command(
    after_help = "A file of variants (experiments/ablation/*.ron), or a folder of them, asks what each choice of an experiment is \
    worth: every variant is held against its base image by image, and --set of a setting that the file crosses, or of the seed, \
    takes a part of it.\nA list of values: --set decoder.l2=0.001,0.01. A range holds both of its ends: --set seed=1..5 is 1, 2, 3, 4 \
    and 5. Commas within brackets and quotes belong to a value.\nFinished runs are never run again, whatever sweep made \
    them; the same command goes on where it was stopped.\nExit codes: 0 done, 1 a criterion of a run failed, 2 a run could \
    not run, 130 stopped by Ctrl-C or SIGTERM."
)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct SweepArgs {
    #[command(flatten)]
    pub(crate) experiment: ExperimentArgs,
    /// Lists belong together, value by value, in place of every combination.
    #[arg(long)]
    pub(crate) zip: bool,
    /// Say how many runs there are, which trainings they share and what they would take, and run nothing.
    #[arg(long, conflicts_with_all = ["detach", "retry_failed"])]
    pub(crate) plan: bool,
    /// Runs at a time on this machine; they share its cores.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) jobs: usize,
    /// Run again what failed; otherwise it is reported again as long as nothing about it changed.
    #[arg(long)]
    pub(crate) retry_failed: bool,
    /// Where runs are done.
    #[arg(long, value_enum, default_value_t = On::Local)]
    pub(crate) on: On,
    /// An argument for sbatch, such as --slurm-arg=--mem=16G. May be repeated.
    #[arg(long = "slurm-arg", value_name = "ARG", allow_hyphen_values = true)]
    pub(crate) slurm_args: Vec<String>,
    /// With --on slurm: hand the jobs over and leave; the same command later gathers their results.
    #[arg(long)]
    pub(crate) detach: bool,
    /// A figure of summary.json to show, such as similarity.pixel, in place of the usual ones. May be repeated.
    #[arg(long = "figure", value_name = "NAME")]
    pub(crate) figures: Vec<String>,
    /// Folder for results; finished stages in it are reused.
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub(crate) runs: PathBuf,
    /// Folder for the summary: tables, chart and PDF; runs/.sweeps/ID if it is not given.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Where tensors live: cpu, cuda, cuda:N, or auto for a card if there is one.
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    pub(crate) device: String,
    /// What is printed: the table, or all of it as JSON.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Where runs of a sweep are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum On {
    /// As processes of this machine.
    Local,
    /// As jobs of Slurm, by sbatch, squeue and scontrol.
    Slurm,
}

/// `lab status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The beginning of a sweep's identity; the newest sweep if it is not given.
    pub(crate) sweep: Option<String>,
    /// The folder of runs.
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub(crate) runs: PathBuf,
    /// A table, or JSON.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `lab job`.
#[derive(Debug, Args)]
pub(crate) struct JobArgs {
    /// The names of tasks, one a line; the place in the array chooses.
    pub(crate) list: PathBuf,
    /// The folder of runs.
    #[arg(long, value_name = "DIR")]
    pub(crate) runs: PathBuf,
}
