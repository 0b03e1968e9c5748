//! Separable linear maps of images: each output row and column is a weighted sum of neighbouring input ones.

use rayon::prelude::*;

use super::GRAIN;

/// One axis of a resize: output i is `Σ weights[i][j]·input[first[i] + j]`.
#[derive(Clone, Debug)]
pub struct Axis {
    n_in: usize,
    taps: Vec<(usize, Vec<f32>)>,
}

impl Axis {
    /// Linear interpolation with the first and last points of both grids on each other.
    pub fn bilinear(n_in: usize, n_out: usize) -> Self {
        let step = if n_out > 1 {
            (n_in - 1) as f64 / (n_out - 1) as f64
        } else {
            0.0
        };
        let taps = (0..n_out).map(|i| {
            let place = i as f64 * step;
            let first = (place as usize).min(n_in - 1);
            let rest = place - first as f64;
            let weights = if first + 1 < n_in && rest > 0.0 {
                vec![(1.0 - rest) as f32, rest as f32]
            } else {
                vec![1.0]
            };
            (first, weights)
        });
        Self {
            n_in,
            taps: taps.collect(),
        }
    }

    /// The mean over the stretch of input that an output covers, cut points weighted by their share.
    pub fn area(n_in: usize, n_out: usize) -> Self {
        let taps = (0..n_out).map(|i| {
            // Borders in units of 1/n_out of an input point, exact in integers.
            let (start, end) = (i * n_in, (i + 1) * n_in);
            let (first, last) = (start / n_out, end.div_ceil(n_out));
            let overlap =
                |j: usize| (end.min((j + 1) * n_out) - start.max(j * n_out)) as f64 / n_in as f64;
            (first, (first..last).map(|j| overlap(j) as f32).collect())
        });
        Self {
            n_in,
            taps: taps.collect(),
        }
    }

    /// The axis that carries gradients back.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let mut taps: Vec<(usize, Vec<f32>)> = vec![(0, Vec::new()); self.n_in];
        for (i, (first, weights)) in self.taps.iter().enumerate() {
            for (j, &weight) in weights.iter().enumerate() {
                let (start, row) = &mut taps[first + j];
                if row.is_empty() {
                    *start = i;
                }
                // Outputs that skip this input point have weight zero.
                row.resize(i - *start, 0.0);
                row.push(weight);
            }
        }
        Self {
            n_in: self.taps.len(),
            taps,
        }
    }

    /// The axis as a matrix `[n_out, n_in]`, row by row.
    pub fn matrix(&self) -> Vec<f32> {
        let mut matrix = vec![0f32; self.taps.len() * self.n_in];
        for (row, (first, weights)) in matrix.chunks_exact_mut(self.n_in.max(1)).zip(&self.taps) {
            row[*first..first + weights.len()].copy_from_slice(weights);
        }
        matrix
    }
}

/// Planes `[down.n_in, across.n_in]` to planes of the axes' outputs.
pub fn resample(x: &[f32], down: &Axis, across: &Axis) -> Vec<f32> {
    let (plane_in, plane_out) = (down.n_in * across.n_in, down.taps.len() * across.taps.len());
    let mut y = vec![0f32; x.len() / plane_in * plane_out];
    let planes = y
        .par_chunks_exact_mut(plane_out)
        .zip(x.par_chunks_exact(plane_in));
    planes
        .with_min_len(GRAIN.div_ceil(plane_in + plane_out))
        .for_each(|(y, x)| {
            let mut row = vec![0f32; across.n_in];
            for (y, (first, weights)) in y.chunks_exact_mut(across.taps.len()).zip(&down.taps) {
                row.fill(0.0);
                for (weight, x) in weights.iter().zip(x.chunks_exact(across.n_in).skip(*first)) {
                    row.iter_mut()
                        .zip(x)
                        .for_each(|(row, x)| *row += weight * x);
                }
                for (y, (first, weights)) in y.iter_mut().zip(&across.taps) {
                    *y = row[*first..]
                        .iter()
                        .zip(weights)
                        .map(|(row, weight)| row * weight)
                        .sum();
                }
            }
        });
    y
}
