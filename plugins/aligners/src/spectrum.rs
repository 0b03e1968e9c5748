//! What a Gram matrix says of the rows behind it.

use faer::{Mat, MatRef};
use lab_linalg::{gram, product, scale_columns};

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

/// The same of centred rows `A`, in whose smaller Gram matrix it is sought: `Aᵀ·A = V·S²·Vᵀ` gives `A·Aᵀ` the directions `A·V·S⁻¹`.
/// With more samples than voxels that takes a fraction of the work, and no matrix of one side per sample.
pub(crate) fn spectrum_of_rows(rows: MatRef<'_, f64>) -> Result<Spectrum, AlignerError> {
    let (n_samples, n_voxels) = rows.shape();
    if n_samples <= n_voxels {
        return spectrum(gram(rows).as_ref(), n_samples);
    }
    let of_columns = spectrum(gram(rows.transpose()).as_ref(), n_samples)?;
    let mut vectors = product(rows, of_columns.vectors.as_ref());
    let inverse: Vec<f64> = of_columns.singular.iter().map(|s| 1.0 / s).collect();
    scale_columns(&mut vectors, &inverse);
    for column in 0..vectors.ncols() {
        point_up(vectors.col_as_slice_mut(column));
    }
    Ok(Spectrum {
        singular: of_columns.singular,
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

#[cfg(test)]
mod tests {
    use faer::Mat;
    use lab_linalg::{centre_columns, gram, product};
    use rand::Rng;

    use super::{spectrum, spectrum_of_rows};

    /// Both Gram matrices have the same spectrum: with more samples than voxels the smaller one is decomposed.
    #[test]
    fn tall_rows_have_the_spectrum_of_their_larger_gram_matrix() {
        for (n_samples, n_voxels) in [(30, 7), (30, 20), (12, 40)] {
            let mut stream = lab_core::rng::stream(1, "rows");
            let number = |_, _| stream.random_range(-1.0..1.0);
            let mut rows = Mat::from_fn(n_samples, n_voxels, number);
            centre_columns(&mut rows);
            let expected = spectrum(gram(rows.as_ref()).as_ref(), n_samples).unwrap();
            let found = spectrum_of_rows(rows.as_ref()).unwrap();
            assert_eq!(found.rank(), expected.rank());
            for (a, b) in found.singular.iter().zip(&expected.singular) {
                assert!((a - b).abs() < 1e-12 * expected.singular[0]);
            }
            let apart = &found.vectors - &expected.vectors;
            assert!(apart.norm_max() < 1e-10, "{n_samples} × {n_voxels}");
            let unit = product(found.vectors.transpose(), found.vectors.as_ref());
            let identity = Mat::<f64>::identity(found.rank(), found.rank());
            assert!((&unit - &identity).norm_max() < 1e-12);
        }
    }
}
