//! Convolutions of 3 × 3 kernels with stride 1 and padding 1, and their gradients, by F(4, 3).
//!
//! ```text
//! y[i]  = Σ_a K[a]·x[i + a − 1]          a ∈ {0, 1, 2}
//! x′[k] = Σ_a K[2 − a]·y[k + a − 1]      the same with every kernel turned around, from maps to channels
//! K′[a] = Σ_i y[i]·x[i + a − 1]
//! ```
//! for each of two axes. A tile of 4 × 4 outputs takes 36 multiplications instead of 144; each is a product of matrices over
//! channels and tiles. A block of tiles is transformed, multiplied and transformed back while it lies in a core's cache.
//! Numbers differ from the direct form by a few units in the seventh digit.
//! Which form is used, and where blocks begin, depends on shapes alone.
#![expect(unsafe_code, reason = "threads write rows of one buffer")]

mod form;
#[cfg(test)]
mod tests;
mod tiles;
mod transform;

use super::for_each;
use super::gemm::{Matrix, multiply};
use super::geometry::Geometry;
use super::scratch::Scratch;
use super::shared::{Shared, filled};
use super::winograd::lanes::LANES;
use tiles::{Block, Grid};
use transform::{Finish, Kernels, Planes};

/// Outputs of a tile along one axis.
const M: usize = 4;
/// Taps along one axis.
const R: usize = 3;
/// Inputs of a tile along one axis.
const T: usize = M + R - 1;
/// Taps of a kernel.
const TAPS: usize = R * R;
/// Places of a transformed tile.
const PLACES: usize = T * T;
/// Numbers between the rows of one place and those of the next: places a power of two apart would share a cache's sets.
const SKEW: usize = 5 * LANES;
/// Tiles of a block: the columns that the products of `gemm` are fastest at, for every set of vector instructions.
const COLUMNS: usize = 3 * LANES;
/// Numbers that the transformed images and maps of a block of gradients to kernels may take.
const ROOM: usize = 1 << 21;

/// Numbers from one place of a block to the next.
fn pitch(n_planes: usize, columns: usize) -> usize {
    n_planes * columns + SKEW
}

/// A batch `[batch, channels, height, width]` and its maps `[batch, maps, height, width]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Winograd3 {
    channels: usize,
    maps: usize,
    grid: Grid,
}

impl Winograd3 {
    /// The algorithm for these shapes, where it applies and gains.
    pub(crate) fn pays(geometry: &Geometry, batch: usize, maps: usize) -> Option<Self> {
        /// Multiplications by numbers transformed, below which transforms cost more than products save.
        const FEWEST_PRODUCTS: usize = 7;
        /// Kernels are transformed once a call, which takes as long as some tiles.
        const FEWEST_TILES: usize = 12;
        let found = Self::new(geometry, batch, maps)?;
        let products = geometry.channels * maps / (geometry.channels + maps);
        let pays = products >= FEWEST_PRODUCTS && found.grid.tiles() >= FEWEST_TILES;
        pays.then_some(found)
    }

    /// The algorithm for these shapes, where it applies.
    pub(crate) fn new(geometry: &Geometry, batch: usize, maps: usize) -> Option<Self> {
        let g = geometry;
        let fits = (g.kernel, g.stride, g.padding) == (R, 1, 1);
        fits.then_some(Self {
            channels: g.channels,
            maps,
            grid: Grid {
                batch,
                height: g.height,
                width: g.width,
            },
        })
    }

    /// `y`, or `max(y, 0)` if it is rectified, from `x` and `kernel [maps, channels, 3, 3]`.
    pub(crate) fn down(
        &self,
        images: &[f32],
        kernel: &[f32],
        bias: Option<&[f32]>,
        rectified: bool,
    ) -> Vec<f32> {
        let kernels = Kernels {
            values: kernel,
            n_in: self.channels,
            n_out: self.maps,
            of_input: TAPS,
            of_output: self.channels * TAPS,
            reversed: false,
        };
        self.convolve(images, kernels, Finish { bias, rectified })
    }

    /// `x′` from `y` and `kernel [maps, channels, 3, 3]`.
    pub(crate) fn up(&self, maps: &[f32], kernel: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let kernels = Kernels {
            values: kernel,
            n_in: self.maps,
            n_out: self.channels,
            of_input: self.channels * TAPS,
            of_output: TAPS,
            reversed: true,
        };
        let rectified = false;
        self.convolve(maps, kernels, Finish { bias, rectified })
    }

    fn convolve(&self, values: &[f32], kernels: Kernels<'_>, finish: Finish<'_>) -> Vec<f32> {
        let (grid, n_in, n_out) = (self.grid, kernels.n_in, kernels.n_out);
        let mut transformed = Scratch::take(PLACES * n_out * n_in);
        let out = Shared::new(&mut transformed);
        for_each(n_out, |output| transform::kernels(kernels, output, out));
        let transformed = &transformed[..];
        let fill = |out: Shared<'_>| {
            for_each(grid.tiles().div_ceil(COLUMNS), |i| {
                let block = grid.block(i * COLUMNS, COLUMNS);
                let mut inputs = Scratch::take(PLACES * pitch(n_in, block.columns()));
                let planes = Planes {
                    grid,
                    values,
                    n_planes: n_in,
                    planes: 0..n_in,
                };
                transform::inputs(planes, &block, Shared::new(&mut inputs));
                let products = products(transformed, &inputs, (n_in, n_out), &block);
                transform::outputs(grid, &block, &products, n_out, finish, out);
            });
        };
        // SAFETY: the blocks cover the batch and each writes all planes of its tiles.
        unsafe { filled(grid.batch * n_out * grid.plane(), fill) }
    }

    /// `K′` from `x` and `y`.
    pub(crate) fn kernel_gradient(&self, images: &[f32], maps: &[f32]) -> Vec<f32> {
        let (grid, n_channels, n_maps) = (self.grid, self.channels, self.maps);
        let mut sums = Scratch::take(PLACES * n_maps * n_channels);
        sums.fill(0.0);
        let most = ROOM / (PLACES * (n_channels + n_maps)) / COLUMNS * COLUMNS;
        let most = most.max(COLUMNS);
        for first in (0..grid.tiles()).step_by(most) {
            let block = grid.block(first, most);
            let mut inputs = Scratch::take(PLACES * pitch(n_channels, block.columns()));
            let mut gradients = Scratch::take(PLACES * pitch(n_maps, block.columns()));
            let (of_inputs, of_gradients) = (Shared::new(&mut inputs), Shared::new(&mut gradients));
            for_each(n_channels, |channel| {
                let planes = Planes {
                    grid,
                    values: images,
                    n_planes: n_channels,
                    planes: channel..channel + 1,
                };
                transform::inputs(planes, &block, of_inputs);
            });
            for_each(n_maps, |map| {
                let planes = Planes {
                    grid,
                    values: maps,
                    n_planes: n_maps,
                    planes: map..map + 1,
                };
                transform::gradients(planes, &block, of_gradients);
            });
            self.add_gradient(&block, &inputs, &gradients, Shared::new(&mut sums));
        }
        let fill = |out: Shared<'_>| {
            for_each(n_maps, |map| {
                let n = n_channels * TAPS;
                // SAFETY: every map has kernels of its own.
                let target = unsafe { out.slice(map * n, n) };
                transform::kernel_gradients(&sums, (map, n_maps), n_channels, target);
            });
        };
        // SAFETY: maps, channels and taps cover the whole.
        unsafe { filled(n_maps * n_channels * TAPS, fill) }
    }

    /// Adds the products of a block's transformed maps and images to `sums [place, map, channel]`.
    fn add_gradient(&self, block: &Block, inputs: &[f32], gradients: &[f32], sums: Shared<'_>) {
        let (columns, n_channels, n_maps) = (block.columns(), self.channels, self.maps);
        for_each(PLACES, |place| {
            let left = &gradients[place * pitch(n_maps, columns)..][..n_maps * columns];
            let right = &inputs[place * pitch(n_channels, columns)..][..n_channels * columns];
            let transposed = Matrix {
                start: right.as_ptr(),
                row: 1,
                column: columns,
            };
            let size = n_maps * n_channels;
            let target = sums.at(place * size, size);
            // SAFETY: lengths were checked; each place has its own sums.
            unsafe {
                multiply(
                    n_maps,
                    n_channels,
                    columns,
                    rows_of(left, columns),
                    transposed,
                    target,
                    n_channels,
                    true,
                );
            }
        });
    }
}

/// For each place, `kernels [n_out, n_in] · inputs [n_in, columns]`.
fn products(
    kernels: &[f32],
    inputs: &[f32],
    (n_in, n_out): (usize, usize),
    block: &Block,
) -> Scratch {
    let columns = block.columns();
    let mut products = Scratch::take(PLACES * pitch(n_out, columns));
    let out = Shared::new(&mut products);
    for place in 0..PLACES {
        let kernel = &kernels[place * n_out * n_in..][..n_out * n_in];
        let inputs = &inputs[place * pitch(n_in, columns)..][..n_in * columns];
        let target = out.at(place * pitch(n_out, columns), n_out * columns);
        // SAFETY: lengths were checked; `products` belongs to this task.
        unsafe {
            multiply(
                n_out,
                columns,
                n_in,
                rows_of(kernel, n_in),
                rows_of(inputs, columns),
                target,
                columns,
                false,
            );
        }
    }
    products
}

fn rows_of(values: &[f32], row: usize) -> Matrix {
    Matrix {
        start: values.as_ptr(),
        row,
        column: 1,
    }
}
