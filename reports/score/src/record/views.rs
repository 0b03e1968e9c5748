//! Views into a decoder: how much passes, where it comes from, where it is right, and how sure its members are.

use serde::{Deserialize, Serialize};

use super::{Condition, exact};
use crate::study::prevalence::Prevalence;

/// The dimensions of a decoder that predicts latents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InformationFacts {
    /// Number of training images.
    pub n_train_images: usize,
    /// Rows that the decoder was fitted on: single trials, or averages over the repeats of an image.
    pub n_train_rows: usize,
    /// Dimensions of the generator's latents.
    pub n_latents: usize,
    /// Directions in which predictions on the training rows differ at all.
    pub rank: usize,
    /// Widths of the bottlenecks that were scored, each below `rank`.
    pub widths: Vec<usize>,
}

/// How many directions a set of images fills.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankRow {
    /// Whose images they are.
    pub condition: Condition,
    /// The effective rank around the mean image, from 0.
    #[serde(with = "exact")]
    pub effective_rank: f64,
    /// The most that so many images of so many pixels can have.
    pub most: usize,
}

/// What the voxels of one region have to do with a decoder's predictions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PatternRow {
    /// Name of the subject.
    pub subject: String,
    /// Name of the region; empty for voxels of none.
    pub region: String,
    /// Voxels of the region.
    pub n_voxels: usize,
    /// Median over voxels of the share of a voxel's variance that goes along with the predictions, in `[0, 1]`.
    #[serde(with = "exact")]
    pub median: f64,
    /// The same at the ninth decile: the strongest tenth of the voxels have more.
    #[serde(with = "exact")]
    pub ninth_decile: f64,
    /// Part of the sum over all voxels of the subject that lies in the region; regions may share voxels.
    #[serde(with = "exact")]
    pub part: f64,
}

/// How well pixels are reconstructed at some distance from the centre of the image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RingRow {
    /// Inner edge of the ring, in half widths of the image.
    #[serde(with = "exact")]
    pub from: f64,
    /// Outer edge of the ring, in half widths of the image.
    #[serde(with = "exact")]
    pub to: f64,
    /// Pixels of the ring.
    pub n_pixels: usize,
    /// Mean over the pixels of the correlation, over images, of a pixel with its reconstruction.
    #[serde(with = "exact")]
    pub correlation: f64,
    /// Interval over images: (low, high).
    #[serde(with = "exact")]
    pub interval: Option<(f64, f64)>,
}

/// How much better the centre of the image is reconstructed than its edge, over the same images.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CentreLessEdge {
    /// Mean correlation of the innermost ring minus that of the outermost.
    #[serde(with = "exact")]
    pub value: f64,
    /// Its interval over images, in each draw of which both rings see the same images: (low, high).
    #[serde(with = "exact")]
    pub interval: Option<(f64, f64)>,
}

/// How much the members of an ensemble differ about one test image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpreadRow {
    /// Index of the test image, from 0.
    pub test_image: usize,
    /// Mean over pixels of the standard deviation over members, for pixels in `[−1, 1]`.
    #[serde(with = "exact")]
    pub spread: f64,
}

/// What share of people would show what single subjects of the experiment do, after [`crate::study::prevalence`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrevalenceRow {
    /// Subjects whose reconstructions were tested by themselves.
    pub n_subjects: usize,
    /// Subjects whose own test is significant.
    pub n_significant: usize,
    /// Level of each subject's own test.
    #[serde(with = "exact")]
    pub alpha: f64,
    /// The most probable share of people.
    #[serde(with = "exact")]
    pub most_probable: f64,
    /// The shortest interval that holds the share with probability `confidence`.
    #[serde(with = "exact")]
    pub interval: (f64, f64),
    /// Probability of the interval and of the lower bound.
    #[serde(with = "exact")]
    pub confidence: f64,
    /// The share is at least this with probability `confidence`.
    #[serde(with = "exact")]
    pub at_least: f64,
}

impl From<Prevalence> for PrevalenceRow {
    fn from(found: Prevalence) -> Self {
        Self {
            n_subjects: found.n_subjects,
            n_significant: found.n_significant,
            alpha: found.alpha,
            most_probable: found.most_probable,
            interval: found.interval,
            confidence: found.confidence,
            at_least: found.at_least,
        }
    }
}
