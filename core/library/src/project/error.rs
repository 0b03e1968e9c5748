//! Why a project cannot be written.

use std::path::PathBuf;

/// An error of [`write`](super::write).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// The name cannot be that of a plugin. Remedy: in `hint`.
    #[error("'{name}' {why}\n  hint: {hint}")]
    Name {
        /// The name as typed.
        name: String,
        /// What is wrong with it.
        why: String,
        /// What to do.
        hint: String,
    },
    /// There is no lab-core at the place that was named. Remedy: in `hint`.
    #[error("{place}: expected {expected}, found {found}\n  hint: {hint}")]
    Core {
        /// The place.
        place: String,
        /// What should be there.
        expected: String,
        /// What is there.
        found: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// The folder holds something. Remedy: name another.
    #[error("'{}' is there already, and nothing is overwritten\n  hint: name another folder with --out, or another plugin", out.display())]
    Occupied {
        /// The folder.
        out: PathBuf,
    },
    /// A file could not be read or written, or the template of the experiment could not be changed.
    #[error(transparent)]
    Contract(#[from] lab_core::Error),
}
