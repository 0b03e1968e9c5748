//! Products of matrices with strides, one thread each, and their tiling over the pool.
#![expect(unsafe_code, reason = "the `gemm` crate takes addresses and strides")]

use super::shared::{Shared, filled};

/// A matrix to read: number (i, j) stands at `i·row + j·column` from `start`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix {
    pub(crate) start: *const f32,
    pub(crate) row: usize,
    pub(crate) column: usize,
}

impl Matrix {
    /// `values` with rows `row` numbers apart.
    pub(crate) fn rows(values: &[f32], row: usize) -> Self {
        Self {
            start: values.as_ptr(),
            row,
            column: 1,
        }
    }

    /// The transpose of [`Matrix::rows`].
    pub(crate) fn transposed(values: &[f32], row: usize) -> Self {
        Self {
            start: values.as_ptr(),
            row: 1,
            column: row,
        }
    }
}

/// A matrix in a slice, as it stands or transposed.
#[derive(Clone, Copy)]
pub struct Operand<'a> {
    values: &'a [f32],
    row: usize,
    column: usize,
}

impl<'a> Operand<'a> {
    /// `values` as `[.., n_columns]`, row by row.
    pub fn rows(values: &'a [f32], n_columns: usize) -> Self {
        Self {
            values,
            row: n_columns,
            column: 1,
        }
    }

    /// The transpose of [`Operand::rows`].
    pub fn transposed(values: &'a [f32], n_columns: usize) -> Self {
        Self {
            values,
            row: 1,
            column: n_columns,
        }
    }

    fn at(&self, i: usize, j: usize) -> Matrix {
        let rest = &self.values[(i * self.row + j * self.column).min(self.values.len())..];
        Matrix {
            start: rest.as_ptr(),
            row: self.row,
            column: self.column,
        }
    }
}

/// `c (+)= a·b` for `a [m, k]`, `b [k, n]` and `c [m, n]` with rows `c_row` apart, in the calling thread.
///
/// # Safety
/// All numbers addressed must lie in live buffers, and nothing else may touch those of `c` meanwhile.
#[expect(
    clippy::too_many_arguments,
    reason = "the sizes and operands of a product"
)]
pub(crate) unsafe fn multiply(
    m: usize,
    n: usize,
    k: usize,
    a: Matrix,
    b: Matrix,
    c: *mut f32,
    c_row: usize,
    accumulate: bool,
) {
    // SAFETY: the caller's promise, handed on.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c,
            1,
            c_row as isize,
            accumulate,
            a.start,
            a.column as isize,
            a.row as isize,
            b.start,
            b.column as isize,
            b.row as isize,
            1f32,
            1f32,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// `a·b` (+ `bias` on each row) as `[m, n]`, in tiles of fixed size.
///
/// # Panics
/// If an operand holds fewer numbers than the sizes say, which is a mistake of the caller.
pub fn product(
    m: usize,
    n: usize,
    k: usize,
    a: Operand<'_>,
    b: Operand<'_>,
    bias: Option<&[f32]>,
) -> Vec<f32> {
    assert!(
        m == 0 || k == 0 || (m - 1) * a.row + (k - 1) * a.column < a.values.len(),
        "left operand too short"
    );
    assert!(
        n == 0 || k == 0 || (k - 1) * b.row + (n - 1) * b.column < b.values.len(),
        "right operand too short"
    );
    let (tile_m, tile_n) = tile(m, n, k);
    let n_across = n.div_ceil(tile_n);
    let fill = |out: Shared<'_>| {
        super::for_each(m.div_ceil(tile_m) * n_across, |task| {
            let (i, j) = (task / n_across * tile_m, task % n_across * tile_n);
            let (rows, columns) = (tile_m.min(m - i), tile_n.min(n - j));
            if let Some(bias) = bias {
                for r in i..i + rows {
                    // SAFETY: tiles do not overlap.
                    unsafe { out.slice(r * n + j, columns) }.copy_from_slice(&bias[j..j + columns]);
                }
            }
            let c = out.at(i * n + j, (rows - 1) * n + columns);
            // SAFETY: operands were checked above, `c` by `at`; tiles do not overlap.
            unsafe {
                multiply(
                    rows,
                    columns,
                    k,
                    a.at(i, 0),
                    b.at(0, j),
                    c,
                    n,
                    bias.is_some(),
                );
            };
        });
    };
    // SAFETY: the tiles cover `[m, n]` and each product writes all of its tile.
    unsafe { filled(m * n, fill) }
}

/// Rows and columns of a tile: the whole if it is small, else at least 64 rows or 256 columns and about a million steps.
fn tile(m: usize, n: usize, k: usize) -> (usize, usize) {
    const STEPS: usize = 1 << 20;
    if m * n * k <= 2 * STEPS {
        (m.max(1), n.max(1))
    } else if n >= m {
        let columns = (STEPS / (m * k).max(1)).next_multiple_of(64).max(256);
        (m.max(1), columns.min(n.max(1)))
    } else {
        let rows = (STEPS / (n * k).max(1)).next_multiple_of(16).max(64);
        (rows.min(m.max(1)), n.max(1))
    }
}
