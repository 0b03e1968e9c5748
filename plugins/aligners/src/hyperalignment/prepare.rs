//! What happens to each subject before the first level: `zscore_all` and `alpha`.
//!
//! ```text
//! X ← zscore(X)                                               zscore_all
//! X ← X·W,   W = V·diag(1/√((1−α)s² + α))·Vᵀ,   X = U·s·Vᵀ    alpha < 1
//! ```
//! On the fitted rows `X·W = U·diag(1/√…)·Uᵀ·X`, so that the matrix `W`, one side per voxel, is never formed. New rows
//! meet the fitted ones only in the kernel `x·W·(X_c·W)ᵀ = x·(X_c·W·W)ᵀ`.

use faer::{Mat, MatRef};
use lab_linalg::{centre_columns, product, scale_columns};

use super::HyperalignmentParams;
use super::procrustes::Rows;
use crate::columns::{Moments, shift_and_scale};
use crate::error::AlignerError;
use crate::spectrum::spectrum_of_rows;

/// One subject, ready for the levels.
pub(crate) struct Source {
    /// The rows as the levels see them.
    pub(crate) rows: Rows,
    /// How new rows become comparable.
    pub(crate) mean: Vec<f64>,
    pub(crate) sd: Option<Vec<f64>>,
    /// What they are multiplied with where `alpha` makes it differ from the centred rows: `[n_samples, n_voxels]`.
    pub(crate) dual: Option<Mat<f64>>,
}

impl Source {
    /// Prepares the voxels of one subject; `of` names it in errors.
    pub(crate) fn new(
        mut voxels: Mat<f64>,
        params: &HyperalignmentParams,
        of: &str,
    ) -> Result<Self, AlignerError> {
        let moments = Moments::of(voxels.as_ref());
        let sd = params.zscore_all.then(|| moments.sd.clone());
        if params.zscore_all {
            moments.apply(&mut voxels);
        }
        // Scaled rows are centred already: what new rows lose before they are divided is the mean of the voxels.
        if params.alpha >= 1.0 {
            return Ok(Self {
                rows: Rows::new(voxels, of)?,
                mean: moments.mean,
                sd,
                dual: None,
            });
        }
        let (whitened, mut dual) = whiten(voxels.as_ref(), params.alpha)?;
        centre_columns(&mut dual);
        Ok(Self {
            rows: Rows::new(whitened, of)?,
            mean: moments.mean,
            sd,
            dual: Some(dual),
        })
    }

    /// What is kept after the fit.
    pub(crate) fn into_map(self, kernel_to_common: Mat<f64>) -> VoxelsToCommon {
        let dual = self.dual.unwrap_or(self.rows.centred);
        VoxelsToCommon {
            mean: self.mean,
            sd: self.sd,
            dual,
            kernel_to_common,
        }
    }
}

/// Rows times `W`, and times `W` twice.
fn whiten(rows: MatRef<'_, f64>, alpha: f64) -> Result<(Mat<f64>, Mat<f64>), AlignerError> {
    let spectrum = spectrum_of_rows(rows)?;
    let weight: Vec<f64> = spectrum
        .singular
        .iter()
        .map(|s| 1.0 / ((1.0 - alpha) * s * s + alpha).sqrt())
        .collect();
    let along = product(spectrum.vectors.transpose(), rows);
    let weighted = |power: i32| {
        let mut left = spectrum.vectors.clone();
        scale_columns(
            &mut left,
            &weight.iter().map(|w| w.powi(power)).collect::<Vec<_>>(),
        );
        product(left.as_ref(), along.as_ref())
    };
    Ok((weighted(1), weighted(2)))
}

/// From the voxels of one subject into the common space.
///
/// ```text
/// z = ((x − mean)/sd)·dualᵀ · kernel_to_common
/// ```
#[derive(Debug, Clone)]
pub(crate) struct VoxelsToCommon {
    mean: Vec<f64>,
    sd: Option<Vec<f64>>,
    dual: Mat<f64>,
    kernel_to_common: Mat<f64>,
}

impl VoxelsToCommon {
    /// Coordinates of rows, `[n_samples, rank]`.
    pub(crate) fn apply(&self, mut voxels: Mat<f64>) -> Mat<f64> {
        shift_and_scale(&mut voxels, &self.mean, self.sd.as_deref());
        let kernel = product(voxels.as_ref(), self.dual.transpose());
        product(kernel.as_ref(), self.kernel_to_common.as_ref())
    }

    /// Number of common dimensions.
    pub(crate) fn rank(&self) -> usize {
        self.kernel_to_common.ncols()
    }
}
