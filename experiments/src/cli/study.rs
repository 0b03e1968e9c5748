//! What can be typed about a behavioural study.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::format::Format;

/// `lab study …`.
#[derive(Debug, Subcommand)]
pub(crate) enum StudyCommand {
    /// Score people's decisions: tables, charts and a PDF of what they chose and how sure one may be of it.
    Score(StudyScoreArgs),
    /// Ask model observers about a study's trials: pixels, similarity, trivial cues, and the layers of its runs' networks.
    Observe(StudyObserveArgs),
    /// Say what a study could tell before anybody decides: power, smallest effect, cost; by formula and by simulation.
    Power(StudyPowerArgs),
    /// Build a study from finished runs: who sees which pictures, the pictures, and a secret key.
    Build(StudyBuildArgs),
    /// Serve a study to the browsers of participants, until Ctrl-C.
    Serve(StudyServeArgs),
    /// Write pages that need no server, for a class or a lab meeting; answers are handed in as files or as QR codes.
    Pages(StudyPagesArgs),
    /// Write what was answered, under made-up names: tables with a dictionary, Psych-DS, a paragraph of methods.
    Export(StudyExportArgs),
    /// Turn a table of another tool into one of decisions: MTurk, jsPsych, PsychoPy, Gorilla.
    Import(StudyImportArgs),
}

/// How a table of decisions is read.
#[derive(Debug, Args)]
pub(crate) struct TableArgs {
    /// Tables of decisions, as CSV or JSON, with a row a decision. `lab study import --help` lists the columns. `lab study score`
    /// also takes the folder of one study, with the answers in it.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Who wrote the tables; told by their columns if it is not said.
    #[arg(long, value_enum, value_name = "TOOL")]
    pub(crate) from: Option<From>,
    /// Say which column is what: `--map image=Input.picture`. May be repeated.
    ///
    /// Fields: set, condition, subject (whose brain), image, distractor, rater, `n_alternatives`, correct (1 or 0), side (where the
    /// right one stood), answer (left or right), `rt_ms`, trial, kind (trial, catch or practice). Needed are image, and correct or
    /// answer with side.
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    pub(crate) maps: Vec<String>,
}

/// Tools that write tables of decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum From {
    /// A table that this program wrote.
    Lab,
    /// Amazon Mechanical Turk: a batch's results.
    Mturk,
    /// Its CSV or JSON.
    Jspsych,
    /// The trial-by-trial CSV.
    Psychopy,
    /// The CSV of a task.
    Gorilla,
}

/// `lab study score`.
#[derive(Debug, Args)]
pub(crate) struct StudyScoreArgs {
    #[command(flatten)]
    pub(crate) table: TableArgs,
    /// A new or empty folder for tables, charts and the PDF: "study" if it is left out, or "STUDY-scored" beside a study's folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Name of the study, for the PDF's first line; that of the study's settings, or "Behavioural study", if it is left out.
    #[arg(long, value_name = "TITLE")]
    pub(crate) title: Option<String>,
    /// A table of what model observers make of the trials, as `lab study observe` writes it. The folder of a study needs none: its
    /// own pictures are looked at.
    #[arg(long, value_name = "FILE", conflicts_with = "runs")]
    pub(crate) observers: Option<PathBuf>,
    /// For the folder of a study: the folders of finished runs whose networks look at its pictures, in the place of those that the
    /// study was built from. May be repeated.
    #[arg(long = "run", value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    /// Say on every page that those who answered are simulated, and how.
    #[arg(long, value_name = "HOW")]
    pub(crate) simulated: Option<String>,
    /// Seed of the bootstrap's draws.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// Draws of the bootstrap, each way.
    #[arg(long, default_value_t = 2000, value_name = "N", value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub(crate) draws: u32,
    /// What is printed: findings and the PDF's path, or the rows as JSON.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `lab study observe`.
#[derive(Debug, Args)]
pub(crate) struct StudyObserveArgs {
    /// The folder of the study.
    #[arg(value_name = "STUDY")]
    pub(crate) study: PathBuf,
    /// The folders of finished runs whose networks look at the pictures, in the place of those that the study was built from. May
    /// be repeated.
    #[arg(long = "run", value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    /// The new table: one observer and one pair of images a row; above zero the observer is right.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// `lab study power`.
#[derive(Debug, Args)]
pub(crate) struct StudyPowerArgs {
    /// Images that are shown.
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub(crate) images: usize,
    /// Different foils of each image.
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub(crate) foils: usize,
    /// Number of people who decide.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub(crate) raters: usize,
    /// Decisions of each person; nobody may see an image twice, so that half as many as there are images are possible.
    #[arg(long, default_value_t = 25, value_name = "N")]
    pub(crate) trials: usize,
    /// True share of right decisions.
    #[arg(long, default_value_t = 0.644, value_name = "SHARE")]
    pub(crate) share: f64,
    /// Correlation of decisions about one image, in log-odds.
    #[arg(long, default_value_t = 0.2, value_name = "RHO")]
    pub(crate) rho_image: f64,
    /// Correlation of decisions with one foil.
    #[arg(long, default_value_t = 0.0, value_name = "RHO")]
    pub(crate) rho_distractor: f64,
    /// Correlation of decisions of one person.
    #[arg(long, default_value_t = 0.05, value_name = "RHO")]
    pub(crate) rho_rater: f64,
    /// Level of the tests, one-sided.
    #[arg(long, default_value_t = 0.05, value_name = "ALPHA")]
    pub(crate) alpha: f64,
    /// Simulated studies.
    #[arg(long, default_value_t = 10_000, value_name = "N", value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub(crate) studies: u32,
    /// Of these, so many are also fitted by the mixed model.
    #[arg(long, default_value_t = 200, value_name = "N")]
    pub(crate) mixed: u32,
    /// What a decision costs, in any currency.
    #[arg(
        long,
        default_value_t = 0.1,
        value_name = "MONEY",
        conflicts_with = "hour"
    )]
    pub(crate) price: f64,
    /// What an hour costs, where people are paid by time.
    #[arg(long, value_name = "MONEY")]
    pub(crate) hour: Option<f64>,
    /// Seconds that a decision takes, where people are paid by time.
    #[arg(long, default_value_t = 8.0, value_name = "SECONDS")]
    pub(crate) seconds: f64,
    /// The platform's share on top of what people get.
    #[arg(long, default_value_t = 0.33, value_name = "SHARE")]
    pub(crate) fee: f64,
    /// Seed of the simulated studies.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// A folder for the table and the chart.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// What is printed: tables to read, or JSON.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `lab study build`.
#[derive(Debug, Args)]
pub(crate) struct StudyBuildArgs {
    /// Folders of finished runs, such as runs/NAME/latest. The reconstructions of each are a condition of the study.
    #[arg(required = true, value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    /// A new folder for the study.
    #[arg(long, value_name = "STUDY")]
    pub(crate) out: PathBuf,
    /// Texts, checks, payment, platform and rules, in RON; what it leaves out has a default. `study.ron` of a study that was built
    /// shows all of them.
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Participants, each with a list of trials of its own.
    #[arg(long, value_name = "N", conflicts_with = "decisions")]
    pub(crate) participants: Option<u32>,
    /// Decisions on each image of each run; the number of participants follows.
    #[arg(long, value_name = "N")]
    pub(crate) decisions: Option<u32>,
    /// Trials of a participant; nobody may see an image twice, so that half as many as there are images are possible.
    #[arg(long, value_name = "N")]
    pub(crate) trials: Option<u32>,
    /// Seed of all that is drawn.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
}

/// `lab study serve`.
#[derive(Debug, Args)]
pub(crate) struct StudyServeArgs {
    /// The folder of the study.
    #[arg(value_name = "STUDY")]
    pub(crate) study: PathBuf,
    /// Where to listen. Only this machine can reach the default; a proxy that ends HTTPS makes it public.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub(crate) bind: SocketAddr,
    /// A proxy that ends HTTPS stands in front: X-Forwarded-For and X-Forwarded-Proto are believed.
    #[arg(long)]
    pub(crate) behind_proxy: bool,
    /// A file with the operator's token; a fresh one is printed if it is left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) operator_token: Option<PathBuf>,
}

/// `lab study pages`.
#[derive(Debug, Args)]
pub(crate) struct StudyPagesArgs {
    /// The folder of the study.
    #[arg(value_name = "STUDY")]
    pub(crate) study: PathBuf,
    /// The ZIP archive.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Pages, each with another list; give each person one of them.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) pages: usize,
}

/// `lab study export`.
#[derive(Debug, Args)]
pub(crate) struct StudyExportArgs {
    /// The folder of the study.
    #[arg(value_name = "STUDY")]
    pub(crate) study: PathBuf,
    /// A folder for the tables.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Also write what platforms call the people, into this file: keep it apart, and delete it once they are paid.
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
}

/// `lab study import`.
#[derive(Debug, Args)]
pub(crate) struct StudyImportArgs {
    #[command(flatten)]
    pub(crate) table: TableArgs,
    /// The files are answers that were handed in from pages of this study: saved files, or texts of QR codes, one a line.
    #[arg(long, value_name = "STUDY", conflicts_with_all = ["from", "maps"])]
    pub(crate) study: Option<PathBuf>,
    /// The new table.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}
