//! Rows as matrices, and their decompositions with the errors of scores.

use faer::Mat;

use crate::Rows;
use crate::{Error, Result};

pub(crate) use lab_linalg::{centre_rows, gram, product};

/// Rows as a matrix, one a column: the rows of a set lie contiguously in memory.
pub(crate) fn columns(rows: &Rows) -> Mat<f64> {
    let n_columns = rows.n_columns;
    Mat::from_fn(n_columns, rows.n_rows(), |feature, row| {
        f64::from(rows.values[row * n_columns + feature])
    })
}

/// Eigenvalues of a symmetric matrix, ascending, and its vectors as columns.
pub(crate) fn symmetric(what: &str, a: &Mat<f64>) -> Result<(Vec<f64>, Mat<f64>)> {
    lab_linalg::symmetric(a.as_ref()).map_err(|why| Error::Decomposition {
        what: what.into(),
        why,
    })
}
