//! What a Gram matrix says of the rows behind it.

use faer::{Mat, MatRef};

use crate::error::AlignerError;

/// The directions of a Gram matrix that carry anything.
#[derive(Debug, Clone)]
pub(crate) struct Spectrum {
    /// Square roots of the eigenvalues, descending: `[rank]`.
    pub(crate) singular: Vec<f64>,
    /// Unit eigenvectors as columns, the largest number of each positive: `[n, rank]`.
    pub(crate) vectors: Mat<f64>,
}

impl Spectrum {
    /// Number of directions that were kept.
    pub(crate) fn rank(&self) -> usize {
        self.singular.len()
    }

    /// Sum of the eigenvalues.
    pub(crate) fn trace(&self) -> f64 {
        self.singular.iter().map(|s| s * s).sum()
    }
}

/// Eigenvalues of a symmetric matrix `K = A·Aᵀ` that are more than rounding; `size` is the larger side of `A`.
pub(crate) fn spectrum(k: MatRef<'_, f64>, size: usize) -> Result<Spectrum, AlignerError> {
    let (values, mut vectors) = lab_linalg::positive(k, size)?;
    for column in 0..vectors.ncols() {
        point_up(vectors.col_as_slice_mut(column));
    }
    Ok(Spectrum {
        singular: values.into_iter().map(f64::sqrt).collect(),
        vectors,
    })
}

/// Turns a direction so that its largest number is positive. Returns whether it was turned.
pub(crate) fn point_up(direction: &mut [f64]) -> bool {
    let largest = direction.iter().copied().fold(
        0.0,
        |best: f64, x| if x.abs() > best.abs() { x } else { best },
    );
    if largest < 0.0 {
        for value in direction {
            *value = -*value;
        }
    }
    largest < 0.0
}
