//! What an experiment asks of a cluster.

use serde::{Deserialize, Serialize};

/// What each job of an experiment asks of a cluster; what is left out is taken from what finished stages took, or left to the
/// cluster. No result depends on it, so that it is no part of what is resolved, nor of any hash.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// Cores, each with one thread.
    pub cores: Option<usize>,
    /// Memory in GiB.
    pub memory_gib: Option<f64>,
    /// Hours after which a job stops at a checkpoint and goes back into the queue.
    pub hours: Option<f64>,
}
