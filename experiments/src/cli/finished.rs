//! What can be typed about runs that are finished: the report of one, checking it, and comparing several.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Format;

/// `lab report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The folder of a run, such as runs/NAME/latest.
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,
    /// A new or empty folder for the report; what the run's folder holds then stays as it is.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Add a chapter on what people chose: tables of decisions, or the folder of a study, as for `lab study score`. May be repeated; wants --out, as a run's
    /// own folder holds what the run made and nothing else.
    #[arg(long, value_name = "DATA", requires = "out")]
    pub(crate) study: Vec<PathBuf>,
    /// Say on every page that those who answered are simulated, and how.
    #[arg(long, value_name = "HOW", requires = "study")]
    pub(crate) simulated: Option<String>,
}

/// `lab verify`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 everything is what it was, 1 something differs, 2 could not run. Paths of inputs are taken \
    from the working directory, as the run took them."
)]
pub(crate) struct VerifyArgs {
    /// The folder of a finished run, such as runs/NAME/latest.
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,
    /// Also make the run again from its run.ron, with no stage reused, and compare: the bytes of every file if the
    /// processor's features are those of the run, and headline scores otherwise.
    #[arg(long)]
    pub(crate) rerun: bool,
    /// By how much headline scores may differ where bytes cannot be compared.
    #[arg(long, default_value_t = 0.05, value_name = "X", requires = "rerun")]
    pub(crate) tolerance: f64,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `lab compare …`.
#[derive(Debug, Subcommand)]
pub(crate) enum CompareCommand {
    /// The generator card: quality, classes, copying, ceiling, sensitivity and decoding of each experiment's generator.
    ///
    /// Generators are trained, or taken from the folder of runs, as `lab run` would. All are judged by the first
    /// experiment's observer, on its images, as far as none of them has learned from those.
    Generators(CompareGeneratorsArgs),
    /// Finished runs side by side: their scores, how each differs from the first image by image, and which settings differ.
    ///
    /// Runs over other test images, or with other settings of their scores, are not compared image by image; what differs is
    /// said, and their scores stand by themselves.
    Runs(CompareRunsArgs),
}

/// `lab compare runs`.
#[derive(Debug, Args)]
pub(crate) struct CompareRunsArgs {
    /// Folders of finished runs, such as runs/NAME/latest; the others are held against the first.
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    /// Folder for the comparison: table, JSON, charts and PDF.
    #[arg(long, default_value = "comparison", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// What is printed: the table, or all of it as JSON.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `lab compare generators`.
#[derive(Debug, Args)]
pub(crate) struct CompareGeneratorsArgs {
    /// Experiment files, or folders of runs; a finished run adds its decoder's scores.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// A shared library with further plugins, beside those of the experiments. May be repeated.
    #[arg(long = "plugin", value_name = "PATH")]
    pub(crate) plugins: Vec<String>,
    /// Samples of each generator; at toy size 64 at most.
    #[arg(long, default_value_t = 2000, value_name = "N")]
    pub(crate) samples: usize,
    /// Folder of runs; finished stages in it are reused, and new ones kept there.
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub(crate) runs: PathBuf,
    /// Folder for the card: table, JSON, CSV, chart and sheets of samples.
    #[arg(long, default_value = "card", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Toy size in seconds, as in `lab run --smoke`.
    #[arg(long)]
    pub(crate) smoke: bool,
    /// Where tensors live: cpu, cuda, cuda:N, or auto for a card if there is one.
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    pub(crate) device: String,
    /// What is printed: the table, or all of it as JSON.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}
