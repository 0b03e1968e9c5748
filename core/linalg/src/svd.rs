//! The singular value decomposition.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
use faer::{Mat, MatRef, Par};

use crate::error::finite;
use crate::{Error, Result};

/// `a = left · diag(singular) · rightᵀ`, thin: of an `[m, n]` matrix as many columns as its smaller side.
#[derive(Debug)]
pub struct ThinSvd {
    /// `[m, min(m, n)]`, columns of length 1.
    pub left: Mat<f64>,
    /// Descending, from 0.
    pub singular: Vec<f64>,
    /// `[n, min(m, n)]`, columns of length 1.
    pub right: Mat<f64>,
}

/// The thin singular value decomposition of a matrix.
///
/// # Errors
/// [`Error::Decomposition`] if it does not converge, as with numbers that are not finite.
pub fn thin_svd(a: MatRef<'_, f64>) -> Result<ThinSvd> {
    let (m, n) = a.shape();
    let size = m.min(n);
    let (thin, spec) = (ComputeSvdVectors::Thin, faer::Spec::default());
    let (mut left, mut right) = (Mat::zeros(m, size), Mat::zeros(n, size));
    let mut singular = Diag::<f64>::zeros(size);
    let mut buffer = MemBuffer::new(svd_scratch::<f64>(m, n, thin, thin, Par::Seq, spec));
    svd(
        a,
        singular.as_mut(),
        Some(left.as_mut()),
        Some(right.as_mut()),
        Par::Seq,
        MemStack::new(&mut buffer),
        spec,
    )
    .ok()
    .and_then(|()| finite(singular.column_vector()))
    .map(|singular| ThinSvd {
        left,
        singular,
        right,
    })
    .ok_or(Error::Decomposition {
        what: "the singular value decomposition",
    })
}

#[cfg(test)]
mod tests {
    use super::thin_svd;
    use crate::{Error, gram, product, scale_columns};
    use faer::Mat;

    #[test]
    fn the_factors_multiply_to_the_matrix() {
        for (m, n) in [(7, 3), (3, 7), (4, 4)] {
            let a = Mat::from_fn(m, n, |row, column| {
                ((row * 5 + column * 3 + 1) as f64).sin()
            });
            let found = thin_svd(a.as_ref()).unwrap();
            assert!(found.singular.is_sorted_by(|x, y| x >= y));
            let unit = gram(found.left.transpose());
            for row in 0..unit.nrows() {
                for column in 0..unit.ncols() {
                    let expected = f64::from(u8::from(row == column));
                    assert!((unit[(row, column)] - expected).abs() < 1e-12);
                }
            }
            let mut left = found.left;
            scale_columns(&mut left, &found.singular);
            let again = product(left.as_ref(), found.right.transpose());
            for row in 0..m {
                for column in 0..n {
                    assert!((again[(row, column)] - a[(row, column)]).abs() < 1e-12);
                }
            }
        }
    }
    #[test]
    fn what_is_not_finite_is_refused() {
        let mut a = Mat::from_fn(4, 3, |row, column| (row + column) as f64);
        a[(2, 1)] = f64::INFINITY;
        let error = thin_svd(a.as_ref()).unwrap_err();
        assert!(matches!(error, Error::Decomposition { .. }), "{error}");
    }
}
