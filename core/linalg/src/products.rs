//! Products of matrices.

use faer::linalg::matmul::matmul;
use faer::prelude::ReborrowMut;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use rayon::prelude::*;

/// Columns, or rows where there are more, of a product that are computed at a time, whatever the number of threads.
const PANEL: usize = 256;

fn multiply(out: MatMut<'_, f64>, lhs: MatRef<'_, f64>, rhs: MatRef<'_, f64>) {
    matmul(out, Accum::Replace, lhs, rhs, 1.0, Par::Seq);
}

/// `lhs · rhs`.
pub fn product(lhs: MatRef<'_, f64>, rhs: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(lhs.nrows(), rhs.ncols());
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
pub fn multiply_columns(lhs: MatRef<'_, f64>, a: &mut Mat<f64>) {
    a.as_mut()
        .par_col_chunks_mut(PANEL)
        .for_each(|mut panel: MatMut<'_, f64>| {
            let old = panel.to_owned();
            multiply(panel.rb_mut(), lhs, old.as_ref());
        });
}

/// `a · aᵀ`; only what lies on and below the diagonal is multiplied out.
pub fn gram(a: MatRef<'_, f64>) -> Mat<f64> {
    let n = a.nrows();
    let mut out = Mat::zeros(n, n);
    out.as_mut().par_col_chunks_mut(PANEL).enumerate().for_each(
        |(panel, out): (usize, MatMut<'_, f64>)| {
            let (start, width) = (panel * PANEL, out.ncols());
            let below = out.submatrix_mut(start, 0, n - start, width);
            let columns = a.subrows(start, width).transpose();
            multiply(below, a.subrows(start, n - start), columns);
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
pub fn scale_columns(a: &mut Mat<f64>, factors: &[f64]) {
    for (column, factor) in factors.iter().enumerate() {
        for value in a.col_as_slice_mut(column) {
            *value *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{gram, multiply_columns, product, scale_columns};
    use faer::Mat;

    /// Whole numbers, so that every sum is exact in whatever order.
    fn whole(n_rows: usize, n_columns: usize) -> Mat<f64> {
        Mat::from_fn(n_rows, n_columns, |row, column| {
            ((row * 31 + column * 17 + row * column) % 23) as f64 - 11.0
        })
    }

    fn by_definition(lhs: &Mat<f64>, rhs: &Mat<f64>) -> Mat<f64> {
        Mat::from_fn(lhs.nrows(), rhs.ncols(), |row, column| {
            let terms = (0..lhs.ncols()).map(|k| lhs[(row, k)] * rhs[(k, column)]);
            terms.sum()
        })
    }

    #[test]
    fn products_are_those_of_their_definition() {
        // More than a panel of rows, more than one of columns, one number, and nothing to sum over.
        for (m, k, n) in [
            (600, 7, 5),
            (5, 7, 600),
            (300, 3, 300),
            (1, 1, 1),
            (2, 0, 3),
        ] {
            let (lhs, rhs) = (whole(m, k), whole(k, n));
            let found = product(lhs.as_ref(), rhs.as_ref());
            assert_eq!(found, by_definition(&lhs, &rhs), "{m}×{k}×{n}");
            let found = gram(lhs.as_ref());
            let expected = by_definition(&lhs, &lhs.transpose().to_owned());
            assert_eq!(found, expected, "{m}×{k}");
        }
        let (lhs, rhs) = (whole(6, 6), whole(6, 520));
        let mut found = rhs.clone();
        multiply_columns(lhs.as_ref(), &mut found);
        assert_eq!(found, by_definition(&lhs, &rhs));
    }

    #[test]
    fn the_number_of_threads_moves_no_bit() {
        let lhs = Mat::from_fn(700, 90, |row, column| {
            ((row * 7 + column * 13) as f64).sin()
        });
        let all = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
            pool.build().unwrap().install(|| {
                let wide = product(lhs.transpose(), lhs.as_ref());
                let tall = product(lhs.as_ref(), wide.as_ref());
                (gram(lhs.as_ref()), wide, tall)
            })
        };
        let one = all(1);
        for n_threads in [2, 3, 8] {
            assert!(all(n_threads) == one, "{n_threads} threads");
        }
    }

    #[test]
    fn columns_are_scaled() {
        let mut a = Mat::from_fn(2, 3, |row, column| (3 * row + column) as f64);
        scale_columns(&mut a, &[2.0, 0.0, -1.0]);
        let expected = [[0.0, 0.0, -2.0], [6.0, 0.0, -5.0]];
        assert_eq!(a, Mat::from_fn(2, 3, |row, column| expected[row][column]));
    }
}
