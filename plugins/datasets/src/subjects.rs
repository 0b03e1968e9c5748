//! Which subjects of a dataset take part.

use serde::{Deserialize, Serialize};

/// Subjects of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Subjects {
    /// Every subject whose files are there.
    #[default]
    All,
    /// The named subjects alone.
    Only(Vec<String>),
}
