//! What can be typed about reconstructions that were made elsewhere.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lab_evaluate::PairBy;

use super::Format;

/// `lab evaluate`.
#[derive(Debug, Args)]
#[command(
    after_help = "A table of classes has the columns `image` (a name, or a place counted from 0) and `class`, and, if a classifier was \
    asked, `named` (the class that it names for the reconstruction) and `named_original`.\n\
    A file of features is an .npz archive with the arrays `originals` and `reconstructions`, [n_images, n_features], or \
    `LAYER.originals` and `LAYER.reconstructions` for several layers; rows stand in the order of the pictures.\n\
    LPIPS needs two files: torchvision's AlexNet (alexnet-owt-*.pth, tensors features.0.weight and so on) and the heads of version 0.1 \
    for the net alex (alex.pth of lpips or torchmetrics, tensors lin0.model.1.weight and so on), or the same tensors as .safetensors. \
    Lower is better. Pictures of fewer than 31 pixels a side are enlarged to 64 for it.\n\
    Without --size, pictures keep the shortest side of all of them, at most 128 pixels."
)]
pub(crate) struct EvaluateArgs {
    /// What was seen: a folder of pictures, or .npy [n, height, width], with a 3 beside them for colours.
    #[arg(long, value_name = "DIR|FILE")]
    pub(crate) originals: PathBuf,
    /// What was reconstructed, in the same form, under the same names or in the same order.
    #[arg(long, value_name = "DIR|FILE")]
    pub(crate) reconstructions: PathBuf,
    /// The images that whatever made the reconstructions was fitted on, in the same form.
    #[arg(long, value_name = "DIR|FILE")]
    pub(crate) train: Option<PathBuf>,
    /// A table of classes: CSV or TSV.
    #[arg(long, value_name = "FILE")]
    pub(crate) classes: Option<PathBuf>,
    /// Features of a network, computed elsewhere: one file a network. May name several.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) features: Vec<PathBuf>,
    /// Also LPIPS, a learned perceptual distance, lower is better: weights of its network, and of its heads.
    #[arg(long, num_args = 2, value_names = ["BACKBONE", "HEADS"])]
    pub(crate) lpips: Option<Vec<PathBuf>>,
    /// Height and width in pixels at which pictures are compared.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=4096))]
    pub(crate) size: Option<u64>,
    /// What tells which reconstruction belongs to which original, where the files leave a doubt.
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) pair: Option<Pair>,
    /// A new folder, or that of an earlier evaluation, for tables, figures and report.pdf.
    #[arg(long, value_name = "DIR", default_value = "evaluation")]
    pub(crate) out: PathBuf,
    /// Heading of the report; the folder of the reconstructions if it is not given.
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// Permutations, and draws of the bootstrap.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(100..=1_000_000))]
    pub(crate) draws: u64,
    /// Seed of every random draw; the same seed gives the same bytes.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// What is printed: findings and the report's path, or headline figures and guards as JSON.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// What tells which reconstruction belongs to which original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Pair {
    /// Names without ending that are equal, or differ by what all names of a folder share.
    Name,
    /// The order of rows, or of names as people count.
    Order,
}

impl From<Pair> for PairBy {
    fn from(pair: Pair) -> Self {
        match pair {
            Pair::Name => Self::Name,
            Pair::Order => Self::Order,
        }
    }
}
