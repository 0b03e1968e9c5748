//! One Procrustes rotation in the subspace that the rows span.
//!
//! With centred source `X = U·S·Wₓᵀ` and target `C = U_c·S_c·W_cᵀ`, the rotation of Procrustes that no rows can tell
//! from another is
//!
//! ```text
//! S_c·U_cᵀ·U·S = P·Σ·Qᵀ,     T = Wₓ·Q·Pᵀ·W_cᵀ,     scale = tr Σ / tr XXᵀ
//! X·T = Z·W_cᵀ,   Z = scale·U·S·Q·Pᵀ                        coordinates in the basis W_c
//!     = G·C,      G = Z·S_c⁻¹·U_cᵀ                          lifted into the target's space
//! ```
//! `T` has one side per voxel and is never formed. Padding the narrower of two spaces with zero columns, as the direct
//! algorithm does, changes no Gram matrix and therefore nothing here. Directions that one side lacks become zero.

use faer::{Mat, MatRef};

use super::HyperalignmentParams;
use crate::columns::{centre, shift_and_scale};
use crate::error::AlignerError;
use crate::linalg::{Spectrum, gram, product, scale_columns, scale_rows, spectrum, thin_svd};
use crate::polar::orthogonal_factor;

/// Centred rows and the spectrum of their Gram matrix.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    /// `[n_samples, n_columns]`, column means 0.
    pub(crate) centred: Mat<f64>,
    /// The means that were taken off: `[n_columns]`.
    pub(crate) mean: Vec<f64>,
    /// `centred · centredᵀ = U·S²·Uᵀ`.
    pub(crate) spectrum: Spectrum,
}

impl Rows {
    /// Centres and decomposes `rows`; `of` names them in errors.
    pub(crate) fn new(mut rows: Mat<f64>, of: &str) -> Result<Self, AlignerError> {
        let mean = centre(&mut rows);
        let spectrum = spectrum(gram(rows.as_ref()).as_ref(), rows.nrows())?;
        if spectrum.rank() == 0 {
            return Err(AlignerError::NoVariance { of: of.to_owned() });
        }
        Ok(Self {
            centred: rows,
            mean,
            spectrum,
        })
    }

    /// The rows with their means put back.
    pub(crate) fn into_rows(self) -> Mat<f64> {
        let mut rows = self.centred;
        add_to_rows(&mut rows, &self.mean);
        rows
    }

    /// Directions in space, `[n_columns, rank]`: `Aᵀ·U·S⁻¹`.
    fn directions(&self) -> Mat<f64> {
        let mut directions = product(self.centred.transpose(), self.spectrum.vectors.as_ref());
        scale_columns(&mut directions, &inverse(&self.spectrum.singular));
        directions
    }

    /// Whether the rows span their whole space.
    fn spans(&self) -> bool {
        self.spectrum.rank() == self.centred.ncols()
    }
}

/// A fitted rotation and scale.
#[derive(Debug, Clone)]
pub(crate) struct Procrustes {
    /// `Q·Pᵀ`, `[rank of the source, rank of the target]`.
    pub(crate) rotation: Mat<f64>,
    /// Multiplies the rotated source.
    pub(crate) scale: f64,
}

impl Procrustes {
    /// Fits `source` to `target`.
    pub(crate) fn fit(
        source: &Rows,
        target: &Rows,
        params: &HyperalignmentParams,
    ) -> Result<Self, AlignerError> {
        let mut b = product(
            target.spectrum.vectors.transpose(),
            source.spectrum.vectors.as_ref(),
        );
        scale_rows(&mut b, &target.spectrum.singular);
        scale_columns(&mut b, &source.spectrum.singular);
        if params.reflection
            && b.nrows() == b.ncols()
            && let Some(factor) = orthogonal_factor(b.as_ref())
        {
            // B = (P·Qᵀ)·(Q·Σ·Qᵀ), so that tr Σ is the trace of the second factor.
            let trace = inner_product(factor.as_ref(), b.as_ref());
            return Ok(Self {
                rotation: factor.transpose().to_owned(),
                scale: scale(params, trace, source),
            });
        }
        let mut svd = thin_svd(b.as_ref())?;
        let mut rotation = product(svd.right.as_ref(), svd.left.transpose());
        if !params.reflection && reflects(source, target, rotation.as_ref()) {
            let last = svd.singular.len() - 1;
            svd.right
                .col_as_slice_mut(last)
                .iter_mut()
                .for_each(|value| *value = -*value);
            svd.singular[last] = -svd.singular[last];
            rotation = product(svd.right.as_ref(), svd.left.transpose());
        }
        // The singular values sum with the sign of a reflection that was undone.
        let trace: f64 = svd.singular.iter().sum();
        Ok(Self {
            rotation,
            scale: scale(params, trace, source),
        })
    }

    /// Coordinates of the fitted rows in the target's basis: `[n_samples, rank of the target]`.
    pub(crate) fn coordinates(&self, source: &Rows) -> Mat<f64> {
        let mut weighted = source.spectrum.vectors.clone();
        let factors: Vec<f64> = source
            .spectrum
            .singular
            .iter()
            .map(|s| s * self.scale)
            .collect();
        scale_columns(&mut weighted, &factors);
        product(weighted.as_ref(), self.rotation.as_ref())
    }

    /// What turns the kernel between new rows and the fitted rows into coordinates: `scale·U·S⁻¹·Q·Pᵀ`.
    pub(crate) fn kernel_to_common(&self, source: &Rows) -> Mat<f64> {
        let mut weighted = source.spectrum.vectors.clone();
        let factors: Vec<f64> = source
            .spectrum
            .singular
            .iter()
            .map(|s| self.scale / s)
            .collect();
        scale_columns(&mut weighted, &factors);
        product(weighted.as_ref(), self.rotation.as_ref())
    }
}

/// What the rotated source is multiplied with.
fn scale(params: &HyperalignmentParams, trace: f64, source: &Rows) -> f64 {
    if params.scaling {
        trace / source.spectrum.trace()
    } else {
        1.0
    }
}

/// Σ a·b over all numbers.
fn inner_product(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> f64 {
    let column = |column: usize| -> f64 {
        let pairs = a.col(column).iter().zip(b.col(column).iter());
        pairs.map(|(a, b)| a * b).sum()
    };
    (0..a.ncols()).map(column).sum()
}

/// Coordinates in the target's basis, carried into its columns: `Z·S_c⁻¹·U_cᵀ·C + mean`.
pub(crate) fn lift(coordinates: MatRef<'_, f64>, target: &Rows) -> Mat<f64> {
    let mut lifted = product(gain(coordinates, target).as_ref(), target.centred.as_ref());
    add_to_rows(&mut lifted, &target.mean);
    lifted
}

/// `G = Z·S_c⁻¹·U_cᵀ`, `[n_samples, n_samples]`. Without scaling it is the optimal map between Gaussians whose covariances
/// are the two Gram matrices: symmetric, positive, `G·K_c·G = K`.
pub(crate) fn gain(coordinates: MatRef<'_, f64>, target: &Rows) -> Mat<f64> {
    let mut weighted = coordinates.to_owned();
    scale_columns(&mut weighted, &inverse(&target.spectrum.singular));
    product(weighted.as_ref(), target.spectrum.vectors.transpose())
}

/// `‖Z − U_c·S_c‖ / ‖S_c‖`: what is left of the target, as a share of its norm.
pub(crate) fn residual(coordinates: MatRef<'_, f64>, target: &Rows) -> f64 {
    let mut own = target.spectrum.vectors.clone();
    scale_columns(&mut own, &target.spectrum.singular);
    ((coordinates - own).squared_norm_l2() / target.spectrum.trace()).sqrt()
}

/// Whether the rotation turns space inside out. Where the rows leave a direction of either space free, that direction can
/// be turned at no cost and the answer is no.
fn reflects(source: &Rows, target: &Rows, rotation: MatRef<'_, f64>) -> bool {
    let same_size = source.centred.ncols() == target.centred.ncols();
    if !(same_size && source.spans() && target.spans()) {
        return false;
    }
    let (from, to) = (source.directions(), target.directions());
    let whole = product(product(from.as_ref(), rotation).as_ref(), to.transpose());
    whole.determinant() < 0.0
}

fn add_to_rows(rows: &mut Mat<f64>, mean: &[f64]) {
    let shift: Vec<f64> = mean.iter().map(|mean| -mean).collect();
    shift_and_scale(rows, &shift, None);
}

fn inverse(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| 1.0 / value).collect()
}
