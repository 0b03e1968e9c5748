//! What can be typed.

mod bench;
mod evaluate;
mod finished;
mod format;
mod split;
mod store;
mod study;
mod sweep;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use lab_runner::Written;

pub(crate) use bench::BenchArgs;
pub(crate) use evaluate::EvaluateArgs;
pub(crate) use finished::{
    CompareCommand, CompareGeneratorsArgs, CompareRunsArgs, ReportArgs, VerifyArgs,
};
pub(crate) use format::Format;
pub(crate) use split::SplitArgs;
pub(crate) use store::{DoctorArgs, RunsArgs, RunsCommand};
pub(crate) use study::{
    From, StudyBuildArgs, StudyCommand, StudyExportArgs, StudyImportArgs, StudyObserveArgs,
    StudyPagesArgs, StudyPowerArgs, StudyScoreArgs, StudyServeArgs, TableArgs,
};
pub(crate) use sweep::{JobArgs, On, StatusArgs, SweepArgs};

/// Reconstruct what a person saw from their brain activity, and know how far to trust the result.
#[derive(Debug, Parser)]
#[command(
    name = "lab",
    version,
    after_help = "Exit codes: 0 done, 1 a stated criterion failed, 2 could not run, 130 stopped by Ctrl-C, SIGTERM or a closed terminal."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run an experiment; its last line of output is the report's path.
    Run(RunArgs),
    /// Run an experiment with many values: every combination of --set lists and ranges, each a run of its own.
    Sweep(SweepArgs),
    /// Say how each run of a sweep stands: waiting, running, done or failed, and why.
    Status(StatusArgs),
    /// Do one task of a sweep as a job of a cluster.
    #[command(hide = true)]
    Job(JobArgs),
    /// Make the tables, figures and PDF of a run again, of what it stored; nothing is trained and no data is read.
    Report(ReportArgs),
    /// Check that a finished run is what it was: every file, its inputs, its stages; or make it again and compare.
    Verify(VerifyArgs),
    /// Evaluate reconstructions that anybody made, with any tool: scores, baselines, what would fool a reader, charts and a PDF.
    Evaluate(EvaluateArgs),
    /// Check an experiment without running it, in seconds: names, types, files, and the headers, tables and shapes of its data.
    Check(CheckArgs),
    /// Say what a run would find and what it would make, and why; nothing is written and nothing is trained.
    Plan(PlanArgs),
    /// List the runs of a folder: figures, dates, sizes, and what differs between them.
    Runs(RunsArgs),
    /// Say what this machine has, and what to do about what is missing.
    Doctor(DoctorArgs),
    /// Inspect, check, simulate and pack data.
    #[command(subcommand)]
    Data(DataCommand),
    /// List and explain plugins.
    #[command(subcommand)]
    Plugins(PluginsCommand),
    /// Measure several experiments alike, and put them side by side.
    #[command(subcommand)]
    Compare(CompareCommand),
    /// Ask people which reconstruction belongs to an original, and score what they decide.
    #[command(subcommand)]
    Study(StudyCommand),
    /// Measure how fast the work is, beside PyTorch and NumPy where they are installed.
    Bench(BenchArgs),
    /// Answer one question about an HDF5 file, for another `lab` that limits time and memory.
    #[command(hide = true)]
    ReadHdf5 {
        /// The file.
        file: PathBuf,
        /// The question.
        question: String,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// An experiment and its overrides.
#[derive(Debug, Args)]
pub(crate) struct ExperimentArgs {
    /// The experiment file, in RON.
    pub(crate) file: PathBuf,
    /// Change a value: `--set generator.latent=100`, `--set losses.1.0=25`; `--set generator=@other.ron` takes the one of another
    /// experiment. May be repeated.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) sets: Vec<String>,
    /// A shared library with further plugins, beside those of the experiment. May be repeated.
    #[arg(long = "plugin", value_name = "PATH")]
    pub(crate) plugins: Vec<String>,
    /// Toy size in seconds: the same stages, simulated data where data is missing. Everything says TOY, and
    /// runs/NAME/latest-toy points to it in the place of latest.
    #[arg(long)]
    pub(crate) smoke: bool,
    /// What stood in for missing data when the file was written; `lab sweep` passes it on to its runs.
    #[arg(
        long = "stood-in",
        value_name = "SENTENCE",
        hide = true,
        requires = "smoke"
    )]
    pub(crate) stood_in: Vec<String>,
}

impl ExperimentArgs {
    /// What the runner is asked for.
    pub(crate) fn written(&self) -> Written {
        Written {
            file: self.file.clone(),
            sets: self.sets.clone(),
            plugins: self.plugins.clone(),
            smoke: self.smoke,
            stood_in: self.stood_in.clone(),
        }
    }
}

/// `lab run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) experiment: ExperimentArgs,
    /// Folder for results; finished stages in it are reused.
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub(crate) runs: PathBuf,
    /// Threads; the results do not depend on it.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Where tensors live: cpu, cuda, cuda:N, or auto for a card if there is one.
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    pub(crate) device: String,
    /// What is printed on success: the report's path, or headline figures as JSON.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Stop once this stage is in the store: generator, features, observer-N or decode-N.
    #[arg(long, hide = true, value_name = "STAGE")]
    pub(crate) only: Option<String>,
}

/// `lab check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) experiment: ExperimentArgs,
    /// Also say how long the trainings would take here: what finished stages took, as in `lab plan`, and where none tells, what
    /// a few updates take.
    #[arg(long)]
    pub(crate) estimate: bool,
    /// Folder for results; its finished stages serve the estimate.
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub(crate) runs: PathBuf,
    /// Print the resolved experiment, or facts about it as JSON.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `lab plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) experiment: ExperimentArgs,
    /// Folder for results, as in `lab run`.
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub(crate) runs: PathBuf,
    /// Where tensors would live, as in `lab run`; a card that is not here may be named.
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    pub(crate) device: String,
    /// Say what differs between this stage and the nearest finished one of its name, with both values. May be repeated.
    #[arg(long, value_name = "STAGE")]
    pub(crate) why: Vec<String>,
    /// A table, or JSON.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `lab data …`.
#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Say what is in files: variables, shapes, missing numbers, which public dataset it is, and what looks wrong.
    Inspect {
        /// The files; their content says what they are.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// A table, or JSON.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Load a dataset by every rule of its loader, without an experiment.
    Check {
        /// vim1, god, brains, folder, imagenet64, characters, packed, or a plugin written out.
        name: String,
        /// The folder (or file) that holds it.
        folder: PathBuf,
        /// A table, or JSON.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Write simulated data in the files of a real dataset, with the truth and a training corpus beside them.
    Simulate(SimulateArgs),
    /// Say which images are trained on and which are tested, in a table for `split: file("…")`.
    Split(SplitArgs),
    /// Pack a corpus into one file of grey bytes that trainings map into memory.
    Pack(PackArgs),
}

/// `lab data simulate`.
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// vim1, god or brains.
    pub(crate) name: String,
    /// A new or empty folder.
    pub(crate) folder: PathBuf,
    /// Voxels of each subject, such as 3000,2500; those of the real dataset if not given.
    #[arg(long, value_delimiter = ',', value_name = "N,N")]
    pub(crate) voxels: Vec<usize>,
    /// Number of training images; those of the real dataset if not given.
    #[arg(long, value_name = "N")]
    pub(crate) train: Option<usize>,
    /// Number of test images; those of the real dataset if not given.
    #[arg(long, value_name = "N")]
    pub(crate) test: Option<usize>,
    /// Multiplier of the signal-to-noise ratio; 0 for no signal at all.
    #[arg(long, value_name = "X")]
    pub(crate) snr: Option<f64>,
    /// Share of the signal's variance that follows light and dark, from 0 to below 1: 0.3 for vim1 and god, 0 for brains if
    /// not given. Without it, scenes cannot be decoded by their pixels.
    #[arg(long, value_name = "SHARE")]
    pub(crate) luminance: Option<f64>,
    /// Images of the training corpus; 0 for none.
    #[arg(long, value_name = "N")]
    pub(crate) corpus: Option<usize>,
    /// Seed of every random draw; the same seed gives the same bytes.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
}

/// `lab data pack`.
#[derive(Debug, Args)]
pub(crate) struct PackArgs {
    /// A folder of pictures, or a corpus written out, as in 'imagenet64(path: "…")' or 'folder(path: "…", crops: 400)'.
    pub(crate) source: String,
    /// The file to write, ending in .npy.
    pub(crate) out: PathBuf,
    /// The one seed, for sources that draw.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
}

/// `lab plugins …`.
#[derive(Debug, Subcommand)]
pub(crate) enum PluginsCommand {
    /// List plugins, all or those that match a pattern such as 'feature_*'.
    List {
        /// `*` stands for any letters.
        pattern: Option<String>,
        /// A shared library with further plugins. May be repeated.
        #[arg(long = "plugin", value_name = "PATH")]
        plugins: Vec<String>,
        /// A table, or JSON.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Explain a plugin: equation, source, parameters with defaults, file and line.
    Explain {
        /// The plugin's name.
        name: String,
        /// A shared library with further plugins. May be repeated.
        #[arg(long = "plugin", value_name = "PATH")]
        plugins: Vec<String>,
        /// Text, or JSON.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Write a complete project for a new plugin in a shared library: manifests, code that works, tests, an experiment.
    New(NewArgs),
    /// Test the plugins of a shared library: contracts, gradients, determinism, threads, speed.
    Check(CheckPluginsArgs),
    /// Check one plugin for another `lab`, which survives if it crashes.
    #[command(hide = true)]
    Probe(ProbeArgs),
}

/// `lab plugins new`.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The plugin's name in experiments, such as 'gan2': small letters, digits and '_'.
    pub(crate) name: String,
    /// What it is.
    #[arg(long, value_enum)]
    pub(crate) kind: Kind,
    /// The folder of lab's crate lab-core, or of its repository.
    #[arg(long, value_name = "PATH")]
    pub(crate) core: PathBuf,
    /// The new folder; one of the plugin's name if it is not given.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// The kinds of plugins, as the interface of libraries spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Turns latents into images.
    Generator,
    /// Turns images into activations.
    FeatureNet,
    /// Compares reconstructions with targets.
    Loss,
    /// Turns aligned responses into latents or images.
    Decoder,
    /// Yields stimuli and responses.
    Dataset,
    /// Brings responses of subjects into another space.
    Aligner,
}

/// `lab plugins check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 all checks passed, 1 one failed, 2 could not run. Each plugin is checked in a process of \
    its own, started again after a crash, which is reported as a failed check. Trainings have the size of --smoke."
)]
pub(crate) struct CheckPluginsArgs {
    /// The shared library.
    pub(crate) library: PathBuf,
    /// A plugin with parameters as in an experiment, such as 'dcgan(latent: 5)', or '(latent: 5)' if there is one plugin
    /// only. May be repeated; with it, only these are checked.
    #[arg(long = "config", value_name = "TEXT")]
    pub(crate) configs: Vec<String>,
    /// Train at full size.
    #[arg(long)]
    pub(crate) full: bool,
    /// Seconds that a check may take.
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub(crate) limit: u64,
    /// A table, or JSON.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `lab plugins probe`.
#[derive(Debug, Args)]
pub(crate) struct ProbeArgs {
    /// The shared library.
    pub(crate) library: PathBuf,
    /// The plugin's kind, its name and its parameters; without them, the library itself.
    #[arg(requires = "name", requires = "parameters")]
    pub(crate) kind: Option<String>,
    /// Name of the plugin, such as `dcgan`.
    pub(crate) name: Option<String>,
    /// Parameters of the plugin, as RON.
    pub(crate) parameters: Option<String>,
    /// Checks to make, in this order.
    #[arg(long, value_delimiter = ',')]
    pub(crate) checks: Vec<String>,
    /// Train at full size.
    #[arg(long)]
    pub(crate) full: bool,
}
