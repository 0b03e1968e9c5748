//! Parameters of `brains`.

use lab_core::config::{Declared, Range};
use lab_core::prelude::*;
use serde::{Deserialize, Serialize};

/// Which images are tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum BrainsSplit {
    /// 288 and 72, as the file has them.
    #[default]
    AsStored,
    /// 290 and 70, as the paper says: the last two test images move to training.
    Paper,
}

/// Where the responses are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum BrainsResponses {
    /// Nowhere: the letters alone, as stimuli of a simulation or as a corpus.
    #[default]
    Absent,
    /// One file a subject, S1 to S3: the subject whom its name bears, or, if names bear none, in their order.
    Subjects(Vec<String>),
    /// One file of responses that were aligned before.
    Aligned(String),
}

/// Parameters of `brains`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrainsParams {
    /// The `.mat` file with `stimTrn` and `stimVal`.
    pub images: String,
    /// The `.mat` files with responses.
    pub responses: BrainsResponses,
    /// Height and width that the letters get, in pixels; `None` as they are stored.
    pub size: Option<usize>,
    /// Which images are tested.
    pub split: BrainsSplit,
    /// Test images of the older layout, which does not tell them.
    pub n_test: usize,
}

impl Default for BrainsParams {
    /// The letters alone, split as they are stored.
    fn default() -> Self {
        Self {
            images: String::new(),
            responses: BrainsResponses::Absent,
            size: None,
            split: BrainsSplit::AsStored,
            n_test: 72,
        }
    }
}

impl PluginParams for BrainsParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("params.rs")],
        &[
            ("n_test", Range::COUNT),
            ("size", Range::SIDE),
        ],
    );
}
