//! Aligners: plugins that carry the responses of several subjects into one space.

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
///
/// # Example
/// ```
/// use candle_core::Device;
/// use lab_core::prelude::*;
/// use lab_core::recording::SubjectResponses;
/// use lab_core::traits::{Aligner, FittedAligner, Quality};
///
/// /// Takes each voxel's training mean away.
/// struct Centre;
///
/// struct Centred {
///     means: Vec<Tensor>,
/// }
///
/// impl Aligner for Centre {
///     fn fit(&self, _ctx: &Context, train: &[SubjectResponses]) -> Result<Box<dyn FittedAligner>> {
///         let means = train.iter().map(|subject| Ok(subject.values.mean_keepdim(0)?));
///         Ok(Box::new(Centred { means: means.collect::<Result<_>>()? }))
///     }
/// }
///
/// impl FittedAligner for Centred {
///     fn transform(&self, _ctx: &Context, rows: &[SubjectResponses]) -> Result<Vec<SubjectResponses>> {
///         let centred = |(subject, mean): (&SubjectResponses, &Tensor)| {
///             let values = subject.values.broadcast_sub(mean)?;
///             Ok(SubjectResponses { values, ..subject.clone() })
///         };
///         rows.iter().zip(&self.means).map(centred).collect()
///     }
///
///     fn held_out(&self, _ctx: &Context, _test: &[SubjectResponses]) -> Result<Vec<Quality>> {
///         Ok(Vec::new())
///     }
/// }
///
/// let ctx = Context::new(1);
/// // Rows of two voxels.
/// let rows = |values: Vec<f64>| -> Result<_> {
///     Ok([SubjectResponses::shared("S1", Tensor::from_vec(values, ((), 2), &Device::Cpu)?)])
/// };
/// let fitted = Centre.fit(&ctx, &rows(vec![1.0, 10.0, 3.0, 30.0])?)?;
/// // New rows lose the mean of the training rows, not their own.
/// let new = fitted.transform(&ctx, &rows(vec![2.0, 25.0])?)?;
/// assert_eq!(new[0].values.to_vec2::<f64>()?, [[0.0, 5.0]]);
/// # Ok::<(), lab_core::Error>(())
/// ```
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
    /// The measured value, in `unit`.
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
