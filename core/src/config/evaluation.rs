//! What an experiment computes from the reconstructions, what it writes out, and what it demands.

use serde::{Deserialize, Serialize};

use crate::search::SearchParams;

/// Parts of the evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Evaluation {
    /// Identification in both directions.
    Identification,
    /// Model observers in the paper's two-alternative task.
    Observer,
    /// Classes of reconstructions by an independent classifier.
    Classes,
    /// Mean and nearest training image, the generator at random, shuffled responses, ridge to pixels, no alignment.
    Baselines,
    /// The ceilings of the generator and of the decoder: the best images that searches find, and what is decoded without noise.
    Ceilings,
    /// Each subject alone, by ridge and by one member of the decoder through the generator, with prevalence over subjects.
    Subjects,
    /// Whether a flexible decoder can memorise the training set (Fig. 3 of the paper).
    Overfit,
    /// How much the members of the ensemble differ (Fig. 8 of the paper), and how many of them it takes.
    Variability,
    /// Scores through bottlenecks between responses and latents, and how many directions images fill.
    Information,
    /// Which regions and voxels a reconstruction comes from, each region alone, and where in the image it is right.
    Regions,
    /// Scores of single images against their distance from the training images.
    Generalisation,
}

impl Evaluation {
    /// Every part of the evaluation.
    pub fn all() -> Vec<Self> {
        vec![
            Self::Identification,
            Self::Observer,
            Self::Classes,
            Self::Baselines,
            Self::Ceilings,
            Self::Subjects,
            Self::Overfit,
            Self::Variability,
            Self::Information,
            Self::Regions,
            Self::Generalisation,
        ]
    }
}

/// Whose reconstructions are written out. The generator's ceiling is there only if it is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Export {
    /// The experiment's result.
    Decoder,
    /// The best images found for the generator.
    Ceiling,
    /// Each member of the ensemble alone.
    Members,
}

impl Export {
    /// The result alone.
    pub fn usual() -> Vec<Self> {
        vec![Self::Decoder]
    }
}

/// Numbers behind the scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scores {
    /// Random foils an image in the two-alternative task.
    pub n_foils: usize,
    /// Permutations of the mapping from reconstructions to originals.
    pub n_permutations: usize,
    /// Bootstrap draws over images.
    pub n_bootstrap: usize,
    /// Confidence of every interval.
    pub confidence: f64,
    /// How hard the generator's best images are searched for.
    pub inversion: SearchParams,
}

impl Default for Scores {
    /// Five foils an image as in the paper; 10 000 permutations and draws.
    fn default() -> Self {
        Self {
            n_foils: 5,
            n_permutations: 10_000,
            n_bootstrap: 10_000,
            confidence: 0.95,
            inversion: SearchParams::default(),
        }
    }
}

/// A condition on a headline figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Criterion {
    /// The figure of this name must be at least this.
    #[serde(rename = "at_least")]
    AtLeast(String, f64),
    /// The figure of this name must be at most this.
    #[serde(rename = "at_most")]
    AtMost(String, f64),
}
