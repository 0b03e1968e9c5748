//! Into the transformed domain and back: images, maps, kernels and their gradients.
#![expect(unsafe_code, reason = "threads write rows of one buffer")]

use super::super::for_each;
use super::super::scratch::Scratch;
use super::super::shared::Shared;
use super::super::vectorised::{Body, vectorised};
use super::form::{Form, M, T, transposed};
use super::lanes::{Grid, LANES, Lane, Strips, both_sides};
use super::{PHASES, PLACES};

/// Images `[batch, channels, 2·down, 2·across]` to `[place, phase, channel, column]`.
pub(super) fn images(form: &Form, grid: Grid, channels: usize, images: &[f32]) -> Scratch {
    let (height, width) = (2 * grid.down, 2 * grid.across);
    let rows = PHASES * channels;
    let columns = grid.columns();
    let mut result = Scratch::take(PLACES * rows * columns);
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
                            to[lane] = *from;
                        }
                    }
                }
                let row = phase * channels + channel;
                vectorised(Inward {
                    form,
                    strips: &strips,
                    grid,
                    block,
                    out,
                    row,
                    rows,
                    columns,
                });
            }
        }
    });
    result
}

/// Maps `[batch, maps, down, across]` to `[phase, place, map, column]`, shifted as each phase needs.
pub(super) fn maps(form: &Form, grid: Grid, n_maps: usize, maps: &[f32]) -> Scratch {
    let columns = grid.columns();
    let mut result = Scratch::take(PHASES * PLACES * n_maps * columns);
    let out = Shared::new(&mut result);
    for_each(n_maps, |map| {
        let mut strips = Strips::new(grid.tiles());
        for block in 0..grid.blocks() {
            for phase in 0..PHASES {
                // Phase 0 begins at y[0], phase 1 one earlier.
                let shift = [phase / 2, phase % 2];
                load(&mut strips, grid, block, n_maps, map, maps, shift, T);
                let place = phase * PLACES * n_maps;
                vectorised(Inward {
                    form,
                    strips: &strips,
                    grid,
                    block,
                    out,
                    row: place + map,
                    rows: n_maps,
                    columns,
                });
            }
        }
    });
    result
}

/// Gradients `[batch, maps, down, across]` to `[place, map, column]` by A.
pub(super) fn gradients(form: &Form, grid: Grid, n_maps: usize, maps: &[f32]) -> Scratch {
    let columns = grid.columns();
    let mut result = Scratch::take(PLACES * n_maps * columns);
    let out = Shared::new(&mut result);
    let matrix = transposed(&form.output);
    for_each(n_maps, |map| {
        let mut strips = Strips::new(grid.tiles());
        for block in 0..grid.blocks() {
            load(&mut strips, grid, block, n_maps, map, maps, [0, 0], M);
            vectorised(Spread {
                matrix: &matrix,
                strips: &strips,
                grid,
                block,
                out,
                row: map,
                rows: n_maps,
                columns,
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
                to[lane] = *from;
            }
        }
    }
}

/// `Bᵀ·d·B` of every tile of a block.
struct Inward<'a> {
    form: &'a Form,
    strips: &'a Strips,
    grid: Grid,
    block: usize,
    out: Shared<'a>,
    /// Row of the first place, and rows from one place to the next.
    row: usize,
    rows: usize,
    columns: usize,
}

impl Body for Inward<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for tile in 0..self.grid.tiles() {
            let transformed = both_sides(&self.form.input, &self.strips.tile(tile));
            let column = (self.block * self.grid.tiles() + tile) * LANES;
            store(&transformed, self.out, |place| {
                (place * self.rows + self.row) * self.columns + column
            });
        }
    }
}

/// `A·d·Aᵀ` of every tile of a block.
struct Spread<'a> {
    matrix: &'a [[f32; M]; T],
    strips: &'a Strips,
    grid: Grid,
    block: usize,
    out: Shared<'a>,
    row: usize,
    rows: usize,
    columns: usize,
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
            let transformed = both_sides(self.matrix, &inputs);
            let column = (self.block * self.grid.tiles() + tile) * LANES;
            store(&transformed, self.out, |place| {
                (place * self.rows + self.row) * self.columns + column
            });
        }
    }
}

#[inline(always)]
fn store(tile: &[[Lane; T]; T], out: Shared<'_>, at: impl Fn(usize) -> usize) {
    for (place, lane) in tile.iter().flatten().enumerate() {
        // SAFETY: every map and block has places of its own.
        unsafe { out.slice(at(place), LANES) }.copy_from_slice(lane);
    }
}

/// Products `[place, map, column]` to maps `[batch, maps, down, across]` from image `first` on.
pub(super) fn outputs(
    form: &Form,
    grid: Grid,
    n_maps: usize,
    products: &[f32],
    bias: Option<&[f32]>,
    first: usize,
    out: Shared<'_>,
) {
    let (size, columns) = (grid.down * grid.across, grid.columns());
    for_each(n_maps, |map| {
        let mut rows = vec![[0f32; LANES]; M * grid.tiles() * M];
        for block in 0..grid.blocks() {
            vectorised(Outward {
                form,
                products: &products[map * columns..],
                place: n_maps * columns,
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
                        *to = from[lane] + bias;
                    }
                }
            }
        }
    });
}

/// Products `[phase, place, channel, column]` to images `[batch, channels, 2·down, 2·across]` from image `first` on.
pub(super) fn interleave(
    form: &Form,
    grid: Grid,
    channels: usize,
    products: &[f32],
    bias: Option<&[f32]>,
    first: usize,
    out: Shared<'_>,
) {
    let (width, columns) = (2 * grid.across, grid.columns());
    let size = 2 * grid.down * width;
    for_each(channels, |channel| {
        let n_rows = M * grid.tiles() * M;
        let mut rows = vec![[0f32; LANES]; PHASES * n_rows];
        for block in 0..grid.blocks() {
            for (phase, rows) in rows.chunks_exact_mut(n_rows).enumerate() {
                let products = &products[(phase * PLACES * channels + channel) * columns..];
                vectorised(Outward {
                    form,
                    products,
                    place: channels * columns,
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
                            pair[0] = even[lane] + bias;
                            pair[1] = odd[lane] + bias;
                        }
                    }
                }
            }
        }
    });
}

/// `Aᵀ·m·A` of every tile of a block, as rows of lanes `[M][tiles·M]`.
struct Outward<'a> {
    form: &'a Form,
    /// From this map's first place on.
    products: &'a [f32],
    /// Numbers from one place to the next.
    place: usize,
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
                    let at = (row * T + across) * self.place + column;
                    let mut lane = [0f32; LANES];
                    lane.copy_from_slice(&self.products[at..at + LANES]);
                    lane
                })
            });
            let outputs = both_sides(&self.form.output, &product);
            for (row, outputs) in outputs.iter().enumerate() {
                self.rows[(row * tiles + tile) * M..][..M].copy_from_slice(outputs);
            }
        }
    }
}
