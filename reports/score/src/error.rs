//! What can go wrong between arrays and their scores, and in reading a stored record.

/// Shorthand used through the crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of scoring.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two arrays do not fit. Cause: a caller mixed conditions. Remedy: score conditions of one test set.
    #[error("{what}: expected {expected}, got {got}")]
    Shape {
        /// The array.
        what: String,
        /// The size that would fit.
        expected: String,
        /// The size found.
        got: String,
    },
    /// A matrix has no decomposition. Cause: numbers that are not finite. Remedy: look at what it was made of.
    #[error("{what}: {why}")]
    Decomposition {
        /// What the matrix holds, such as "covariance of predictions".
        what: String,
        /// Which decomposition, and what it expects.
        why: lab_linalg::Error,
    },
    /// Too little data for a statistic. Remedy: in the message.
    #[error("{what}: needs at least {needed}, has {got}")]
    TooFew {
        /// The statistic.
        what: String,
        /// How much it needs.
        needed: usize,
        /// How much there is.
        got: usize,
    },
    /// Figures that have no common chance were put together. Remedy: give them names of their own.
    #[error(
        "{what}: expected one value, got {values}\n  hint: give each a 'set' or a 'condition' of its own"
    )]
    Mixed {
        /// What should be alike.
        what: String,
        /// The values that were found.
        values: String,
    },
    /// All decisions of a group agree, so that their log-odds are infinite. Remedy: report the count with its exact interval.
    #[error(
        "all decisions of \"{what}\" agree ({n_right} of {n_decisions} are right), so that no estimate is finite"
    )]
    Separated {
        /// The fixed effects of the group.
        what: String,
        /// Decisions of the group.
        n_decisions: usize,
        /// How many of them are right.
        n_right: usize,
    },
    /// Numbers do not determine what is asked for. Cause: a column that follows from others. Remedy: leave it out.
    #[error("{what}: does not determine one best fit")]
    Singular {
        /// The numbers.
        what: String,
    },
    /// A setting is outside its range. Remedy: in the message.
    #[error("{what}: expected {expected}, got {got}")]
    Setting {
        /// The setting.
        what: &'static str,
        /// Its range.
        expected: &'static str,
        /// The value.
        got: f64,
    },
    /// Bytes are not the record or the pictures that a run stored. Cause: a damaged or foreign file. Remedy: run the
    /// experiment again.
    #[error("{what}: {problem}")]
    Damaged {
        /// What should stand there.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A record or its pictures were stored by a version of the program that wrote them differently. Remedy: run the
    /// experiment again, or use that version.
    #[error("{what} of another version: expected format {expected}, got {got}")]
    Format {
        /// What should stand there.
        what: &'static str,
        /// The format that this program reads.
        expected: u32,
        /// The format that the file names.
        got: String,
    },
}
