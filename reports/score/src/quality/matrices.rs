//! Matrices of rows: products in fixed cuts and decompositions on one thread, so that the bytes do not depend on the
//! number of threads.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use rayon::prelude::*;

use crate::Rows;
use crate::{Error, Result};

/// Columns of a product that are computed at a time, whatever the number of threads.
const PANEL: usize = 64;

/// Rows as a matrix, one a column: the rows of a set lie contiguously in memory.
pub(super) fn columns(rows: &Rows) -> Mat<f64> {
    let n_columns = rows.n_columns;
    Mat::from_fn(n_columns, rows.n_rows(), |feature, row| {
        f64::from(rows.values[row * n_columns + feature])
    })
}

/// `lhs · rhs`.
pub(super) fn product(lhs: MatRef<'_, f64>, rhs: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(lhs.nrows(), rhs.ncols());
    out.as_mut().par_col_chunks_mut(PANEL).enumerate().for_each(
        |(panel, out): (usize, MatMut<'_, f64>)| {
            let rhs = rhs.subcols(panel * PANEL, out.ncols());
            matmul(out, Accum::Replace, lhs, rhs, 1.0, Par::Seq);
        },
    );
    out
}

/// Eigenvalues of a symmetric matrix, ascending, and its vectors as columns.
pub(crate) fn symmetric(what: &str, a: &Mat<f64>) -> Result<(Vec<f64>, Mat<f64>)> {
    let n = a.nrows();
    let mut values = Diag::<f64>::zeros(n);
    let mut vectors = Mat::zeros(n, n);
    let mut buffer = MemBuffer::new(self_adjoint_evd_scratch::<f64>(
        n,
        ComputeEigenvectors::Yes,
        Par::Seq,
        faer::Spec::default(),
    ));
    self_adjoint_evd(
        a.as_ref(),
        values.as_mut(),
        Some(vectors.as_mut()),
        Par::Seq,
        MemStack::new(&mut buffer),
        faer::Spec::default(),
    )
    .map_err(|_| Error::Shape {
        what: what.into(),
        expected: "a matrix with eigenvalues".into(),
        got: "one whose decomposition failed".into(),
    })?;
    Ok((values.column_vector().iter().copied().collect(), vectors))
}
