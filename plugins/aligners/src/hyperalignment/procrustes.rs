//! One Procrustes rotation in the subspace that the rows span.
//!
//! With roots `F·Fᵀ = X·Xᵀ` of the centred source's Gram matrix and `F_c·F_cᵀ = C·Cᵀ` of the target's, the rotation of
//! Procrustes that no rows can tell from another is
//!
//! ```text
//! F_cᵀ·F = P·Σ·Qᵀ,     T = Xᵀ·F⁺ᵀ·Q·Pᵀ·F_c⁺·C,     scale = tr Σ / tr XXᵀ
//! X·T = Z·F_c⁺·C,      Z = scale·F·Q·Pᵀ                     coordinates in the basis Cᵀ·F_c⁺ᵀ
//!     = G·C,           G = Z·F_c⁺                           lifted into the target's space
//! ```
//! `T` has one side per voxel and is never formed. Padding the narrower of two spaces with zero columns, as the direct
//! algorithm does, changes no Gram matrix and therefore nothing here. Directions that one side lacks become zero.

use faer::{Mat, MatRef};
use lab_linalg::{centre_columns, gram, multiply_columns, product, thin_svd};

use super::HyperalignmentParams;
use super::factor::Factor;
use crate::columns::shift_and_scale;
use crate::error::AlignerError;
use crate::polar::orthogonal_factor;
use crate::spectrum::{Spectrum, spectrum, spectrum_of_rows};

/// Centred rows and a root of their Gram matrix.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    /// `[n_samples, n_columns]`, column means 0.
    pub(crate) centred: Mat<f64>,
    /// The means that were taken off: `[n_columns]`.
    pub(crate) mean: Vec<f64>,
    /// Of `centred · centredᵀ`.
    pub(crate) factor: Factor,
    /// Number of directions that the rows span.
    rank: usize,
}

impl Rows {
    /// Centres `rows` and takes the quickest root that serves; `of` names them in errors.
    pub(crate) fn new(mut rows: Mat<f64>, of: &str) -> Result<Self, AlignerError> {
        // Rows with fewer columns may span their space, which `reflects` has to know.
        if rows.ncols() < rows.nrows() {
            return Ok(Self::with_axes(rows, of)?.0);
        }
        let mean = centre_columns(&mut rows);
        let k = gram(rows.as_ref());
        if let Some(factor) = Factor::triangular(k.clone()) {
            let rank = rows.nrows() - 1;
            return Ok(Self {
                centred: rows,
                mean,
                factor,
                rank,
            });
        }
        let spectrum = spectrum(k.as_ref(), k.nrows())?;
        Ok(Self::spectral(rows, mean, spectrum, of)?.0)
    }

    /// Centres `rows` and takes the root whose first columns are their principal axes.
    pub(crate) fn with_axes(
        mut rows: Mat<f64>,
        of: &str,
    ) -> Result<(Self, Spectrum), AlignerError> {
        let mean = centre_columns(&mut rows);
        let spectrum = spectrum_of_rows(rows.as_ref())?;
        Self::spectral(rows, mean, spectrum, of)
    }

    fn spectral(
        centred: Mat<f64>,
        mean: Vec<f64>,
        spectrum: Spectrum,
        of: &str,
    ) -> Result<(Self, Spectrum), AlignerError> {
        let rank = spectrum.rank();
        if rank == 0 {
            return Err(AlignerError::NoVariance { of: of.to_owned() });
        }
        let factor = Factor::spectral(&spectrum);
        let rows = Self {
            centred,
            mean,
            factor,
            rank,
        };
        Ok((rows, spectrum))
    }

    /// The rows with their means put back.
    pub(crate) fn into_rows(self) -> Mat<f64> {
        let mut rows = self.centred;
        add_to_rows(&mut rows, &self.mean);
        rows
    }

    /// Directions in space, `[n_columns, rank]`: `Aᵀ·F⁺ᵀ`.
    fn directions(&self) -> Mat<f64> {
        product(
            self.centred.transpose(),
            self.factor.dual.as_ref().subcols(0, self.rank),
        )
    }

    /// Whether the rows span their whole space.
    fn spans(&self) -> bool {
        self.rank == self.centred.ncols()
    }
}

/// A fitted rotation and scale.
#[derive(Debug, Clone)]
pub(crate) struct Procrustes {
    /// `Q·Pᵀ`, from columns of the source's root to columns of the target's.
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
        let (from, to) = (&source.factor, &target.factor);
        let b = product(to.root.transpose(), from.root.as_ref());
        // The constant is no variance: what filled it in leaves the trace again.
        let constant = from.constant * to.constant;
        if params.reflection
            && b.nrows() == b.ncols()
            && let Some(factor) = orthogonal_factor(b.as_ref())
        {
            // B = (P·Qᵀ)·(Q·Σ·Qᵀ), so that tr Σ is the trace of the second factor.
            let trace = inner_product(factor.as_ref(), b.as_ref()) - constant;
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
        let trace = svd.singular.iter().sum::<f64>() - constant;
        Ok(Self {
            rotation,
            scale: scale(params, trace, source),
        })
    }

    /// Keeps the first `rank` columns of the target's root: its axes, without the constant.
    pub(crate) fn onto_axes(&mut self, rank: usize) {
        self.rotation.truncate(self.rotation.nrows(), rank);
    }

    /// Coordinates of the fitted rows in the target's basis: `[n_samples, rank of the target]`.
    pub(crate) fn coordinates(&self, source: &Rows) -> Mat<f64> {
        let mut coordinates = product(source.factor.root.as_ref(), self.rotation.as_ref());
        coordinates *= faer::Scale(self.scale);
        coordinates
    }

    /// What turns the kernel between new rows and the fitted rows into coordinates: `scale·F⁺ᵀ·Q·Pᵀ`.
    pub(crate) fn kernel_to_common(&self, source: &Rows) -> Mat<f64> {
        let mut to_common = product(source.factor.dual.as_ref(), self.rotation.as_ref());
        to_common *= faer::Scale(self.scale);
        to_common
    }
}

/// What the rotated source is multiplied with.
fn scale(params: &HyperalignmentParams, trace: f64, source: &Rows) -> f64 {
    if params.scaling {
        trace / source.factor.trace
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

/// Coordinates in the target's basis, carried into its columns, which they replace: `Z·F_c⁺·C + mean`.
pub(crate) fn lift(coordinates: MatRef<'_, f64>, target: Rows) -> Mat<f64> {
    let mut lifted = if target.centred.ncols() < target.centred.nrows() {
        // With more samples than voxels, `F_c⁺·C` is smaller than `G`.
        let dual = target.factor.dual.as_ref().subcols(0, coordinates.ncols());
        let along = product(dual.transpose(), target.centred.as_ref());
        product(coordinates, along.as_ref())
    } else {
        let gain = gain(coordinates, &target);
        let mut lifted = target.centred;
        multiply_columns(gain.as_ref(), &mut lifted);
        lifted
    };
    let mean = target.mean;
    add_to_rows(&mut lifted, &mean);
    lifted
}

/// `G = Z·F_c⁺`, `[n_samples, n_samples]`. Without scaling it is the optimal map between Gaussians whose covariances
/// are the two Gram matrices: symmetric, positive, `G·K_c·G = K`.
pub(crate) fn gain(coordinates: MatRef<'_, f64>, target: &Rows) -> Mat<f64> {
    let dual = target.factor.dual.as_ref();
    product(
        coordinates,
        dual.subcols(0, coordinates.ncols()).transpose(),
    )
}

/// `‖Z − F_c‖ / ‖F_c‖` without the constant: what is left of the target, as a share of its norm.
pub(crate) fn residual(coordinates: MatRef<'_, f64>, target: &Rows) -> f64 {
    let mut left = coordinates - &target.factor.root;
    centre_columns(&mut left);
    (left.squared_norm_l2() / target.factor.trace).sqrt()
}

/// Whether the rotation turns space inside out. Where the rows leave a direction of either space free, that direction can
/// be turned at no cost and the answer is no.
fn reflects(source: &Rows, target: &Rows, rotation: MatRef<'_, f64>) -> bool {
    let same_size = source.centred.ncols() == target.centred.ncols();
    if !(same_size && source.spans() && target.spans()) {
        return false;
    }
    let (from, to) = (source.directions(), target.directions());
    let rotation = rotation.submatrix(0, 0, source.rank, target.rank);
    let whole = product(product(from.as_ref(), rotation).as_ref(), to.transpose());
    whole.determinant() < 0.0
}

fn add_to_rows(rows: &mut Mat<f64>, mean: &[f64]) {
    let shift: Vec<f64> = mean.iter().map(|mean| -mean).collect();
    shift_and_scale(rows, &shift, None);
}
