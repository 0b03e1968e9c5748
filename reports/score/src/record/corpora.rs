//! Test images beside the images that networks learned from.

use serde::{Deserialize, Serialize};

use super::exact;

/// How near the images that one network learned from come to the test images.
///
/// Equal pixels are refused before a run; this is for what looks the same: correlation in [`crate::image_space`], with the
/// threshold that holds between training and test images too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CorpusRow {
    /// Whose images they are: "the generator's corpus", "the corpus of alexnet".
    pub what: String,
    /// How many there are; `None` where they are not known, as of a network that came with its weights.
    pub n_images: Option<usize>,
    /// Test images that an image of the corpus looks like; 0 where it is not known.
    pub n_alike: usize,
    /// Correlation from which on two pictures look the same.
    #[serde(with = "exact")]
    pub threshold: f64,
    /// The nearest pair; `None` where nothing could be compared.
    pub nearest: Option<CorpusPair>,
    /// The same of the whole pictures that the images were cut from; `None` where there are none, or nothing could be compared.
    #[serde(default)]
    pub wholes: Option<WholesRow>,
}

/// How near whole pictures of a corpus come to the test images: see [`lab_core::recording::Thumbnail`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WholesRow {
    /// How many pictures there are.
    pub n_pictures: usize,
    /// Test images that show the same as a picture.
    pub n_alike: usize,
    /// Likeness from which on two pictures show the same.
    #[serde(with = "exact")]
    pub threshold: f64,
    /// Index of the test image of the nearest pair, from 0.
    pub test_image: usize,
    /// Name of its picture.
    pub picture: String,
    /// Correlation of the test image and that picture, the greatest of eight ways to turn and mirror one of them, from −1 to 1.
    #[serde(with = "exact")]
    pub likeness: f64,
}

/// A test image and an image of a corpus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CorpusPair {
    /// Index of the test image, from 0.
    pub test_image: usize,
    /// Index of the image in the corpus, from 0.
    pub corpus_image: usize,
    /// Its name there; empty if it has none.
    pub corpus_name: String,
    /// Their correlation.
    #[serde(with = "exact")]
    pub correlation: f64,
}
