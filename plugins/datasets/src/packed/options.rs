//! How a corpus is packed.

use crate::contrast::Contrast;

/// How a corpus is packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackOptions {
    /// The dataset as written, for the sidecar.
    pub source: String,
    /// What becomes of the contrast of each image.
    pub contrast: Contrast,
    /// Images that one task reads.
    pub chunk: usize,
}

impl Default for PackOptions {
    /// Contrast as the dataset yields it, 128 images a task.
    fn default() -> Self {
        Self {
            source: String::new(),
            contrast: Contrast::AsStored,
            chunk: 128,
        }
    }
}
