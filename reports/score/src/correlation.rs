//! Pearson correlation between every original and every reconstruction.

use rayon::prelude::*;

use super::Rows;
use super::matrix::Similarities;

/// Originals that share one pass over the reconstructions.
const ROWS_A_TASK: usize = 8;
/// Columns standardised at a time, a multiple of [`LANES`]; small enough for the fastest caches.
const COLUMNS_A_BLOCK: usize = 512;
/// Partial sums of one dot product.
const LANES: usize = 4;

/// Correlation of the pixels, or of one layer's activations, of each pair of images.
///
/// ```text
/// r[i, j] = Σₖ (aᵢₖ − āᵢ)(bⱼₖ − b̄ⱼ) / (‖aᵢ − āᵢ‖ ‖bⱼ − b̄ⱼ‖)
/// ```
/// A row without variance has correlation 0 with every other, so that all comparisons with it are ties.
///
/// # Source
/// Pearson (1895), doi:10.1098/rspl.1895.0041.
///
/// # Shapes
/// | name | shape | unit |
/// |---|---|---|
/// | `originals` | `[n_originals, n_columns]` | pixels in `[−1, 1]`, or activations |
/// | `reconstructions` | `[n_reconstructions, n_columns]` | the same |
/// | result | `[n_originals, n_reconstructions]` | in `[−1, 1]` |
///
/// # Determinism
/// Every dot product adds its columns in one fixed order, whatever its place and whatever the number of threads: equal
/// images have equal correlations to the last bit, which ties depend on.
pub fn correlations(originals: &Rows, reconstructions: &Rows) -> Similarities {
    let left = Standardiser::of(originals);
    let right = Standardiser::of(reconstructions);
    let (n_rows, n_columns) = (left.scales.len(), right.scales.len());
    let starts: Vec<usize> = (0..n_rows).step_by(ROWS_A_TASK).collect();
    let values: Vec<f64> = starts
        .par_iter()
        .flat_map_iter(|&start| {
            correlate_rows(&left, &right, start..n_rows.min(start + ROWS_A_TASK))
        })
        .collect();
    Similarities {
        n_rows,
        n_columns,
        values,
    }
}

/// Correlation over images of each pixel, or of each unit of a layer, with the same one of the reconstructions.
///
/// ```text
/// r[k] = Σᵢ (xᵢₖ − x̄ₖ)(yᵢₖ − ȳₖ) / (‖xₖ − x̄ₖ‖ ‖yₖ − ȳₖ‖)
/// ```
/// `None` where a column does not vary.
///
/// # Source
/// bdpy's `profile_correlation`.
///
/// # Shapes
/// `originals, reconstructions: [n_images, n_columns]`; one correlation a column.
pub fn profile_correlations(originals: &Rows, reconstructions: &Rows) -> Vec<Option<f64>> {
    let n_columns = originals.n_columns;
    let column = |rows: &Rows, at: usize| -> Vec<f64> {
        let values = rows.values.iter().skip(at).step_by(n_columns);
        let values: Vec<f64> = values.map(|&value| f64::from(value)).collect();
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        values.into_iter().map(|value| value - mean).collect()
    };
    let of = |at: usize| {
        let (x, y) = (column(originals, at), column(reconstructions, at));
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let scale = (product(&x, &x) * product(&y, &y)).sqrt();
        (scale > 0.0).then(|| product(&x, &y) / scale)
    };
    (0..n_columns).into_par_iter().map(of).collect()
}

/// Mean and scale of each row, applied block by block so that no second copy of the data is held.
struct Standardiser<'a> {
    rows: &'a Rows,
    /// Mean and reciprocal norm of the centred row.
    scales: Vec<(f64, f64)>,
}

impl<'a> Standardiser<'a> {
    fn of(rows: &'a Rows) -> Self {
        let scales = rows
            .values
            .par_chunks(rows.n_columns.max(1))
            .map(mean_and_scale)
            .collect();
        Self { rows, scales }
    }

    /// Columns `start..` of one row, centred and scaled, padded with zeros to the block's width.
    fn fill(&self, row_idx: usize, start: usize, block: &mut [f64]) {
        let n_columns = self.rows.n_columns;
        let (mean, scale) = self.scales[row_idx];
        let end = n_columns.min(start + block.len());
        let source = &self.rows.values[row_idx * n_columns + start..row_idx * n_columns + end];
        block.fill(0.0);
        for (value, &x) in block.iter_mut().zip(source) {
            *value = (f64::from(x) - mean) * scale;
        }
    }
}

fn mean_and_scale(row: &[f32]) -> (f64, f64) {
    let first = row.first().copied().unwrap_or(0.0);
    // The mean of equal numbers may be off by a rounding, whose norm is not zero.
    if row.iter().all(|&x| x.to_bits() == first.to_bits()) {
        return (f64::from(first), 0.0);
    }
    let mean = row.iter().map(|&x| f64::from(x)).sum::<f64>() / row.len() as f64;
    let norm = row
        .iter()
        .map(|&x| (f64::from(x) - mean).powi(2))
        .sum::<f64>()
        .sqrt();
    (mean, if norm > 0.0 { norm.recip() } else { 0.0 })
}

fn correlate_rows(
    left: &Standardiser<'_>,
    right: &Standardiser<'_>,
    rows: std::ops::Range<usize>,
) -> Vec<f64> {
    let n_columns = right.scales.len();
    let mut sums = vec![0.0; rows.len() * n_columns];
    // An odd last row is paired with a row of zeros.
    let mut left_block = vec![0.0; rows.len().next_multiple_of(2) * COLUMNS_A_BLOCK];
    let mut right_block = vec![0.0; 2 * COLUMNS_A_BLOCK];
    for start in (0..left.rows.n_columns).step_by(COLUMNS_A_BLOCK) {
        for (row, block) in rows
            .clone()
            .zip(left_block.chunks_exact_mut(COLUMNS_A_BLOCK))
        {
            left.fill(row, start, block);
        }
        for column in (0..n_columns).step_by(2) {
            let (first, second) = right_block.split_at_mut(COLUMNS_A_BLOCK);
            right.fill(column, start, first);
            if column + 1 < n_columns {
                right.fill(column + 1, start, second);
            } else {
                second.fill(0.0);
            }
            add_products(&left_block, [first, second], column, n_columns, &mut sums);
        }
    }
    for sum in &mut sums {
        *sum = sum.clamp(-1.0, 1.0);
    }
    sums
}

/// Adds the block's part of two columns of the result.
fn add_products(
    left: &[f64],
    right: [&[f64]; 2],
    column: usize,
    n_columns: usize,
    sums: &mut [f64],
) {
    for (pair, rows) in left
        .chunks_exact(2 * COLUMNS_A_BLOCK)
        .zip(sums.chunks_mut(2 * n_columns))
    {
        let (first, second) = pair.split_at(COLUMNS_A_BLOCK);
        let products = dot_four([first, second], right);
        for (row, products) in rows.chunks_exact_mut(n_columns).zip(products) {
            for (sum, product) in row[column..].iter_mut().zip(products) {
                *sum += product;
            }
        }
    }
}

/// The dot products of two rows with two rows; each is summed in the same order.
fn dot_four(left: [&[f64]; 2], right: [&[f64]; 2]) -> [[f64; 2]; 2] {
    let mut sums = [[[0.0; LANES]; 2]; 2];
    let (a0, _) = left[0].as_chunks::<LANES>();
    let (a1, _) = left[1].as_chunks::<LANES>();
    let (b0, _) = right[0].as_chunks::<LANES>();
    let (b1, _) = right[1].as_chunks::<LANES>();
    for (((a0, a1), b0), b1) in a0.iter().zip(a1).zip(b0).zip(b1) {
        for lane in 0..LANES {
            sums[0][0][lane] += a0[lane] * b0[lane];
            sums[0][1][lane] += a0[lane] * b1[lane];
            sums[1][0][lane] += a1[lane] * b0[lane];
            sums[1][1][lane] += a1[lane] * b1[lane];
        }
    }
    sums.map(|row| row.map(|lanes| lanes.iter().sum()))
}
