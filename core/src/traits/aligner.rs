//! Aligners.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::context::Context;
use crate::recording::SubjectResponses;

/// Brings the responses of several subjects, or of one, into another space.
///
/// Aligners are chained: the output of one is the input of the next. Fitting sees training rows only.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `train` | one `[n_samples, n_voxels]` per subject, rows matched | f64 | as recorded |
pub trait Aligner: Send + Sync {
    /// The files that it reads, as written in the experiment. Checked to exist before anything heavy starts, and hashed by
    /// content into the keys of the stages that use it.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Fits on training rows.
    ///
    /// # Errors
    /// Fails if rows do not match, a region is empty, or a decomposition fails.
    fn fit(&self, ctx: &Context, train: &[SubjectResponses]) -> Result<Box<dyn FittedAligner>>;
}

/// One measured quality of an alignment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// What was measured, in words.
    pub name: String,
    /// The subject or space it belongs to.
    pub of: String,
    /// Its value.
    pub value: f64,
    /// Its unit, such as "correlation" or "fraction of variance".
    pub unit: String,
}

/// A fitted aligner.
pub trait FittedAligner: Send + Sync {
    /// Carries rows of the same subjects, training or new, into the fitted space.
    ///
    /// # Errors
    /// Fails if the number of subjects or of voxels differs from the fit.
    fn transform(
        &self,
        ctx: &Context,
        responses: &[SubjectResponses],
    ) -> Result<Vec<SubjectResponses>>;

    /// Quality on rows that the fit did not see; never the training fit, which is close to 1 even for pure noise.
    ///
    /// # Errors
    /// As [`FittedAligner::transform`].
    fn held_out(&self, ctx: &Context, test: &[SubjectResponses]) -> Result<Vec<Quality>>;

    /// How the fit went: iterations, residuals, sizes.
    fn facts(&self) -> Vec<Quality> {
        Vec::new()
    }
}
