//! Aligners: from the responses of several subjects to one matrix of features.
//!
//! | plugin | from | to |
//! |---|---|---|
//! | `standardise` | any spaces | the same, each column with mean 0 and standard deviation 1 |
//! | `hyperalignment` | voxels of each subject | each subject in one common space |
//! | `mean_subjects` | matched spaces | their mean |
//! | `concatenate` | any spaces | one space with all columns side by side (the baseline without alignment) |
//! | `pca` | any spaces | the leading principal components of each |
//! | `single` | any spaces | that of one subject |
//!
//! Everything is computed in f64 on the host; decompositions run on one thread and large products in fixed cuts, so
//! that the bytes do not depend on the number of threads.

mod columns;
mod concatenate;
mod error;
mod hyperalignment;
mod input;
mod mean_subjects;
mod pca;
mod polar;
mod quality;
mod single;
mod spectrum;
mod standardise;
#[cfg(test)]
mod tests;

pub use concatenate::{Concatenate, FittedConcatenate};
pub use error::AlignerError;
pub use hyperalignment::{FittedHyperalignment, Hyperalignment, HyperalignmentParams};
pub use mean_subjects::{FittedMeanSubjects, MeanSubjects};
pub use pca::{FittedPca, Pca, PcaParams};
pub use single::{FittedSingle, Single, SingleParams};
pub use standardise::{FittedStandardise, Standardise, StandardiseParams};
