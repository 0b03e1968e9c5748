//! Who says which images are training images and which are test images.

use serde::{Deserialize, Serialize};

/// Who says which images are training images and which are test images.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SplitBy {
    /// The dataset itself, as its loader reads it.
    #[default]
    #[serde(rename = "dataset")]
    Dataset,
    /// A table of text with the columns `image` and `set`, a line for each image of the dataset: its name where every image
    /// has one of its own, else its index from 0; and `train`, `test` or `none`, which takes it out of the experiment.
    /// `lab data split` makes such tables.
    #[serde(rename = "file")]
    File(String),
}

impl SplitBy {
    /// Path of the table, if there is one.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Dataset => None,
            Self::File(path) => Some(path),
        }
    }
}
