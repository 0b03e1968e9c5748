//! Rows about how far test images are from the training images.

use serde::{Deserialize, Serialize};

use super::exact;

/// A test image, the training image that is nearest to it, and how well it was reconstructed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DistanceRow {
    /// Index of the test image, from 0.
    pub test_image: usize,
    /// Index of the nearest training image among all images of the dataset, or of the training images that were given.
    pub nearest: usize,
    /// Its name; empty if images have none.
    pub nearest_name: String,
    /// 1 − correlation with it, from 0 to 2, in [the space of distances](crate::image_space).
    #[serde(with = "exact")]
    pub distance: f64,
    /// Share of all other test images whose reconstructions lose against its own, by pixels; `None` if it was not scored.
    #[serde(with = "exact")]
    pub identification: Option<f64>,
    /// Correlation of the pixels of the image and its reconstruction.
    #[serde(with = "exact")]
    pub similarity: f64,
}

/// What is held against the distance from the training images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DistantScore {
    /// Share of all other test images whose reconstructions lose.
    Identification,
    /// Correlation of pixels with the own reconstruction.
    Similarity,
}

impl DistantScore {
    /// Stable name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identification => "identification",
            Self::Similarity => "similarity",
        }
    }

    /// Name for a reader.
    pub fn label(self) -> &'static str {
        match self {
            Self::Identification => "share of pairs told apart, by pixels",
            Self::Similarity => "correlation of pixels",
        }
    }
}

/// Whether a score goes with the distance from the training images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DistanceTrend {
    /// The score of single images.
    pub score: DistantScore,
    /// Number of test images.
    pub n_images: usize,
    /// Spearman's correlation of score and distance over test images; `None` if one of them is all alike.
    #[serde(with = "exact")]
    pub rho: Option<f64>,
    /// Interval of the correlation, of images drawn with replacement: (low, high).
    #[serde(with = "exact")]
    pub interval: Option<(f64, f64)>,
    /// Confidence of the interval.
    #[serde(with = "exact")]
    pub confidence: f64,
    /// Draws behind the interval.
    pub n_bootstrap: usize,
    /// Two-sided p of distances permuted over images.
    #[serde(with = "exact")]
    pub p_permutation: Option<f64>,
    /// Permutations behind the p.
    pub n_permutations: usize,
}
