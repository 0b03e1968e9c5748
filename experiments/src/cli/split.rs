//! What can be typed about splits.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lab_data::split::How;

/// `lab data split`.
#[derive(Debug, Args)]
#[command(
    after_help = "Distance is 1 − correlation of pictures averaged to 32 × 32 pixels: 0 is the same picture up to brightness and contrast, \
    1 an unrelated one. Clusters are made by k-means in that space."
)]
pub(crate) struct SplitArgs {
    /// An experiment file, whose dataset is split; or a folder of pictures, or .npy [n, height, width].
    pub(crate) source: PathBuf,
    /// How test images are chosen.
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) how: SplitHow,
    /// Number of test images; at least so many where clusters or classes are held out whole.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) n_test: u64,
    /// Number of clusters, where some are made.
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u64).range(2..=10_000))]
    pub(crate) clusters: u64,
    /// Distance below which a training image is too near to a test image, from 0 to 2; for leak-controlled.
    #[arg(long, value_name = "TAU", default_value_t = 0.1, value_parser = distance)]
    pub(crate) threshold: f64,
    /// Seed of every random draw; the same seed gives the same bytes.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// Change a value of the experiment first: `--set dataset.root="data/mine"`. May be repeated.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) sets: Vec<String>,
    /// A shared library with further plugins. May be repeated.
    #[arg(long = "plugin", value_name = "PATH")]
    pub(crate) plugins: Vec<String>,
    /// A new file: the table with the columns `image` and `set`.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// How test images are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitHow {
    /// Single images, drawn at random.
    Random,
    /// All images of some clusters, which are drawn at random.
    Cluster,
    /// Single images, drawn at random, and no training images that are nearer than the threshold.
    LeakControlled,
    /// All images of some classes, which are drawn at random; without classes those of the clusters farthest from the others.
    OutOfDistribution,
}

impl From<SplitHow> for How {
    fn from(how: SplitHow) -> Self {
        match how {
            SplitHow::Random => Self::Random,
            SplitHow::Cluster => Self::Cluster,
            SplitHow::LeakControlled => Self::LeakControlled,
            SplitHow::OutOfDistribution => Self::OutOfDistribution,
        }
    }
}

/// A distance between pictures, which is 1 − a correlation.
fn distance(text: &str) -> Result<f64, String> {
    let found = text.parse::<f64>().ok();
    let within = found.filter(|distance| (0.0..=2.0).contains(distance));
    within.ok_or_else(|| "expected a number from 0 to 2".into())
}
