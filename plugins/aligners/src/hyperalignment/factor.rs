//! A square root of a Gram matrix.
//!
//! ```text
//! K = F·Fᵀ,     F⁺ᵀ = F·(FᵀF)⁻¹
//! U·S           from eigenvectors: any K; its columns are axes
//! L             of Cholesky: K + c²·11ᵀ/N = L·Lᵀ, a tenth of the work
//! ```
//! What a Procrustes fit finds does not depend on which root is taken. Centred rows lack the direction of the constant;
//! `c²`, the mean eigenvalue, fills it, so that the matrix has full rank. The optimal map between two such matrices sends
//! constant to constant and leaves the rest as it was, and rows whose columns sum to 0 never meet the constant.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::prelude::default;
use faer::{Mat, Par};
use lab_linalg::scale_columns;

use crate::spectrum::Spectrum;

/// How far the smallest eigenvalue must lie above rounding for Cholesky to serve, as a factor of what counts as zero.
const MARGIN: f64 = 1e4;

/// F, and what undoes it.
#[derive(Debug, Clone)]
pub(crate) struct Factor {
    /// F: `[n_samples, rank]`, one more column where the constant was filled in.
    pub(crate) root: Mat<f64>,
    /// F⁺ᵀ, of the same shape.
    pub(crate) dual: Mat<f64>,
    /// tr K.
    pub(crate) trace: f64,
    /// `c`, or 0 where nothing was filled in.
    pub(crate) constant: f64,
}

impl Factor {
    /// L of centred rows' Gram matrix; `None` where the rows do not span all that centred rows can.
    pub(crate) fn triangular(mut k: Mat<f64>) -> Option<Self> {
        let n = k.nrows();
        let trace: f64 = (0..n).map(|i| k[(i, i)]).sum();
        let filled = trace / n as f64;
        k.col_iter_mut().for_each(|column| {
            column
                .iter_mut()
                .for_each(|value| *value += filled / n as f64);
        });
        let mut buffer = MemBuffer::new(cholesky_in_place_scratch::<f64>(n, Par::Seq, default()));
        let stack = MemStack::new(&mut buffer);
        cholesky_in_place(k.as_mut(), default(), Par::Seq, stack, default()).ok()?;
        for column in 1..n {
            k.col_as_slice_mut(column)[..column].fill(0.0);
        }
        let mut inverse = Mat::zeros(n, n);
        invert_lower_triangular(inverse.as_mut(), k.as_ref(), Par::Seq);
        // ‖L⁻¹‖² = Σ 1/λ, so that no eigenvalue is smaller than its inverse.
        let smallest = 1.0 / inverse.squared_norm_l2();
        let rounding = 4.0 * n as f64 * f64::EPSILON * trace;
        (smallest > MARGIN * rounding).then(|| Self {
            root: k,
            dual: inverse.transpose().to_owned(),
            trace,
            constant: filled.sqrt(),
        })
    }

    /// `U·S` of centred rows' Gram matrix; where they span all that centred rows can, the constant is its last column.
    pub(crate) fn spectral(spectrum: &Spectrum) -> Self {
        let (n, rank) = spectrum.vectors.shape();
        let trace = spectrum.trace();
        let full = rank + 1 == n;
        let constant = if full { (trace / n as f64).sqrt() } else { 0.0 };
        let with_constant = |powers: Vec<f64>, constant: f64| {
            let mut vectors = spectrum.vectors.clone();
            scale_columns(&mut vectors, &powers);
            if full {
                let share = constant / (n as f64).sqrt();
                vectors.resize_with(n, n, |_, _| share);
            }
            vectors
        };
        let singular = &spectrum.singular;
        Self {
            root: with_constant(singular.clone(), constant),
            dual: with_constant(singular.iter().map(|s| 1.0 / s).collect(), 1.0 / constant),
            trace,
            constant,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Factor;
    use crate::spectrum::spectrum;
    use crate::tests::noisy;
    use faer::Mat;
    use lab_linalg::{centre_columns, gram};

    fn gram_of(n_samples: usize, n_voxels: usize) -> Mat<f64> {
        let mut rows = crate::tests::matrix(&noisy(3, n_samples, &[n_voxels], 1.0)[0].values);
        centre_columns(&mut rows);
        gram(rows.as_ref())
    }

    #[test]
    fn both_are_roots_and_their_duals_undo_them() {
        let k = gram_of(12, 40);
        let spectral = Factor::spectral(&spectrum(k.as_ref(), 40).unwrap());
        let triangular = Factor::triangular(k.clone()).unwrap();
        for factor in [spectral, triangular] {
            let share = factor.constant * factor.constant / 12.0;
            let whole = &factor.root * factor.root.transpose();
            let error = (whole - &k - Mat::from_fn(12, 12, |_, _| share)).norm_max();
            assert!(error < 1e-11 * factor.trace, "{error:e}");
            let unit = factor.dual.transpose() * &factor.root;
            assert!((unit - Mat::<f64>::identity(12, 12)).norm_max() < 1e-11);
        }
    }

    #[test]
    fn rows_that_lack_a_direction_have_no_triangular_root() {
        assert!(Factor::triangular(gram_of(12, 7)).is_none());
        let lacking = Factor::spectral(&spectrum(gram_of(12, 7).as_ref(), 12).unwrap());
        assert_eq!(lacking.root.shape(), (12, 7));
        assert!(lacking.constant == 0.0);
    }
}
