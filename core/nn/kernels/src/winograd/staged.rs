//! Rows of a plane between zeros, from which tiles are read side by side.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

use super::super::prefetch::prefetch;
use super::super::transpose::transpose;
use super::M;
use super::lanes::{LANES, Lane};
use super::tiles::{Block, Grid, Rows, WINDOW};

/// The planes of a batch, and which of their pixels are taken.
#[derive(Clone, Copy)]
pub(super) struct Lattice {
    /// The pixels `stride·j + parity` of each axis; the stride is 1 or 2.
    pub(super) stride: usize,
    pub(super) parity: [usize; 2],
}

/// The rows of one plane that a block needs.
pub(super) struct Staged {
    grid: Grid,
    numbers: Vec<f32>,
}

impl Staged {
    /// Room for the rows of a block.
    pub(super) fn new(grid: Grid, block: &Block) -> Self {
        Self {
            grid,
            numbers: vec![0.0; block.n_staged],
        }
    }

    /// The rows of `lattice` that a block needs of one image, as they lie in a batch of `n_planes`.
    #[inline(always)]
    fn rows<'v>(
        &self,
        rows: &Rows,
        values: &'v [f32],
        (plane, n_planes): (usize, usize),
        stride: usize,
    ) -> &'v [f32] {
        let size = stride * stride * self.grid.plane();
        let plane = &values[(rows.image * n_planes + plane) * size..][..size];
        let row = stride * stride * self.grid.width;
        &plane[rows.first * row..rows.end * row]
    }

    /// Takes the rows of plane `(plane, n_planes)` of a batch; zeros around them stay what they are.
    #[inline(always)]
    pub(super) fn take(
        &mut self,
        block: &Block,
        values: &[f32],
        plane: (usize, usize),
        lattice: Lattice,
    ) {
        let (width, row) = (self.grid.width, self.grid.staged_row());
        let Lattice {
            stride,
            parity: [down, across],
        } = lattice;
        for rows in &block.rows {
            let pixels = self.rows(rows, values, plane, stride);
            let mut at = rows.at;
            for pixels in pixels.chunks_exact(stride * stride * width) {
                let pixels = &pixels[down * stride * width..][..stride * width];
                let target = &mut self.numbers[at..at + width];
                match (stride, across) {
                    (1, _) => copy(pixels, target),
                    (_, 0) => every_second::<0>(pixels, target),
                    _ => every_second::<1>(pixels, target),
                }
                at += row;
            }
        }
    }

    /// Asks for the rows of a plane that will be taken next.
    #[inline(always)]
    pub(super) fn expect(
        &self,
        block: &Block,
        values: &[f32],
        plane: (usize, usize),
        stride: usize,
    ) {
        for rows in &block.rows {
            prefetch(self.rows(rows, values, plane, stride));
        }
    }

    #[inline(always)]
    fn window(&self, at: usize) -> &[[f32; M]] {
        self.numbers[at..][..WINDOW].as_chunks::<M>().0
    }

    /// Reads the squares of `N × N` pixels of some columns, a tile a number of each vector; they begin `[down, across]`
    /// behind the border's corner.
    #[inline(always)]
    pub(super) fn read<const N: usize>(
        &self,
        block: &Block,
        column: usize,
        [down, across]: [usize; 2],
        square: &mut [[Lane; N]; N],
    ) {
        let row = self.grid.staged_row();
        let offset = down * row + across;
        let (groups, _) = block.staged[column..column + LANES].as_chunks::<M>();
        for (group, starts) in groups.iter().enumerate() {
            for (i, lanes) in square.iter_mut().enumerate() {
                let ahead = offset + i * row;
                let [a, b, c, d] = [
                    self.window(starts[0] + ahead),
                    self.window(starts[1] + ahead),
                    self.window(starts[2] + ahead),
                    self.window(starts[3] + ahead),
                ];
                let mut columns = [[0f32; M]; WINDOW];
                let [near, far] = columns.as_chunks_mut::<M>().0 else {
                    continue;
                };
                transpose([&a[0], &b[0], &c[0], &d[0]], near);
                transpose([&a[1], &b[1], &c[1], &d[1]], far);
                for (lane, column) in lanes.iter_mut().zip(&columns) {
                    *lane.four_mut(group) = *column;
                }
            }
        }
    }
}

/// Copies a short row: a call of the system's copy takes longer than such a row.
#[inline(always)]
fn copy(from: &[f32], to: &mut [f32]) {
    let (from, from_rest) = from.as_chunks::<WINDOW>();
    let (to, to_rest) = to.as_chunks_mut::<WINDOW>();
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    for (to, from) in to_rest.iter_mut().zip(from_rest) {
        *to = *from;
    }
}

/// The pixels `2·j + PARITY` of a row.
#[inline(always)]
fn every_second<const PARITY: usize>(from: &[f32], to: &mut [f32]) {
    for (to, pair) in to.iter_mut().zip(from.as_chunks::<2>().0) {
        *to = pair[PARITY];
    }
}
