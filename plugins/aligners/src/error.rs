//! What can go wrong in an aligner.

use lab_core::config::Outside;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlignerError {
    /// A parameter is outside its range. Remedy: change it to what is expected.
    #[error("parameter '{name}' of {aligner}: expected {expected}, got {got}")]
    Parameter {
        /// The aligner, as named in experiments.
        aligner: &'static str,
        /// Name of the parameter.
        name: &'static str,
        /// The values that it may have.
        expected: String,
        /// The value given.
        got: String,
    },
    /// Too few subjects. Remedy: add subjects or leave the aligner out.
    #[error(
        "{aligner} needs at least {expected} subjects, got {got}; leave it out of the chain or add subjects"
    )]
    TooFewSubjects {
        /// Name of the aligner.
        aligner: &'static str,
        /// How many it needs.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// Too few rows to fit on. Remedy: add training images.
    #[error("subject {subject}: expected at least {expected} training rows, got {got}")]
    TooFewRows {
        /// Name of the subject.
        subject: String,
        /// How many are needed.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// Rows of two subjects do not belong together. Remedy: use images that every subject saw.
    #[error(
        "rows are not matched: subject {first} has {n_first}, subject {second} has {n_second}; keep the images that every subject saw"
    )]
    UnmatchedRows {
        /// Name of one subject.
        first: String,
        /// Name of the other subject.
        second: String,
        /// Rows of the first.
        n_first: usize,
        /// Rows of the second.
        n_second: usize,
    },
    /// A subject has no columns. Remedy: check the selection of voxels.
    #[error("subject {subject} has no columns; check the selection of its voxels")]
    NoColumns {
        /// Name of the subject.
        subject: String,
    },
    /// A value is NaN or infinite. Remedy: drop or impute the column.
    #[error(
        "subject {subject}, row {row}, column {column}: expected a finite number, got {got}; drop or impute this column"
    )]
    NotFinite {
        /// Name of the subject.
        subject: String,
        /// Row of the first such value.
        row: usize,
        /// Index of the column, from 0.
        column: usize,
        /// The number that is not finite.
        got: f64,
    },
    /// No column of a subject varies over the training rows. Remedy: check the responses.
    #[error("{of}: no column varies over the training rows; check the responses")]
    NoVariance {
        /// The subject, or the subject and region.
        of: String,
    },
    /// Other subjects, or other numbers of columns, than those of the fit. Remedy: transform what was fitted.
    #[error("expected the subjects of the fit ({expected}), got {got}")]
    OtherSubjects {
        /// Subjects and columns of the fit.
        expected: String,
        /// Subjects and columns found.
        got: String,
    },
    /// Spaces that must match have different numbers of columns. Remedy: align them first.
    #[error(
        "{aligner} needs spaces with the same columns: {first} has {n_first}, {second} has {n_second}; put hyperalignment() before it or use concatenate()"
    )]
    UnequalColumns {
        /// Name of the aligner.
        aligner: &'static str,
        /// Name of one subject.
        first: String,
        /// Name of the other subject.
        second: String,
        /// Columns of the first.
        n_first: usize,
        /// Columns of the second.
        n_second: usize,
    },
    /// A region has no voxels in one subject. Remedy: leave the region or the subject out.
    #[error(
        "region '{region}' has no voxels in subject {subject}; leave the region out of every subject, or the subject out"
    )]
    EmptyRegion {
        /// Name of the region.
        region: String,
        /// Name of the subject.
        subject: String,
    },
    /// Regions that shall be aligned apart share voxels. Remedy: choose regions that share none.
    #[error(
        "by_roi: regions '{first}' and '{second}' share {n_shared} voxels of subject {subject}; name regions that share none, as in responses: (rois: Only([\"{first}\"])), or set by_roi: false"
    )]
    SharedVoxels {
        /// Name of one region.
        first: String,
        /// Name of the other region.
        second: String,
        /// Name of the subject.
        subject: String,
        /// How many voxels lie in both.
        n_shared: usize,
    },
    /// Columns belong to no region. Remedy: set `by_roi: false` or put the aligner first in the chain.
    #[error(
        "by_roi: the {got} columns of {subject} have no regions; put this aligner before those that mix voxels, or set by_roi: false"
    )]
    NoRegions {
        /// Name of the subject.
        subject: String,
        /// Number of columns of the subject.
        got: usize,
    },
    /// No subject of this name. Remedy: use a listed name.
    #[error("no subject is called '{name}'; known: {known}")]
    UnknownSubject {
        /// The name as written.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A decomposition did not converge. Remedy: look for extreme values in the responses.
    #[error("responses: {why}; look for extreme values in them")]
    Decomposition {
        /// Which decomposition, and what it expects.
        why: lab_linalg::Error,
    },
}

impl From<Outside> for AlignerError {
    fn from(outside: Outside) -> Self {
        Self::Parameter {
            aligner: outside.plugin,
            name: outside.name,
            expected: outside.expected.into(),
            got: outside.got,
        }
    }
}

impl From<lab_linalg::Error> for AlignerError {
    fn from(why: lab_linalg::Error) -> Self {
        Self::Decomposition { why }
    }
}

impl From<AlignerError> for lab_core::Error {
    fn from(error: AlignerError) -> Self {
        Self::plugin("lab-aligners", error)
    }
}
