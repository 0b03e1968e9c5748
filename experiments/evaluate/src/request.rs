//! What is to be evaluated.

use std::path::PathBuf;

use lab_core::config::Scores;

use crate::pairing::PairBy;

/// The weights of LPIPS, net "alex", version 0.1: PyTorch files or safetensors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LpipsFiles {
    /// torchvision's `AlexNet`: `features.0.weight` and so on.
    pub backbone: PathBuf,
    /// The heads of lpips or torchmetrics: `lin0.model.1.weight` and so on.
    pub heads: PathBuf,
}

/// Files, and how to judge them.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// A folder of pictures, or `.npy` `[n_images, height, width]`, with a 3 beside them for colours.
    pub originals: PathBuf,
    /// The same of the reconstructions.
    pub reconstructions: PathBuf,
    /// The images that whatever made the reconstructions was fitted on.
    pub train: Option<PathBuf>,
    /// A table with the columns `image` and `class`, and, if a classifier was asked, `named` and `named_original`.
    pub classes: Option<PathBuf>,
    /// Features that were computed elsewhere, a file a network.
    pub features: Vec<PathBuf>,
    /// The files that LPIPS stands on; without them it is left out.
    pub lpips: Option<LpipsFiles>,
    /// Height and width in pixels at which pictures are compared; see [`crate::evaluate`] for what holds without it.
    pub size: Option<usize>,
    /// How pictures find their partners, where the files leave a doubt.
    pub pair_by: Option<PairBy>,
    /// Numbers behind the scores.
    pub scores: Scores,
    /// Seed of every random draw; the same seed gives the same bytes.
    pub seed: u64,
    /// The command, as typed.
    pub command: String,
    /// Name for headings.
    pub title: String,
    /// Name and version of the program.
    pub version: String,
}
