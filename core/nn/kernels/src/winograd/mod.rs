//! Convolutions with fewer multiplications, and their gradients, by minimal filtering.
//!
//! ```text
//! down   y[i] = Σ_t K[t]·x[s·i + t − 1]              from images to maps
//! up     x[q] = Σ_t K[t]·y[i]  over s·i + t − 1 = q    from maps to images
//! K′     K′[t] = Σ_i y[i]·x[s·i + t − 1]
//! ```
//! for each of two axes. With s = 2 an image falls into four phases of every second pixel, and a kernel of 4 × 4 taps into
//! four of 2 × 2, each a convolution with s = 1; down sums over phases, up interleaves them. Then, for tiles of outputs,
//!
//! ```text
//! y = Aᵀ·[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]·A
//! ```
//! so that 4 × 4 outputs take 36 multiplications instead of 144 (F(4, 3), [`three`]), 64 instead of 400 (F(4, 5), [`five`]), or 25 instead of 64 (F(4, 2), [`two`]):
//! each is a product of matrices over channels and tiles. A block of tiles is transformed, multiplied and transformed back
//! while it lies in a core's cache. Numbers differ from the direct form in the sixth to seventh digit.
//! Which form is used, and where blocks begin, depends on shapes alone.
#![expect(unsafe_code, reason = "threads write rows of one buffer")]

mod five;
mod form;
mod kernel;
mod lanes;
mod products;
mod staged;
#[cfg(test)]
mod tests;
mod three;
mod tiles;
mod transform;
mod two;
mod write;

use std::marker::PhantomData;

use super::for_each;
use super::geometry::Geometry;
use super::kept::{self, Key, Transformed};
use super::scratch::Scratch;
use super::shared::{Shared, filled};
use form::{Form, Phase};
use kernel::{Taps, Way};
use lanes::LANES;
use products::{Products, add_products};
use tiles::Grid;
use transform::{Finish, Source, Window};
use write::Canvas;

/// Outputs of a tile along one axis.
const M: usize = 4;
/// Numbers between the rows of one place and those of the next: places a power of two apart would share a cache's sets.
const SKEW: usize = 5 * LANES;
/// Numbers that the transformed images and maps of a block of gradients to kernels may take.
const ROOM: usize = 1 << 21;

/// Multiplications by numbers transformed, below which transforms cost more than products save.
const FEWEST_PRODUCTS: usize = 7;
/// Kernels are transformed once a call, which takes as long as some tiles; as many more where they leave the caches.
const FEWEST_TILES: usize = 12;
const FEWEST_TILES_OF_LARGE: usize = 40;
/// Numbers of transformed kernels that stay in a cache.
const CACHED: usize = 1 << 21;

/// Convolutions of 3 × 3 kernels with stride 1 and padding 1.
pub(crate) type Same = Winograd<three::Three, 3, 6>;
/// Convolutions of 5 × 5 kernels with stride 1 and padding 2.
pub(crate) type SameOfFive = Winograd<five::Five, 5, 8>;
/// Convolutions of 4 × 4 kernels with stride 2 and padding 1.
pub(crate) type Halving = Winograd<two::Two, 2, 5>;

/// Numbers from one place of kernels to the next.
fn kernel_pitch(n_kernels: usize) -> usize {
    n_kernels + SKEW
}

/// Numbers from one place of a block to the next.
fn pitch(n_rows: usize, columns: usize) -> usize {
    n_rows * columns + SKEW
}

/// A batch `[batch, channels, STRIDE·height, STRIDE·width]` and its maps `[batch, maps, height, width]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Winograd<F, const R: usize, const T: usize> {
    channels: usize,
    maps: usize,
    grid: Grid,
    form: PhantomData<F>,
}

impl<F: Form<R, T>, const R: usize, const T: usize> Winograd<F, R, T> {
    /// Places of a transformed tile.
    const PLACES: usize = T * T;
    /// Phases of an image.
    const PHASES: usize = F::STRIDE * F::STRIDE;
    /// Taps of a kernel.
    const TAPS: usize = Self::PHASES * R * R;

    /// The algorithm for these shapes, where it applies and gains.
    pub(crate) fn pays(geometry: &Geometry, batch: usize, maps: usize) -> Option<Self> {
        let found = Self::new(geometry, batch, maps)?;
        let products = geometry.channels * maps / (geometry.channels + maps);
        let transformed = Self::PLACES * Self::PHASES * geometry.channels * maps;
        let fewest_tiles = if transformed <= CACHED {
            FEWEST_TILES
        } else {
            FEWEST_TILES_OF_LARGE
        };
        // Of small maps a tile holds little: for each pair of channel and map, multiplications here and of the direct form.
        let tiles = found.grid.tiles();
        let here = Self::PLACES * Self::PHASES * tiles;
        let direct = Self::TAPS * geometry.n_windows() * batch;
        let pays = products >= FEWEST_PRODUCTS && tiles >= fewest_tiles && 2 * direct >= 3 * here;
        pays.then_some(found)
    }

    /// The algorithm for these shapes, where it applies.
    pub(crate) fn new(geometry: &Geometry, batch: usize, maps: usize) -> Option<Self> {
        let g = geometry;
        let fits = (g.kernel, g.stride, g.padding) == (F::STRIDE * R, F::STRIDE, F::BORDER)
            && (g.height, g.width) == (F::STRIDE * g.n_down, F::STRIDE * g.n_across);
        fits.then_some(Self {
            channels: g.channels,
            maps,
            grid: Grid {
                batch,
                height: g.n_down,
                width: g.n_across,
                border: F::BORDER,
            },
            form: PhantomData,
        })
    }

    /// `y`, or `max(y, 0)` if it is rectified, from `x` and `kernel [maps, channels, taps, taps]`.
    pub(crate) fn down(
        &self,
        images: &[f32],
        kernel: &[f32],
        bias: Option<&[f32]>,
        rectified: bool,
    ) -> Vec<f32> {
        let windows = Self::windows(Way::Down);
        let source = self.images(images, &windows);
        let products = Products {
            n_groups: 1,
            n_in: Self::PHASES * self.channels,
            n_out: self.maps,
        };
        let kernel = self.kernels(kernel, Way::Down);
        let finish = Finish { bias, rectified };
        self.convolve::<1>(source, &kernel, products, finish)
    }

    /// `x` from `y` and `kernel [maps, channels, taps, taps]`.
    pub(crate) fn up(&self, maps: &[f32], kernel: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let windows = Self::windows(Way::Up);
        let source = self.maps(maps, &windows);
        let products = Products {
            n_groups: Self::PHASES,
            n_in: self.maps,
            n_out: self.channels,
        };
        let kernel = self.kernels(kernel, Way::Up);
        let rectified = false;
        let finish = Finish { bias, rectified };
        match F::STRIDE {
            1 => self.convolve::<1>(source, &kernel, products, finish),
            _ => self.convolve::<2>(source, &kernel, products, finish),
        }
    }

    /// `K′` from `x` and `y`.
    pub(crate) fn kernel_gradient(&self, images: &[f32], maps: &[f32]) -> Vec<f32> {
        let (grid, n_channels, n_maps) = (self.grid, self.channels, self.maps);
        let depth = Self::PHASES * n_channels;
        let mut sums = Scratch::take(Self::PLACES * kernel_pitch(n_maps * depth));
        sums.fill(0.0);
        let most = ROOM / (Self::PLACES * (depth + n_maps)) / LANES * LANES;
        let most = most.max(3 * LANES);
        let (of_images, of_maps) = (Self::windows(Way::Down), Self::tiles());
        for first in (0..grid.tiles()).step_by(most) {
            let block = grid.block(first, most);
            let columns = block.columns();
            let mut inputs = Scratch::take(Self::PLACES * pitch(depth, columns));
            let mut gradients = Scratch::take(Self::PLACES * pitch(n_maps, columns));
            let (into_inputs, into_gradients) =
                (Shared::new(&mut inputs), Shared::new(&mut gradients));
            for_each(n_channels, |channel| {
                let mut source = self.images(images, &of_images);
                source.planes = channel..channel + 1;
                transform::inward::<F::Input, T, T>(source, &block, into_inputs);
            });
            for_each(n_maps, |map| {
                let mut source = self.maps(maps, &of_maps);
                source.planes = map..map + 1;
                transform::inward::<F::OutputTransposed, M, T>(source, &block, into_gradients);
            });
            let sizes = (Self::PLACES, n_maps, depth);
            add_products(sizes, &gradients, &inputs, &block, Shared::new(&mut sums));
        }
        let phases = Self::phases();
        let taps = self.taps(&phases);
        let fill = |out: Shared<'_>| {
            for_each(n_maps, |map| {
                let n = n_channels * Self::TAPS;
                // SAFETY: every map has kernels of its own.
                let target = unsafe { out.slice(map * n, n) };
                kernel::back::<F::KernelTransposed, T, R>(&sums, taps, (map, n_maps), target);
            });
        };
        // SAFETY: maps, channels and taps cover the whole.
        unsafe { filled(n_maps * n_channels * Self::TAPS, fill) }
    }

    fn phases() -> Vec<[Phase; 2]> {
        Phase::all(F::STRIDE, R, F::BORDER)
    }

    /// The squares of `T × T` pixels that outputs depend on, a window a phase.
    fn windows(way: Way) -> Vec<Window> {
        let window = |pair: [Phase; 2]| match way {
            Way::Down => Window {
                parity: pair.map(|phase| phase.parity),
                ahead: pair.map(|phase| phase.down),
            },
            Way::Up => Window {
                parity: [0; 2],
                ahead: pair.map(|phase| phase.up),
            },
        };
        Self::phases().into_iter().map(window).collect()
    }

    /// The tiles themselves.
    fn tiles() -> [Window; 1] {
        [Window {
            parity: [0; 2],
            ahead: [F::BORDER; 2],
        }]
    }

    fn images<'a>(&self, values: &'a [f32], windows: &'a [Window]) -> Source<'a> {
        Source {
            grid: self.grid,
            values,
            n_planes: self.channels,
            planes: 0..self.channels,
            stride: F::STRIDE,
            windows,
        }
    }

    fn maps<'a>(&self, values: &'a [f32], windows: &'a [Window]) -> Source<'a> {
        Source {
            grid: self.grid,
            values,
            n_planes: self.maps,
            planes: 0..self.maps,
            stride: 1,
            windows,
        }
    }

    fn taps<'a>(&self, phases: &'a [[Phase; 2]]) -> Taps<'a> {
        Taps {
            channels: self.channels,
            stride: F::STRIDE,
            side: F::STRIDE * R,
            phases,
        }
    }

    /// The kernels of all outputs, transformed.
    fn kernels(&self, kernel: &[f32], way: Way) -> Transformed {
        let key = Key::Winograd {
            stride: F::STRIDE,
            n_taps: R,
            maps: self.maps,
            channels: self.channels,
            upwards: way == Way::Up,
        };
        kept::transformed(key, kernel, || self.transform_kernels(kernel, way))
    }

    fn transform_kernels(&self, kernel: &[f32], way: Way) -> Scratch {
        let phases = Self::phases();
        let taps = self.taps(&phases);
        let n_outputs = match way {
            Way::Down => self.maps,
            Way::Up => self.channels,
        };
        let n_kernels = Self::PHASES * self.maps * self.channels;
        let mut transformed = Scratch::take(Self::PLACES * kernel_pitch(n_kernels));
        let out = Shared::new(&mut transformed);
        for_each(n_outputs, |output| {
            kernel::inward::<F::Kernel, R, T>(kernel, taps, way, (output, self.maps), out);
        });
        transformed
    }

    /// Transforms, multiplies and transforms back, a block of tiles a task.
    fn convolve<const S: usize>(
        &self,
        source: Source<'_>,
        kernel: &[f32],
        products: Products,
        finish: Finish<'_>,
    ) -> Vec<f32> {
        let grid = self.grid;
        let (n_blocks, columns) = grid.blocks();
        let fill = |out: Shared<'_>| {
            let canvas = Canvas::<S> {
                grid,
                n_planes: products.n_out,
                out,
            };
            for_each(n_blocks, |i| {
                let block = grid.block(i * columns, columns);
                let n_rows = products.n_groups * products.n_in;
                let mut inputs = Scratch::take(Self::PLACES * pitch(n_rows, block.columns()));
                let into = Shared::new(&mut inputs);
                transform::inward::<F::Input, T, T>(source.clone(), &block, into);
                let results = products.of(Self::PLACES, kernel, &inputs, &block);
                transform::outward::<F::Output, T, S>(canvas, &block, &results, finish);
            });
        };
        // SAFETY: the blocks cover the batch and each writes all planes of its tiles.
        unsafe { filled(grid.batch * products.n_out * S * S * grid.plane(), fill) }
    }
}
