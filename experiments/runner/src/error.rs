//! What can stop a run, or the making of a card.

use std::path::PathBuf;

/// The result of whatever can fail with an error of the runner.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can stop a run, a sweep, a comparison or a check of a finished run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The contract's error, or a plugin's behind it.
    #[error(transparent)]
    Core(#[from] lab_core::Error),
    /// Scores could not be computed; the error says why. Remedy: as it says.
    #[error(transparent)]
    Score(#[from] lab_score::Error),
    /// A value could not be written as JSON. Cause: a mistake in this crate.
    #[error("writing JSON: {0}")]
    Json(serde_json::Error),
    /// A file of a finished run is not what this program wrote. Remedy: run the experiment again.
    #[error("'{}': expected {expected}, got {got}; run the experiment again", path.display())]
    Foreign {
        /// Path of the file.
        path: PathBuf,
        /// What the file should hold.
        expected: &'static str,
        /// What it holds, or why it cannot be read as that.
        got: String,
    },
    /// A file of a finished run is not what the run wrote. Remedy: take it from a copy, or run the experiment again.
    #[error(
        "'{}' is not what its run wrote: expected BLAKE3 {expected}, found {found}\n  hint: take the file from a copy of the run, or run the experiment again (finished stages are reused); lab verify names everything that differs",
        path.display()
    )]
    Changed {
        /// Path of the file.
        path: PathBuf,
        /// The hash in the manifest, or what should stand there in its place.
        expected: String,
        /// The hash of what stands there, or why there is none.
        found: String,
    },
    /// A folder holds no manifest: its run did not end. Remedy: run the experiment again.
    #[error(
        "'{}' is the folder of an unfinished run, or of none: it holds no manifest.json\n  hint: runs stand in runs/NAME/HASH, and runs/NAME/latest is the newest; run the experiment again, and finished stages are reused",
        folder.display()
    )]
    Unfinished {
        /// Path of the folder that was taken for a run's.
        folder: PathBuf,
    },
    /// A manifest is of a version that gave it no hash of its own. Remedy: run the experiment again.
    #[error(
        "'{}' is of an older version of lab, which gave it no hash of its own: nothing in it can be checked\n  hint: run the experiment again: finished stages are reused",
        path.display()
    )]
    Older {
        /// Path of the manifest.
        path: PathBuf,
    },
    /// Something of ours is missing where it must be. Cause: a mistake in this crate.
    #[error("there is no {what}; this is a mistake in lab")]
    Missing {
        /// What should be there, as the end of "there is no …".
        what: &'static str,
    },
    /// Values of a sweep make no combinations. Remedy: as it says.
    #[error("{argument}: expected {expected}, got {got}\n  hint: {remedy}")]
    Sweep {
        /// The argument of the command, or the text after `--set`.
        argument: String,
        /// What the argument should hold.
        expected: String,
        /// What the argument holds.
        got: String,
        /// What the user can do about it.
        remedy: String,
    },
    /// A cluster's command did not do what it was asked for. Remedy: as it says.
    #[error("{command}: {got}\n  hint: {remedy}")]
    Cluster {
        /// The command of the cluster, with its arguments.
        command: String,
        /// What the command answered, or why it could not be started.
        got: String,
        /// What the user can do about it.
        remedy: String,
    },
    /// Another error, with what was being done when it came up.
    #[error("{doing}")]
    During {
        /// What was being done, or the values with which it was done.
        doing: String,
        /// The error that came up meanwhile.
        #[source]
        source: Box<Self>,
    },
}

impl Error {
    /// Adds what was being done, for `map_err`.
    pub fn during<E: Into<Self>>(doing: impl Into<String>) -> impl FnOnce(E) -> Self {
        let doing = doing.into();
        move |source| Self::During {
            doing,
            source: Box::new(source.into()),
        }
    }
}

impl From<lab_core::nn::Error> for Error {
    fn from(error: lab_core::nn::Error) -> Self {
        Self::Core(error.into())
    }
}

impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        Self::Core(error.into())
    }
}
