//! Into the transformed domain and back: images, maps, kernels and their gradients.
#![expect(unsafe_code, reason = "threads write rows of one buffer")]
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use std::marker::PhantomData;

use super::super::for_each;
use super::super::scratch::Scratch;
use super::super::shared::Shared;
use super::super::vectorised::{Body, vectorised};
use super::form;
use super::lanes::{Along, Grid, LANES, Lane, Strips, both_axes};
use super::{M, PHASES, PLACES, SKEW, T};

/// Images `[batch, channels, 2·down, 2·across]` to `[place, phase, channel, column]`.
pub(super) fn images(grid: Grid, channels: usize, images: &[f32]) -> Scratch {
    let size = 4 * grid.down * grid.across;
    let columns = grid.columns();
    let pitch = PHASES * channels * columns + SKEW;
    let mut result = Scratch::take(PLACES * pitch);
    let out = Shared::new(&mut result);
    for_each(channels, |channel| {
        let plane = |image: usize| &images[(image * channels + channel) * size..][..size];
        let mut strips = Strips::new(grid.tiles());
        for block in 0..grid.blocks() {
            for phase in 0..PHASES {
                strips.load_phase(grid, block, phase, plane);
                let start = (phase * channels + channel) * columns;
                inward::<form::Input, T>(&strips, [0, 0], grid, block, out, start, pitch);
            }
        }
    });
    result
}

/// Maps `[batch, maps, down, across]` to `[phase, place, map, column]`, shifted as each phase needs.
pub(super) fn maps(grid: Grid, n_maps: usize, maps: &[f32]) -> Scratch {
    let size = grid.down * grid.across;
    let columns = grid.columns();
    let pitch = n_maps * columns + SKEW;
    let mut result = Scratch::take(PHASES * PLACES * pitch);
    let out = Shared::new(&mut result);
    for_each(n_maps, |map| {
        let plane = |image: usize| &maps[(image * n_maps + map) * size..][..size];
        let mut strips = Strips::new(grid.tiles());
        for block in 0..grid.blocks() {
            // One row and one column before the first: phase 1 begins there, phase 0 one later.
            strips.load(grid, block, 1, T + 1, plane);
            for phase in 0..PHASES {
                let offset = [1 - phase / 2, 1 - phase % 2];
                let start = phase * PLACES * pitch + map * columns;
                inward::<form::Input, T>(&strips, offset, grid, block, out, start, pitch);
            }
        }
    });
    result
}

/// Gradients `[batch, maps, down, across]` to `[place, map, column]` by A.
pub(super) fn gradients(grid: Grid, n_maps: usize, maps: &[f32]) -> Scratch {
    let size = grid.down * grid.across;
    let columns = grid.columns();
    let pitch = n_maps * columns + SKEW;
    let mut result = Scratch::take(PLACES * pitch);
    let out = Shared::new(&mut result);
    for_each(n_maps, |map| {
        let plane = |image: usize| &maps[(image * n_maps + map) * size..][..size];
        let mut strips = Strips::new(grid.tiles());
        for block in 0..grid.blocks() {
            strips.load(grid, block, 0, M, plane);
            let start = map * columns;
            inward::<form::OutputTransposed, M>(&strips, [0, 0], grid, block, out, start, pitch);
        }
    });
    result
}

/// Transforms every tile of a block of strips and writes its places `pitch` apart, the first from `start` on.
fn inward<A: Along<N, T>, const N: usize>(
    strips: &Strips,
    offset: [usize; 2],
    grid: Grid,
    block: usize,
    out: Shared<'_>,
    start: usize,
    pitch: usize,
) {
    vectorised(Inward::<N, A> {
        along: PhantomData,
        strips,
        offset,
        tiles: grid.tiles(),
        out,
        start: start + block * grid.tiles() * LANES,
        pitch,
    });
}

/// The body of [`inward`].
struct Inward<'a, const N: usize, A> {
    along: PhantomData<A>,
    strips: &'a Strips,
    /// Rows and columns of the strips before the first tile.
    offset: [usize; 2],
    tiles: usize,
    out: Shared<'a>,
    start: usize,
    pitch: usize,
}

impl<const N: usize, A: Along<N, T>> Body for Inward<'_, N, A> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for tile in 0..self.tiles {
            let transformed = both_axes::<A, N, T>(&self.strips.tile(tile, self.offset));
            for (place, lane) in transformed.iter().flatten().enumerate() {
                let at = place * self.pitch + self.start + tile * LANES;
                // SAFETY: every map and block has places of its own.
                unsafe { self.out.slice(at, LANES) }.copy_from_slice(&lane.0);
            }
        }
    }
}

/// Products `[place, map, column]` to maps `[batch, maps, down, across]` from image `first` on.
pub(super) fn outputs(
    grid: Grid,
    n_maps: usize,
    products: &[f32],
    bias: Option<&[f32]>,
    first: usize,
    out: Shared<'_>,
) {
    let (size, columns) = (grid.down * grid.across, grid.columns());
    for_each(n_maps, |map| {
        let mut rows = vec![Lane::ZERO; M * grid.tiles() * M];
        for block in 0..grid.blocks() {
            vectorised(Outward {
                products: &products[map * columns..],
                pitch: n_maps * columns + SKEW,
                grid,
                block,
                rows: &mut rows,
            });
            let bias = bias.map_or(0.0, |bias| bias[map]);
            for (lane, image, top) in grid.strips(block) {
                for row in 0..M.min(grid.down - top) {
                    let at = ((first + image) * n_maps + map) * size + (top + row) * grid.across;
                    // SAFETY: every row of a map belongs to one block.
                    let target = unsafe { out.slice(at, grid.across) };
                    let lanes = &rows[row * grid.tiles() * M..];
                    for (to, from) in target.iter_mut().zip(lanes) {
                        *to = from.0[lane] + bias;
                    }
                }
            }
        }
    });
}

/// Products `[phase, place, channel, column]` to images `[batch, channels, 2·down, 2·across]` from image `first` on.
pub(super) fn interleave(
    grid: Grid,
    channels: usize,
    products: &[f32],
    bias: Option<&[f32]>,
    first: usize,
    out: Shared<'_>,
) {
    let (width, columns) = (2 * grid.across, grid.columns());
    let size = 2 * grid.down * width;
    let pitch = channels * columns + SKEW;
    for_each(channels, |channel| {
        let n_rows = M * grid.tiles() * M;
        let mut rows = vec![Lane::ZERO; PHASES * n_rows];
        for block in 0..grid.blocks() {
            for (phase, rows) in rows.chunks_exact_mut(n_rows).enumerate() {
                let products = &products[phase * PLACES * pitch + channel * columns..];
                vectorised(Outward {
                    products,
                    pitch,
                    grid,
                    block,
                    rows,
                });
            }
            let bias = bias.map_or(0.0, |bias| bias[channel]);
            for (lane, image, top) in grid.strips(block) {
                for row in 0..M.min(grid.down - top) {
                    for down in 0..2 {
                        // Phase b holds the pixels 2i + 1 − b.
                        let y = 2 * (top + row) + down;
                        let at = ((first + image) * channels + channel) * size + y * width;
                        // SAFETY: every row of an image belongs to one block.
                        let target = unsafe { out.slice(at, width) };
                        let start = row * grid.tiles() * M;
                        let phase = 2 * (1 - down);
                        let even = &rows[(phase + 1) * n_rows + start..];
                        let odd = &rows[phase * n_rows + start..];
                        for ((pair, even), odd) in target.chunks_exact_mut(2).zip(even).zip(odd) {
                            pair[0] = even.0[lane] + bias;
                            pair[1] = odd.0[lane] + bias;
                        }
                    }
                }
            }
        }
    });
}

/// `Aᵀ·m·A` of every tile of a block, as rows of lanes `[M][tiles·M]`.
struct Outward<'a> {
    /// From this map's first place on.
    products: &'a [f32],
    /// Numbers from one place to the next.
    pitch: usize,
    grid: Grid,
    block: usize,
    rows: &'a mut [Lane],
}

impl Body for Outward<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let tiles = self.grid.tiles();
        for tile in 0..tiles {
            let column = (self.block * tiles + tile) * LANES;
            let product: [[Lane; T]; T] = std::array::from_fn(|row| {
                std::array::from_fn(|across| {
                    let at = (row * T + across) * self.pitch + column;
                    let mut lane = Lane::ZERO;
                    lane.0.copy_from_slice(&self.products[at..at + LANES]);
                    lane
                })
            });
            let outputs = both_axes::<form::Output, T, M>(&product);
            for (row, outputs) in outputs.iter().enumerate() {
                self.rows[(row * tiles + tile) * M..][..M].copy_from_slice(outputs);
            }
        }
    }
}
