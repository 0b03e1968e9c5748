//! Into the transformed domain and back: images, maps, kernels and their gradients.
#![expect(unsafe_code, reason = "threads write rows of one buffer")]
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use super::super::for_each;
use super::super::scratch::Scratch;
use super::super::shared::Shared;
use super::super::vectorised::{Body, vectorised};
use super::form::{self, M, T};
use super::lanes::{Grid, LANES, Lane, Strips, both_axes};
use super::{PHASES, PLACES, SKEW};

/// Images `[batch, channels, 2·down, 2·across]` to `[place, phase, channel, column]`.
pub(super) fn images(grid: Grid, channels: usize, images: &[f32]) -> Scratch {
    let (height, width) = (2 * grid.down, 2 * grid.across);
    let rows = PHASES * channels;
    let columns = grid.columns();
    let pitch = rows * columns + SKEW;
    let mut result = Scratch::take(PLACES * pitch);
    let out = Shared::new(&mut result);
    for_each(channels, |channel| {
        let mut strips = Strips::new(grid.tiles());
        for block in 0..grid.blocks() {
            for phase in 0..PHASES {
                let (b_down, b_across) = (phase / 2, phase % 2);
                strips.clear();
                for lane in 0..LANES {
                    let Some((image, first)) = grid.strip(block, lane) else {
                        continue;
                    };
                    let plane =
                        &images[(image * channels + channel) * height * width..][..height * width];
                    for row in 0..T {
                        // x_b[k] = x[2k + b − 1]
                        let Some(y) = (2 * (first + row) + b_down)
                            .checked_sub(1)
                            .filter(|&y| y < height)
                        else {
                            continue;
                        };
                        let pixels = &plane[y * width..][..width];
                        let start = usize::from(b_across == 0);
                        let lanes =
                            strips.lanes[row * strips.columns..][..strips.columns].iter_mut();
                        for (to, from) in lanes.skip(start).zip(pixels[start..].iter().step_by(2)) {
                            to.0[lane] = *from;
                        }
                    }
                }
                vectorised(Inward {
                    strips: &strips,
                    grid,
                    block,
                    out,
                    offset: [0, 0],
                    start: (phase * channels + channel) * columns,
                    pitch,
                });
            }
        }
    });
    result
}

/// Maps `[batch, maps, down, across]` to `[phase, place, map, column]`, shifted as each phase needs.
pub(super) fn maps(grid: Grid, n_maps: usize, maps: &[f32]) -> Scratch {
    let columns = grid.columns();
    let pitch = n_maps * columns + SKEW;
    let mut result = Scratch::take(PHASES * PLACES * pitch);
    let out = Shared::new(&mut result);
    for_each(n_maps, |map| {
        let mut strips = Strips::new(grid.tiles());
        for block in 0..grid.blocks() {
            // One row and one column before the first: phase 1 begins there, phase 0 one later.
            load(&mut strips, grid, block, n_maps, map, maps, [1, 1], T + 1);
            for phase in 0..PHASES {
                vectorised(Inward {
                    strips: &strips,
                    grid,
                    block,
                    out,
                    offset: [1 - phase / 2, 1 - phase % 2],
                    start: phase * PLACES * pitch + map * columns,
                    pitch,
                });
            }
        }
    });
    result
}

/// Gradients `[batch, maps, down, across]` to `[place, map, column]` by A.
pub(super) fn gradients(grid: Grid, n_maps: usize, maps: &[f32]) -> Scratch {
    let columns = grid.columns();
    let pitch = n_maps * columns + SKEW;
    let mut result = Scratch::take(PLACES * pitch);
    let out = Shared::new(&mut result);
    for_each(n_maps, |map| {
        let mut strips = Strips::new(grid.tiles());
        for block in 0..grid.blocks() {
            load(&mut strips, grid, block, n_maps, map, maps, [0, 0], M);
            vectorised(Spread {
                strips: &strips,
                grid,
                block,
                out,
                start: map * columns,
                pitch,
            });
        }
    });
    result
}

/// Fills strips with rows and columns of a map, beginning `shift` before the first; `n_rows` of each tile.
#[expect(
    clippy::too_many_arguments,
    reason = "a place in the maps and one in the strips"
)]
fn load(
    strips: &mut Strips,
    grid: Grid,
    block: usize,
    n_maps: usize,
    map: usize,
    maps: &[f32],
    shift: [usize; 2],
    n_rows: usize,
) {
    let size = grid.down * grid.across;
    strips.clear();
    for lane in 0..LANES {
        let Some((image, first)) = grid.strip(block, lane) else {
            continue;
        };
        let plane = &maps[(image * n_maps + map) * size..][..size];
        for row in 0..n_rows {
            let Some(y) = (first + row)
                .checked_sub(shift[0])
                .filter(|&y| y < grid.down)
            else {
                continue;
            };
            let lanes = strips.lanes[row * strips.columns..][..strips.columns].iter_mut();
            for (to, from) in lanes
                .skip(shift[1])
                .zip(&plane[y * grid.across..][..grid.across])
            {
                to.0[lane] = *from;
            }
        }
    }
}

/// `Bᵀ·d·B` of every tile of a block.
struct Inward<'a> {
    strips: &'a Strips,
    grid: Grid,
    block: usize,
    out: Shared<'a>,
    /// Rows and columns of the strips before the first tile.
    offset: [usize; 2],
    /// Where the numbers of this map's first place begin, and numbers from one place to the next.
    start: usize,
    pitch: usize,
}

impl Body for Inward<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for tile in 0..self.grid.tiles() {
            let transformed = both_axes(&self.strips.tile(tile, self.offset), form::input);
            let column = (self.block * self.grid.tiles() + tile) * LANES;
            store(&transformed, self.out, |place| {
                place * self.pitch + self.start + column
            });
        }
    }
}

/// `A·d·Aᵀ` of every tile of a block.
struct Spread<'a> {
    strips: &'a Strips,
    grid: Grid,
    block: usize,
    out: Shared<'a>,
    start: usize,
    pitch: usize,
}

impl Body for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for tile in 0..self.grid.tiles() {
            let inputs: [[Lane; M]; M] = std::array::from_fn(|row| {
                std::array::from_fn(|column| {
                    self.strips.lanes[row * self.strips.columns + tile * M + column]
                })
            });
            let transformed = both_axes(&inputs, form::output_transposed);
            let column = (self.block * self.grid.tiles() + tile) * LANES;
            store(&transformed, self.out, |place| {
                place * self.pitch + self.start + column
            });
        }
    }
}

#[inline(always)]
fn store(tile: &[[Lane; T]; T], out: Shared<'_>, at: impl Fn(usize) -> usize) {
    for (place, lane) in tile.iter().flatten().enumerate() {
        // SAFETY: every map and block has places of its own.
        unsafe { out.slice(at(place), LANES) }.copy_from_slice(&lane.0);
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
            for lane in 0..LANES {
                let Some((image, top)) = grid.strip(block, lane) else {
                    continue;
                };
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
            for lane in 0..LANES {
                let Some((image, top)) = grid.strip(block, lane) else {
                    continue;
                };
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
            let outputs = both_axes(&product, form::output);
            for (row, outputs) in outputs.iter().enumerate() {
                self.rows[(row * tiles + tile) * M..][..M].copy_from_slice(outputs);
            }
        }
    }
}
