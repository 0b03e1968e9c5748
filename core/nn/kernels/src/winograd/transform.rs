//! Into the transformed domain and back: images and maps.
#![expect(unsafe_code, reason = "threads write rows of one buffer")]
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use std::marker::PhantomData;
use std::ops::Range;

use super::super::shared::Shared;
use super::super::vectorised::{Body, vectorised};
use super::lanes::{Along, BothAxes, LANES, Lane};
use super::staged::{Lattice, Staged};
use super::tiles::{Block, Grid};
use super::write::{Canvas, Tiles};
use super::{M, pitch};

/// Squares that are read for each tile of a plane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// Rows and columns of the plane: those of this parity.
    pub(super) parity: [usize; 2],
    /// Where the square begins, counted from one row and column ahead of its tile.
    pub(super) ahead: [usize; 2],
}

/// Planes of a batch `[batch, n_planes, stride·height, stride·width]`, those of each image at `planes` in a row.
#[derive(Clone)]
pub(super) struct Source<'a> {
    pub(super) grid: Grid,
    pub(super) values: &'a [f32],
    pub(super) n_planes: usize,
    pub(super) planes: Range<usize>,
    pub(super) stride: usize,
    pub(super) windows: &'a [Window],
}

/// The squares of a block's tiles to `[place, window, plane, column]`.
pub(super) fn inward<A: Along<N, T>, const N: usize, const T: usize>(
    source: Source<'_>,
    block: &Block,
    out: Shared<'_>,
) {
    vectorised(Inward::<A, N, T> {
        source,
        block,
        out,
        along: PhantomData,
    });
}

/// The body of [`inward`].
struct Inward<'a, A, const N: usize, const T: usize> {
    source: Source<'a>,
    block: &'a Block,
    out: Shared<'a>,
    along: PhantomData<A>,
}

impl<A: Along<N, T>, const N: usize, const T: usize> Body for Inward<'_, A, N, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Source {
            grid,
            values,
            n_planes,
            planes,
            stride,
            windows,
        } = self.source;
        let columns = self.block.columns();
        let pitch = pitch(windows.len() * n_planes, columns);
        let mut staged = Staged::new(grid, self.block);
        let mut square = [[Lane::ZERO; N]; N];
        let mut transform = BothAxes::<A, N, T>::new();
        for plane in planes.clone() {
            let mut taken = None;
            for (i, window) in windows.iter().enumerate() {
                let parity = window.parity;
                if taken != Some(parity) {
                    let lattice = Lattice { stride, parity };
                    staged.take(self.block, values, (plane, n_planes), lattice);
                }
                if taken.is_none() && plane + 1 < planes.end {
                    staged.expect(self.block, values, (plane + 1, n_planes), stride);
                }
                taken = Some(parity);
                let row = (i * n_planes + plane) * columns;
                for column in (0..columns).step_by(LANES) {
                    staged.read(self.block, column, window.ahead, &mut square);
                    for (place, lane) in transform.of(&square).iter().flatten().enumerate() {
                        let at = place * pitch + row + column;
                        // SAFETY: every plane and block has places of its own.
                        unsafe { self.out.slice(at, LANES) }.copy_from_slice(&lane.0);
                    }
                }
            }
        }
    }
}

/// What is done to the pixels of a plane before they are written.
#[derive(Clone, Copy)]
pub(super) struct Finish<'a> {
    /// Added to each, a number a plane.
    pub(super) bias: Option<&'a [f32]>,
    /// Whether those below 0 become 0.
    pub(super) rectified: bool,
}

/// Products `[place, phase, plane, column]` of a block to its tiles of `[batch, plane, S·height, S·width]`.
pub(super) fn outward<A: Along<T, M>, const T: usize, const S: usize>(
    canvas: Canvas<'_, S>,
    block: &Block,
    products: &[f32],
    finish: Finish<'_>,
) {
    vectorised(Outward::<A, T, S> {
        canvas,
        block,
        products,
        finish,
        along: PhantomData,
    });
}

/// The body of [`outward`].
struct Outward<'a, A, const T: usize, const S: usize> {
    canvas: Canvas<'a, S>,
    block: &'a Block,
    products: &'a [f32],
    finish: Finish<'a>,
    along: PhantomData<A>,
}

impl<A: Along<T, M>, const T: usize, const S: usize> Body for Outward<'_, A, T, S> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let n_planes = self.canvas.n_planes;
        let columns = self.block.columns();
        let pitch = pitch(S * S * n_planes, columns);
        let floor = if self.finish.rectified {
            0.0
        } else {
            f32::NEG_INFINITY
        };
        let mut product = [[Lane::ZERO; T]; T];
        let mut transform = BothAxes::<A, T, M>::new();
        let mut tiles: Tiles<S> = [[[Lane::ZERO; M]; M]; S];
        for plane in 0..n_planes {
            let bias = self.finish.bias.map_or(0.0, |bias| bias[plane]);
            let finish = |x: f32| at_least(floor, x + bias);
            for parity in 0..S {
                for column in (0..columns).step_by(LANES) {
                    for (across, tile) in tiles.iter_mut().enumerate() {
                        let phase = parity * S + across;
                        let first = (phase * n_planes + plane) * columns + column;
                        for (place, lane) in product.iter_mut().flatten().enumerate() {
                            let products = &self.products[place * pitch + first..][..LANES];
                            lane.0.copy_from_slice(products);
                        }
                        tile.clone_from(transform.of_and(&product, finish));
                    }
                    let places = self.block.places(column);
                    self.canvas.write(&tiles, plane, parity, places);
                }
            }
        }
    }
}

/// The larger one; what is no number stays so.
#[inline(always)]
fn at_least(floor: f32, x: f32) -> f32 {
    if x < floor { floor } else { x }
}
