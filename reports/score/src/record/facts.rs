//! Facts about the run and its data.

use serde::{Deserialize, Serialize};

use super::exact;

/// Where the numbers come from; the same bytes for the same experiment on the same data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The seed that every random number of the run came from.
    pub seed: u64,
    /// The command, with paths as typed.
    pub command: String,
    /// The first twelve hexadecimal digits of the resolved experiment's hash.
    pub run_hash: String,
    /// Name and version of the program and of each plugin's crate.
    pub versions: Vec<(String, String)>,
    /// BLAKE3 of data, stages and weights: (what, hexadecimal hash).
    pub hashes: Vec<(String, String)>,
    /// The resolved experiment, as RON.
    pub resolved: String,
    /// The plugins in use: (role, "name", summary, equation, source).
    pub plugins: Vec<PluginUse>,
}

/// One plugin in use, for the methods text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginUse {
    /// "dataset", "aligner", "generator", "feature network", "loss term", "decoder", "observer".
    pub role: String,
    /// Name in the experiment.
    pub name: String,
    /// Resolved parameters, as RON.
    pub parameters: String,
    /// What the plugin does, in one sentence.
    pub summary: String,
    /// Its equation; may be empty.
    pub equation: String,
    /// Where the method comes from.
    pub source: String,
    /// Whether it holds what it read from files, such as weights that were trained elsewhere; a dataset always does.
    #[serde(default)]
    pub from_files: bool,
}

/// What is known about the stimuli and the subjects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataFacts {
    /// Name of the dataset.
    pub dataset: String,
    /// How the responses were made up; `None` for measured data.
    pub simulated: Option<String>,
    /// Training images.
    pub n_train: usize,
    /// Pictures that the training images were cut from, if they were; each test image is then of a picture of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_train_pictures: Option<usize>,
    /// Test images.
    pub n_test: usize,
    /// Image height in pixels.
    pub height: usize,
    /// Image width in pixels.
    pub width: usize,
    /// Width of the image in degrees of visual angle, if known.
    #[serde(with = "exact")]
    pub field_of_view_deg: Option<f64>,
    /// Names of the classes; empty if unlabelled.
    pub classes: Vec<String>,
    /// Every test image, in the order of the pictures and of `test_image` in other rows.
    #[serde(default)]
    pub test_images: Vec<ImageFacts>,
    /// What is known about each subject.
    pub subjects: Vec<SubjectFacts>,
    /// Columns of the decoder's input.
    pub n_features: usize,
    /// Numbers of a latent, if the decoder predicts latents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_latents: Option<usize>,
    /// Sentences from the dataset.
    pub notes: Vec<String>,
}

/// What is known about one test image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// Its name in the dataset, such as that of its file; empty if images have no names.
    pub name: String,
    /// Its class; empty if it has no label.
    pub class: String,
    /// Its index among all images of the dataset, from 0.
    pub id: usize,
}

/// What is known about one subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectFacts {
    /// Name of the subject.
    pub id: String,
    /// Number of voxels that were used.
    pub n_voxels: usize,
    /// Number of trials that were recorded.
    pub n_trials: usize,
    /// Number of voxels of each region.
    pub rois: Vec<(String, usize)>,
    /// Median of the known noise ceilings of all voxels, as a correlation; `None` for measured data, whose ceilings are
    /// estimated in the rows of noise ceilings.
    #[serde(with = "exact")]
    pub noise_ceiling: Option<f64>,
}

/// A quality of the alignment on held-out rows, or a fact about its fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlignmentRow {
    /// The aligner's name.
    pub aligner: String,
    /// What was measured, in words.
    pub quality: String,
    /// The subject or space.
    pub of: String,
    /// The measured value, in `unit`.
    #[serde(with = "exact")]
    pub value: f64,
    /// Unit of the value.
    pub unit: String,
    /// True if measured on rows that the fit did not see.
    pub held_out: bool,
}

/// A condition of the experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriterionRow {
    /// As written, such as `at_least("observer.pixel.overall", 0.6)`.
    pub criterion: String,
    /// The figure it speaks of.
    #[serde(with = "exact")]
    pub value: f64,
    /// Whether the criterion holds.
    pub holds: bool,
}
