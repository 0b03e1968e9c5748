//! Maxima over windows, with the place of each maximum.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use rayon::prelude::*;

use super::GRAIN;
use super::vectorised::{Body, vectorised};

/// Windows of `kernel × kernel` pixels, `stride` apart, on planes `[height, width]`; the last ones may be cut by the edge.
#[derive(Clone, Copy, Debug)]
pub struct Pooling {
    /// Rows of a plane, in pixels.
    pub height: usize,
    /// Columns of a plane, in pixels.
    pub width: usize,
    /// Side of a window, in pixels.
    pub kernel: usize,
    /// Distance of two windows, in pixels.
    pub stride: usize,
    /// Windows from top to bottom.
    pub n_down: usize,
    /// Windows from left to right.
    pub n_across: usize,
}

impl Pooling {
    fn plane(&self) -> usize {
        self.height * self.width
    }

    fn windows(&self) -> usize {
        self.n_down * self.n_across
    }

    fn planes_a_task(&self) -> usize {
        GRAIN.div_ceil(self.plane().max(1))
    }

    /// Each window's maximum and the pixel of the plane where it stands, the first in reading order among equals.
    pub fn forward(&self, x: &[f32]) -> (Vec<f32>, Vec<u32>) {
        let n = x.len() / self.plane() * self.windows();
        let (mut maxima, mut winners) = (vec![0f32; n], vec![0u32; n]);
        let per_task = self.planes_a_task();
        maxima
            .par_chunks_mut(per_task * self.windows())
            .zip(winners.par_chunks_mut(per_task * self.windows()))
            .zip(x.par_chunks(per_task * self.plane()))
            .for_each(|((maxima, winners), x)| {
                let mut rows = [Row::of(self.width), Row::of(self.width)];
                let planes = maxima
                    .chunks_exact_mut(self.windows())
                    .zip(winners.chunks_exact_mut(self.windows()));
                for ((maxima, winners), x) in planes.zip(x.chunks_exact(self.plane())) {
                    vectorised(PlaneForward {
                        pooling: *self,
                        x,
                        maxima,
                        winners,
                        rows: &mut rows,
                    });
                }
            });
        (maxima, winners)
    }

    /// Each window's gradient, added to its winner.
    pub fn backward(&self, gradient: &[f32], winners: &[u32]) -> Vec<f32> {
        let mut x = vec![0f32; gradient.len() / self.windows() * self.plane()];
        let per_task = self.planes_a_task();
        x.par_chunks_mut(per_task * self.plane())
            .zip(gradient.par_chunks(per_task * self.windows()))
            .zip(winners.par_chunks(per_task * self.windows()))
            .for_each(|((x, gradient), winners)| {
                let planes = gradient
                    .chunks_exact(self.windows())
                    .zip(winners.chunks_exact(self.windows()));
                for (x, (gradient, winners)) in x.chunks_exact_mut(self.plane()).zip(planes) {
                    for (gradient, &winner) in gradient.iter().zip(winners) {
                        x[winner as usize] += gradient;
                    }
                }
            });
        x
    }
}

/// The maxima of one plane.
struct PlaneForward<'a> {
    pooling: Pooling,
    x: &'a [f32],
    maxima: &'a mut [f32],
    winners: &'a mut [u32],
    rows: &'a mut [Row; 2],
}

impl Body for PlaneForward<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (g, x, [down, across]) = (self.pooling, self.x, self.rows);
        let outputs = self
            .maxima
            .chunks_exact_mut(g.n_across)
            .zip(self.winners.chunks_exact_mut(g.n_across));
        for (oy, (maxima, winners)) in outputs.enumerate() {
            let top = oy * g.stride;
            down.set(&x[top * g.width..][..g.width], top * g.width);
            for y in top + 1..g.height.min(top + g.kernel) {
                down.raise(&x[y * g.width..][..g.width], y * g.width);
            }
            across.best.copy_from_slice(&down.best);
            across.at.copy_from_slice(&down.at);
            for ahead in 1..g.kernel.min(g.width) {
                across.raise_by(down, ahead);
            }
            let lefts = (0..g.width).step_by(g.stride);
            for (left, (maximum, winner)) in lefts.zip(maxima.iter_mut().zip(winners)) {
                (*maximum, *winner) = (across.best[left], across.at[left]);
            }
        }
    }
}

/// The best of what was seen so far, column by column, and where in the plane it stands.
struct Row {
    best: Vec<f32>,
    at: Vec<u32>,
    /// 0, 1, 2, …
    columns: Vec<u32>,
}

impl Row {
    fn of(width: usize) -> Self {
        Self {
            best: vec![0.0; width],
            at: vec![0; width],
            columns: (0..width as u32).collect(),
        }
    }

    /// Begins with a row of the plane.
    #[inline(always)]
    fn set(&mut self, row: &[f32], start: usize) {
        self.best.copy_from_slice(row);
        for (at, column) in self.at.iter_mut().zip(&self.columns) {
            *at = column.wrapping_add(start as u32);
        }
    }

    /// Goes on with a row further down.
    #[inline(always)]
    fn raise(&mut self, row: &[f32], start: usize) {
        let columns = self.best.iter_mut().zip(&mut self.at);
        for ((best, at), (&value, column)) in columns.zip(row.iter().zip(&self.columns)) {
            let place = column.wrapping_add(start as u32);
            let better = (value > *best) | value.is_nan();
            *best = if better { value } else { *best };
            *at = if better { place } else { *at };
        }
    }

    /// Goes on with what another row holds `ahead` columns further right.
    #[expect(clippy::float_cmp, reason = "only an exact tie is a tie")]
    #[expect(
        clippy::needless_bitwise_bool,
        reason = "branches would keep the loop from becoming vectors"
    )]
    #[inline(always)]
    fn raise_by(&mut self, other: &Self, ahead: usize) {
        let columns = self.best.iter_mut().zip(&mut self.at);
        let others = other.best[ahead..].iter().zip(&other.at[ahead..]);
        for ((best, at), (&value, &place)) in columns.zip(others) {
            let level = value == *best;
            let better = (value > *best) | value.is_nan() | (level & (place < *at));
            *best = if better { value } else { *best };
            *at = if better { place } else { *at };
        }
    }
}
