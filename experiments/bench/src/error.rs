//! What can stop a measurement.

/// Shorthand used through the crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the bench.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The contract's error, or a plugin's behind it.
    #[error(transparent)]
    Core(#[from] lab_core::Error),
    /// No piece of work has this name. Remedy: use a known one.
    #[error("no piece of work begins with '{name}'\n  hint: known: {known}")]
    Unknown {
        /// The name as typed.
        name: String,
        /// All names.
        known: String,
    },
    /// The process that does a piece of work could not be used.
    #[error("'{work}': {doing}: {source}")]
    Process {
        /// The piece of work.
        work: String,
        /// What was being done.
        doing: &'static str,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// The process that does a piece of work answered something else.
    #[error("'{work}': a worker answered '{got}' in place of {expected}")]
    Answer {
        /// The piece of work.
        work: String,
        /// What it should have answered.
        expected: &'static str,
        /// What it answered.
        got: String,
    },
    /// The process that does a piece of work ended before it. What it said stands on stderr.
    #[error("'{work}': a worker ended before its work; what it said stands above")]
    Ended {
        /// The piece of work.
        work: String,
    },
}
