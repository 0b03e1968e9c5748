//! Convolutions of 4 × 4 kernels with stride 2 and padding 1, and their gradients, by F(4, 2).
//!
//! ```text
//! x_b[k] = x[2k + b − 1]                     b ∈ {0, 1} the phases of an axis
//! down   y[i] = Σ_b Σ_a K[2a + b]·x_b[i + a]                     four 2 × 2 convolutions, summed over the phases
//! up     x_b[k] = Σ_a K[2a + b]·y[k − a]                         four 2 × 2 convolutions, interleaved
//! K′     K′[2a + b] = Σ_i y[i]·x_b[i + a]
//! ```
//! for each of two axes. A tile of 4 × 4 outputs takes 25 multiplications instead of 64; each is a product of matrices over
//! channels and tiles. Numbers differ from the direct form by a few units in the sixth digit.
//! Which form is used depends on shapes alone.
#![expect(unsafe_code, reason = "threads write rows of one buffer")]

mod form;
mod kernel;
pub(crate) mod lanes;
#[cfg(test)]
mod tests;
mod transform;

use super::for_each;
use super::gemm::{Matrix, multiply};
use super::geometry::Geometry;
use super::scratch::Scratch;
use super::shared::{Shared, filled};
use lanes::Grid;

/// Outputs of a tile along one axis.
const M: usize = 4;
/// Taps along one axis.
const R: usize = 2;
/// Inputs of a tile along one axis.
const T: usize = M + R - 1;

/// Phases of both axes.
const PHASES: usize = 4;
/// Places of a transformed tile.
const PLACES: usize = T * T;
/// Numbers between the rows of one place and those of the next: places a power of two apart would share a cache's sets.
const SKEW: usize = 5 * lanes::LANES;
/// Numbers that the transformed maps of one call may take; the batch is taken in parts beyond it.
const ROOM: usize = 1 << 21;

/// A batch `[batch, channels, height, width]` and its maps `[batch, maps, height/2, width/2]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Winograd {
    channels: usize,
    maps: usize,
    grid: Grid,
}

impl Winograd {
    /// The algorithm for these shapes, where it applies and gains in gradients to kernels.
    pub(crate) fn pays(geometry: &Geometry, batch: usize, maps: usize) -> Option<Self> {
        /// Below, transforms cost more than products save.
        const FEWEST_CHANNELS: usize = 32;
        /// Kernels are transformed once a call, which takes as long as some columns of the products.
        const FEWEST_COLUMNS: usize = 192;
        /// Kernels of this many channels times maps stay in the cache between transform and product.
        const SMALL_KERNEL: usize = 1 << 15;
        let found = Self::new(geometry, batch, maps)?;
        let wide = geometry.channels.min(maps) >= FEWEST_CHANNELS;
        let small = geometry.channels * maps <= SMALL_KERNEL;
        let fewest = if small {
            FEWEST_COLUMNS / 3
        } else {
            FEWEST_COLUMNS
        };
        (wide && found.grid.columns() >= fewest).then_some(found)
    }

    /// Whether [`Self::down`] gains too: products must be large beside transforms, of which they share each.
    pub(crate) fn down_pays(&self) -> bool {
        self.products_by_transforms() >= 40
    }

    /// Whether [`Self::up`] is faster than the direct form too.
    pub(crate) fn up_pays(&self) -> bool {
        self.products_by_transforms() >= 48
    }

    fn products_by_transforms(&self) -> usize {
        self.channels * self.maps / (self.channels + self.maps)
    }

    /// The algorithm for these shapes, where it applies.
    pub(crate) fn new(geometry: &Geometry, batch: usize, maps: usize) -> Option<Self> {
        let g = geometry;
        let fits = (g.kernel, g.stride, g.padding) == (4, 2, 1)
            && (g.height, g.width) == (2 * g.n_down, 2 * g.n_across);
        fits.then_some(Self {
            channels: g.channels,
            maps,
            grid: Grid {
                batch,
                down: g.n_down,
                across: g.n_across,
            },
        })
    }

    fn image(&self) -> usize {
        self.channels * 4 * self.grid.down * self.grid.across
    }

    fn of_maps(&self) -> usize {
        self.maps * self.grid.down * self.grid.across
    }

    /// The parts of the batch: how many images, and where they begin.
    fn parts(self) -> impl Iterator<Item = (Self, usize)> {
        let whole = PHASES * PLACES * self.channels.max(self.maps) * self.grid.columns();
        let wanted = self.grid.batch / whole.div_ceil(ROOM).max(1);
        // Whole blocks of strips, as a block costs the same with fewer.
        let unit = lanes::LANES.div_ceil(self.grid.strips_an_image()).max(1);
        let images = (wanted / unit).max(1) * unit;
        (0..self.grid.batch).step_by(images).map(move |first| {
            let mut part = self;
            part.grid.batch = images.min(self.grid.batch - first);
            (part, first)
        })
    }

    /// This part of all images, transformed: `[place, phase, channel, column]`.
    fn inputs(&self, images: &[f32], first: usize) -> Scratch {
        let images = &images[first * self.image()..][..self.grid.batch * self.image()];
        transform::images(self.grid, self.channels, images)
    }

    /// The maps of this part of the batch.
    fn maps_of<'m>(&self, maps: &'m [f32], first: usize) -> &'m [f32] {
        &maps[first * self.of_maps()..][..self.grid.batch * self.of_maps()]
    }

    /// `y` from `x` and `kernel [maps, channels, 4, 4]`.
    pub(crate) fn down(&self, images: &[f32], kernel: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let kernel = kernel::down(self.maps, self.channels, kernel);
        let fill = |out: Shared<'_>| {
            for (part, first) in self.parts() {
                let inputs = part.inputs(images, first);
                part.down_part(&kernel, &inputs, bias, first, out);
            }
        };
        // SAFETY: the parts cover the batch and each writes all maps of its images.
        unsafe { filled(self.grid.batch * self.of_maps(), fill) }
    }

    /// `x` from `y` and `kernel [maps, channels, 4, 4]`.
    pub(crate) fn up(&self, maps: &[f32], kernel: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let kernel = kernel::up(self.maps, self.channels, kernel);
        let fill = |out: Shared<'_>| {
            for (part, first) in self.parts() {
                let inputs = transform::maps(part.grid, part.maps, part.maps_of(maps, first));
                let products = part.products(
                    PHASES * PLACES,
                    (part.channels, part.maps),
                    &kernel,
                    &inputs,
                );
                transform::interleave(part.grid, part.channels, &products, bias, first, out);
            }
        };
        // SAFETY: the parts cover the batch and each writes all pixels of its images.
        unsafe { filled(self.grid.batch * self.image(), fill) }
    }

    /// `K′` from `x` and `y`.
    pub(crate) fn kernel_gradient(&self, images: &[f32], maps: &[f32]) -> Vec<f32> {
        let mut sums = vec![0f32; PLACES * self.maps * PHASES * self.channels];
        for (part, first) in self.parts() {
            let inputs = part.inputs(images, first);
            part.add_gradient(&inputs, part.maps_of(maps, first), &mut sums);
        }
        kernel::back(self.maps, self.channels, &sums)
    }

    /// [`Self::down`] and [`Self::kernel_gradient`] from the same images, transformed once.
    pub(crate) fn down_and_gradient(
        &self,
        images: &[f32],
        kernel: &[f32],
        maps: &[f32],
    ) -> (Vec<f32>, Vec<f32>) {
        let kernel = kernel::down(self.maps, self.channels, kernel);
        let mut sums = vec![0f32; PLACES * self.maps * PHASES * self.channels];
        let fill = |out: Shared<'_>| {
            for (part, first) in self.parts() {
                let inputs = part.inputs(images, first);
                part.down_part(&kernel, &inputs, None, first, out);
                part.add_gradient(&inputs, part.maps_of(maps, first), &mut sums);
            }
        };
        // SAFETY: as in `down`.
        let correlated = unsafe { filled(self.grid.batch * self.of_maps(), fill) };
        let gradient = kernel::back(self.maps, self.channels, &sums);
        (correlated, gradient)
    }

    fn down_part(
        &self,
        kernel: &[f32],
        inputs: &[f32],
        bias: Option<&[f32]>,
        first: usize,
        out: Shared<'_>,
    ) {
        let depth = PHASES * self.channels;
        let products = self.products(PLACES, (self.maps, depth), kernel, inputs);
        transform::outputs(self.grid, self.maps, &products, bias, first, out);
    }

    /// For each place, `kernel [rows, depth] · inputs [depth, columns]`.
    fn products(
        &self,
        places: usize,
        (rows, depth): (usize, usize),
        kernel: &[f32],
        inputs: &[f32],
    ) -> Scratch {
        let columns = self.grid.columns();
        let (pitch_in, pitch_out) = (depth * columns + SKEW, rows * columns + SKEW);
        let mut products = Scratch::take(places * pitch_out);
        let out = Shared::new(&mut products);
        for_each(places, |place| {
            let kernel = &kernel[place * rows * depth..][..rows * depth];
            let inputs = &inputs[place * pitch_in..][..depth * columns];
            let target = out.at(place * pitch_out, rows * columns);
            // SAFETY: lengths were checked; each place has its own rows.
            unsafe {
                multiply(
                    rows,
                    columns,
                    depth,
                    rows_of(kernel, depth),
                    rows_of(inputs, columns),
                    target,
                    columns,
                    false,
                );
            }
        });
        products
    }

    /// Adds this part's products of transformed maps and inputs to `sums [place, map, phase, channel]`.
    fn add_gradient(&self, inputs: &[f32], maps: &[f32], sums: &mut [f32]) {
        let gradients = transform::gradients(self.grid, self.maps, maps);
        let (columns, depth) = (self.grid.columns(), PHASES * self.channels);
        let out = Shared::new(sums);
        for_each(PLACES, |place| {
            let left = &gradients[place * (self.maps * columns + SKEW)..][..self.maps * columns];
            let right = &inputs[place * (depth * columns + SKEW)..][..depth * columns];
            let target = out.at(place * self.maps * depth, self.maps * depth);
            let transposed = Matrix {
                start: right.as_ptr(),
                row: 1,
                column: columns,
            };
            // SAFETY: lengths were checked; each place has its own sums.
            unsafe {
                multiply(
                    self.maps,
                    depth,
                    columns,
                    rows_of(left, columns),
                    transposed,
                    target,
                    depth,
                    true,
                );
            }
        });
    }
}

fn rows_of(values: &[f32], row: usize) -> Matrix {
    Matrix {
        start: values.as_ptr(),
        row,
        column: 1,
    }
}
