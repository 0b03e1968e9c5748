//! Squared distances between the rows of two sets, a few rows at a time.

use faer::Mat;
use rayon::prelude::*;

use crate::Rows;
use crate::matrices::{columns, product};

/// Rows whose distances are held at a time.
const ROWS: usize = 256;

/// What `of` makes of each row of `from`, given its index and its squared distances to every row of `to`.
///
/// ```text
/// ‖a − b‖² = ‖a‖² + ‖b‖² − 2·a·b
/// ```
/// Rounding leaves an error of 10⁻¹⁶ of the squared norms, so that two equal rows are about 10⁻⁸ of a norm apart.
pub(super) fn by_row<T: Send>(
    from: &Rows,
    to: &Rows,
    of: impl Fn(usize, &[f64]) -> T + Sync,
) -> Vec<T> {
    let to_matrix = columns(to);
    let norms = squared_norms(&to_matrix);
    let n_columns = from.n_columns;
    let mut all = Vec::with_capacity(from.n_rows());
    for (block, values) in from.values.chunks(ROWS * n_columns).enumerate() {
        let rows = Rows {
            n_columns,
            values: values.to_vec(),
        };
        let own = columns(&rows);
        let own_norms = squared_norms(&own);
        // One column for each row of the block.
        let products = product(to_matrix.transpose(), own.as_ref());
        let results: Vec<T> = (0..rows.n_rows())
            .into_par_iter()
            .map(|row| {
                let squared: Vec<f64> = products
                    .col(row)
                    .iter()
                    .zip(&norms)
                    .map(|(product, norm)| (own_norms[row] + norm - 2.0 * product).max(0.0))
                    .collect();
                of(block * ROWS + row, &squared)
            })
            .collect();
        all.extend(results);
    }
    all
}

fn squared_norms(columns: &Mat<f64>) -> Vec<f64> {
    (0..columns.ncols())
        .map(|row| columns.col(row).iter().map(|value| value * value).sum())
        .collect()
}
