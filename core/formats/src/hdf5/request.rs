//! What is asked of a file, and what a file answers first.

use serde::{Deserialize, Serialize};

use super::facts::Facts;

/// A question about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Request {
    /// What is in there? Answered by [`Contents`].
    List,
    /// Numbers of a dataset, from one slice on, so many slices: little-endian, in double precision if so asked.
    Rows {
        name: String,
        start: usize,
        n: usize,
        double: bool,
    },
    /// Strings of a dataset.
    Strings(String),
}

/// What is in a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Contents {
    pub(super) is_matlab: bool,
    pub(super) n_bytes: u64,
    /// Paths of all datasets, sorted.
    pub(super) names: Vec<String>,
    /// What is known of each, or why it cannot be read.
    pub(super) facts: Vec<Result<Facts, String>>,
    /// Links that lead to other files, one sentence each.
    pub(super) outside: Vec<String>,
}
