//! Products in fixed cuts and decompositions on one thread: the same bytes from any number of threads.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
use faer::prelude::ReborrowMut;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use rayon::prelude::*;

use crate::error::AlignerError;

/// Columns, or rows where there are more, of a product that are computed at a time, whatever the number of threads.
const PANEL: usize = 256;

/// `lhs · rhs`.
pub(crate) fn product(lhs: MatRef<'_, f64>, rhs: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(lhs.nrows(), rhs.ncols());
    let multiply = |out: MatMut<'_, f64>, lhs, rhs| {
        matmul(out, Accum::Replace, lhs, rhs, 1.0, Par::Seq);
    };
    if out.nrows() > out.ncols() {
        let panels = out.as_mut().par_row_chunks_mut(PANEL).enumerate();
        panels.for_each(|(panel, out)| {
            let lhs = lhs.subrows(panel * PANEL, out.nrows());
            multiply(out, lhs, rhs);
        });
    } else {
        let panels = out.as_mut().par_col_chunks_mut(PANEL).enumerate();
        panels.for_each(|(panel, out)| {
            let rhs = rhs.subcols(panel * PANEL, out.ncols());
            multiply(out, lhs, rhs);
        });
    }
    out
}

/// `lhs · a` in the place of `a`; `lhs` is square.
pub(crate) fn multiply_columns(lhs: MatRef<'_, f64>, a: &mut Mat<f64>) {
    a.as_mut()
        .par_col_chunks_mut(PANEL)
        .for_each(|mut panel: MatMut<'_, f64>| {
            let old = panel.to_owned();
            matmul(
                panel.rb_mut(),
                Accum::Replace,
                lhs,
                old.as_ref(),
                1.0,
                Par::Seq,
            );
        });
}

/// `a · aᵀ`; only what lies on and below the diagonal is multiplied out.
pub(crate) fn gram(a: MatRef<'_, f64>) -> Mat<f64> {
    let n = a.nrows();
    let mut out = Mat::zeros(n, n);
    out.as_mut().par_col_chunks_mut(PANEL).enumerate().for_each(
        |(panel, out): (usize, MatMut<'_, f64>)| {
            let (start, width) = (panel * PANEL, out.ncols());
            let below = out.submatrix_mut(start, 0, n - start, width);
            matmul(
                below,
                Accum::Replace,
                a.subrows(start, n - start),
                a.subrows(start, width).transpose(),
                1.0,
                Par::Seq,
            );
        },
    );
    for column in 0..n {
        for row in 0..column {
            out[(row, column)] = out[(column, row)];
        }
    }
    out
}

/// Scales column `j` by `factors[j]`.
pub(crate) fn scale_columns(a: &mut Mat<f64>, factors: &[f64]) {
    for (column, factor) in factors.iter().enumerate() {
        for value in a.col_as_slice_mut(column) {
            *value *= factor;
        }
    }
}

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

/// Eigenvalues of a symmetric matrix `K = A·Aᵀ` above `4·size·ε·λ_max`, where `size` is the larger side of `A`'s Gram
/// matrices; the rest is rounding.
pub(crate) fn spectrum(k: MatRef<'_, f64>, size: usize) -> Result<Spectrum, AlignerError> {
    let n = k.nrows();
    let mut values = Diag::<f64>::zeros(n);
    let mut vectors = Mat::zeros(n, n);
    let scratch = self_adjoint_evd_scratch::<f64>(
        n,
        ComputeEigenvectors::Yes,
        Par::Seq,
        faer::Spec::default(),
    );
    let mut buffer = MemBuffer::new(scratch);
    self_adjoint_evd(
        k,
        values.as_mut(),
        Some(vectors.as_mut()),
        Par::Seq,
        MemStack::new(&mut buffer),
        faer::Spec::default(),
    )
    .map_err(|_| AlignerError::Decomposition {
        what: "the eigenvalue decomposition",
    })?;
    let ascending: Vec<f64> = values.column_vector().iter().copied().collect();
    let cut = 4.0 * size as f64 * f64::EPSILON * ascending.last().copied().unwrap_or(0.0);
    let kept: Vec<usize> = (0..n)
        .rev()
        .filter(|&idx| ascending[idx] > cut.max(0.0))
        .collect();
    let mut kept_vectors = Mat::from_fn(n, kept.len(), |row, column| vectors[(row, kept[column])]);
    for column in 0..kept.len() {
        point_up(kept_vectors.col_as_slice_mut(column));
    }
    Ok(Spectrum {
        singular: kept.iter().map(|&idx| ascending[idx].sqrt()).collect(),
        vectors: kept_vectors,
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

/// `a = left · diag(singular) · rightᵀ`, thin.
pub(crate) struct ThinSvd {
    pub(crate) left: Mat<f64>,
    pub(crate) singular: Vec<f64>,
    pub(crate) right: Mat<f64>,
}

/// The thin singular value decomposition of a matrix.
pub(crate) fn thin_svd(a: MatRef<'_, f64>) -> Result<ThinSvd, AlignerError> {
    let (m, n) = a.shape();
    let size = m.min(n);
    let (mut left, mut right, mut singular) = (
        Mat::zeros(m, size),
        Mat::zeros(n, size),
        Diag::<f64>::zeros(size),
    );
    let thin = ComputeSvdVectors::Thin;
    let mut buffer = MemBuffer::new(svd_scratch::<f64>(
        m,
        n,
        thin,
        thin,
        Par::Seq,
        faer::Spec::default(),
    ));
    let stack = MemStack::new(&mut buffer);
    svd(
        a,
        singular.as_mut(),
        Some(left.as_mut()),
        Some(right.as_mut()),
        Par::Seq,
        stack,
        faer::Spec::default(),
    )
    .map_err(|_| AlignerError::Decomposition {
        what: "the singular value decomposition",
    })?;
    Ok(ThinSvd {
        left,
        singular: singular.column_vector().iter().copied().collect(),
        right,
    })
}
