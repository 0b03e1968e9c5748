//! Eigenvalues and eigenvectors of symmetric matrices.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::{Mat, MatRef, Par};

use crate::error::finite;
use crate::{Error, Result};

/// Eigenvalues of a symmetric matrix, ascending, and unit vectors of them as columns. Only what lies on and below the diagonal
/// is read.
///
/// # Errors
/// [`Error::Decomposition`] if it does not converge, as with numbers that are not finite.
pub fn symmetric(a: MatRef<'_, f64>) -> Result<(Vec<f64>, Mat<f64>)> {
    let n = a.nrows();
    let (vectors_too, spec) = (ComputeEigenvectors::Yes, faer::Spec::default());
    let mut values = Diag::<f64>::zeros(n);
    let mut vectors = Mat::zeros(n, n);
    let scratch = self_adjoint_evd_scratch::<f64>(n, vectors_too, Par::Seq, spec);
    let mut buffer = MemBuffer::new(scratch);
    self_adjoint_evd(
        a,
        values.as_mut(),
        Some(vectors.as_mut()),
        Par::Seq,
        MemStack::new(&mut buffer),
        spec,
    )
    .ok()
    .and_then(|()| finite(values.column_vector()))
    .map(|values| (values, vectors))
    .ok_or(Error::Decomposition {
        what: "the eigenvalue decomposition",
    })
}

/// Eigenvalues, descending, of a positive semidefinite matrix `K = A·Aᵀ` above `4·size·ε·λ_max`, and unit vectors of them as
/// columns; `size` is the larger side of `A`. The rest is rounding.
///
/// # Errors
/// As [`symmetric`].
pub fn positive(k: MatRef<'_, f64>, size: usize) -> Result<(Vec<f64>, Mat<f64>)> {
    let (ascending, vectors) = symmetric(k)?;
    let cut = 4.0 * size as f64 * f64::EPSILON * ascending.last().copied().unwrap_or(0.0);
    let places = (0..ascending.len()).rev();
    let kept: Vec<usize> = places.filter(|&at| ascending[at] > cut.max(0.0)).collect();
    let values = kept.iter().map(|&at| ascending[at]).collect();
    let vectors = Mat::from_fn(k.nrows(), kept.len(), |row, column| {
        vectors[(row, kept[column])]
    });
    Ok((values, vectors))
}

#[cfg(test)]
mod tests {
    use super::{positive, symmetric};
    use crate::{Error, gram, product};
    use faer::Mat;

    /// The second difference of five places, whose eigenvalues are 2 − 2·cos(πk/6).
    #[test]
    fn eigenvalues_are_those_of_a_known_matrix() {
        let a = Mat::from_fn(5, 5, |row: usize, column: usize| {
            match row.abs_diff(column) {
                0 => 2.0,
                1 => -1.0,
                _ => 0.0,
            }
        });
        let (values, vectors) = symmetric(a.as_ref()).unwrap();
        for (k, value) in values.iter().enumerate() {
            let expected = 2.0 - 2.0 * (std::f64::consts::PI * (k + 1) as f64 / 6.0).cos();
            assert!((value - expected).abs() < 1e-12, "{value}, {expected}");
        }
        let turned = product(a.as_ref(), vectors.as_ref());
        for column in 0..5 {
            for row in 0..5 {
                let expected = values[column] * vectors[(row, column)];
                assert!((turned[(row, column)] - expected).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn only_directions_that_carry_anything_are_positive() {
        // Rank 2 of 6: every row is a mixture of two others.
        let a = Mat::from_fn(6, 4, |row, column| {
            let (x, y) = ((column as f64).sin(), (column as f64 * 2.0).cos());
            x * row as f64 + y * (row * row) as f64
        });
        let k = gram(a.as_ref());
        let (values, vectors) = positive(k.as_ref(), 6).unwrap();
        assert_eq!((values.len(), vectors.shape()), (2, (6, 2)));
        assert!(values[0] > values[1]);
        let trace: f64 = (0..6).map(|at| k[(at, at)]).sum();
        assert!((values.iter().sum::<f64>() - trace).abs() < 1e-9 * trace);
        let (none, _) = positive(Mat::zeros(3, 3).as_ref(), 3).unwrap();
        assert!(none.is_empty());
    }

    #[test]
    fn what_is_not_finite_is_refused() {
        for bad in [f64::NAN, f64::INFINITY] {
            let mut a = Mat::identity(3, 3);
            a[(2, 1)] = bad;
            let error = symmetric(a.as_ref()).unwrap_err();
            assert!(matches!(error, Error::Decomposition { .. }), "{error}");
            assert!(positive(a.as_ref(), 3).is_err());
        }
        let error = symmetric(Mat::from_fn(1, 1, |_, _| f64::NAN).as_ref()).unwrap_err();
        assert!(error.to_string().contains("finite numbers"), "{error}");
    }
}
