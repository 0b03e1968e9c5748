//! Settings that a run has chosen by cross-validation within its training images.

use serde::{Deserialize, Serialize};

use super::exact;

/// How settings were chosen, and among which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TunedFacts {
    /// What was to be largest, in words.
    pub score: String,
    /// Number of training images, which are cut into parts.
    pub n_images: usize,
    /// Parts into which they were cut.
    pub n_folds: usize,
    /// Decoders of each fit.
    pub n_members: usize,
    /// Images of each part, by their indices among all images of the dataset.
    #[serde(default)]
    pub parts: Vec<Vec<usize>>,
    /// Every combination of values, in the order in which they were tried.
    pub rows: Vec<TunedRow>,
}

/// One combination of values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TunedRow {
    /// Paths of the settings.
    pub settings: Vec<String>,
    /// The value of each.
    pub values: Vec<String>,
    /// The mean score over the images of each part, by a fit that saw none of them.
    #[serde(default, with = "exact")]
    pub scores: Vec<f64>,
    /// Mean over the parts of these.
    #[serde(with = "exact")]
    pub score: f64,
    /// Standard error of that mean over parts, whose fits share training images: it says how the parts differ, and is no error
    /// of the score.
    #[serde(with = "exact")]
    pub standard_error: f64,
    /// Whether these values were taken.
    pub is_chosen: bool,
    /// Whether each value stands at an end of the three numbers or more that were tried of it.
    pub is_at_an_end: Vec<bool>,
}

impl TunedRow {
    /// The values as they are set: `decoder.l2=0.01, losses.0.0=10`.
    pub fn words(&self) -> String {
        as_set(&self.settings, &self.values)
    }
}

/// Values as they are set, each behind the path of its setting: `decoder.l2=0.01, losses.0.0=10`.
pub fn as_set(settings: &[String], values: &[String]) -> String {
    let pairs = settings.iter().zip(values);
    let words: Vec<String> = pairs
        .map(|(path, value)| format!("{path}={value}"))
        .collect();
    words.join(", ")
}
