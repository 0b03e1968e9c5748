//! Matrices of rows: products in fixed cuts and decompositions on one thread, so that the bytes do not depend on the number of
//! threads.

use candle_core::{DType, Tensor};
use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use lab_core::Result;

use crate::error::DecoderError;

/// Columns of a product that are computed at a time.
const PANEL: usize = 256;

/// Rows as a matrix of f64; refuses numbers that are not finite.
pub(crate) fn matrix(rows: &Tensor) -> Result<Mat<f64>> {
    let values = rows.to_dtype(DType::F64)?.to_vec2::<f64>()?;
    if let Some(row) = values
        .iter()
        .position(|row| row.iter().any(|value| !value.is_finite()))
    {
        return Err(DecoderError::Features {
            expected: "finite numbers",
            got: format!("NaN or infinity in row {row}"),
        }
        .into());
    }
    Ok(Mat::from_fn(values.len(), rows.dim(1)?, |row, column| {
        values[row][column]
    }))
}

pub(super) fn column_means(a: MatRef<'_, f64>) -> Vec<f64> {
    (0..a.ncols())
        .map(|column| a.col(column).iter().sum::<f64>() / a.nrows() as f64)
        .collect()
}

/// `lhs · rhs`.
pub(super) fn product(lhs: MatRef<'_, f64>, rhs: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(lhs.nrows(), rhs.ncols());
    for start in (0..rhs.ncols()).step_by(PANEL) {
        let width = PANEL.min(rhs.ncols() - start);
        matmul(
            out.as_mut().subcols_mut(start, width),
            Accum::Replace,
            lhs,
            rhs.subcols(start, width),
            1.0,
            Par::Seq,
        );
    }
    out
}

/// Eigenvalues of a positive semidefinite matrix above rounding, descending, and their vectors as columns.
pub(super) fn spectrum(
    k: MatRef<'_, f64>,
    size: usize,
) -> Result<(Vec<f64>, Mat<f64>), DecoderError> {
    let n = k.nrows();
    let mut values = Diag::<f64>::zeros(n);
    let mut vectors = Mat::zeros(n, n);
    let mut buffer = MemBuffer::new(self_adjoint_evd_scratch::<f64>(
        n,
        ComputeEigenvectors::Yes,
        Par::Seq,
        faer::Spec::default(),
    ));
    let stack = MemStack::new(&mut buffer);
    self_adjoint_evd(
        k,
        values.as_mut(),
        Some(vectors.as_mut()),
        Par::Seq,
        stack,
        faer::Spec::default(),
    )
    .map_err(|_| DecoderError::Features {
        expected: "a matrix with eigenvalues",
        got: "one whose decomposition failed".into(),
    })?;
    let ascending: Vec<f64> = values.column_vector().iter().copied().collect();
    let cut = 4.0 * size as f64 * f64::EPSILON * ascending.last().copied().unwrap_or(0.0);
    let kept: Vec<usize> = (0..n)
        .rev()
        .filter(|&idx| ascending[idx] > cut.max(0.0))
        .collect();
    Ok((
        kept.iter().map(|&idx| ascending[idx]).collect(),
        Mat::from_fn(n, kept.len(), |row, column| vectors[(row, kept[column])]),
    ))
}
