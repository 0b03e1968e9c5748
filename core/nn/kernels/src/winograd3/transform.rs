//! Into the transformed domain and back: images, maps, kernels and their gradients.
#![expect(unsafe_code, reason = "threads write rows of one buffer")]
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use std::marker::PhantomData;
use std::ops::Range;

use super::super::shared::Shared;
use super::super::vectorised::{Body, vectorised};
use super::super::winograd::lanes::{Along, LANES, Lane, both_axes, both_axes_and};
use super::form;
use super::tiles::{Block, Grid, Place, Staged};
use super::{M, R, T, TAPS, pitch};

/// Planes of a batch `[batch, n_planes, height, width]`, those of each image at `planes` in a row.
#[derive(Clone)]
pub(super) struct Planes<'a> {
    pub(super) grid: Grid,
    pub(super) values: &'a [f32],
    pub(super) n_planes: usize,
    pub(super) planes: Range<usize>,
}

/// The squares that the outputs of a block depend on, to `[place, plane, column]` by Bᵀ.
pub(super) fn inputs(planes: Planes<'_>, block: &Block, out: Shared<'_>) {
    inward::<form::Input, T>(planes, block, out);
}

/// The tiles of a block to `[place, plane, column]` by A.
pub(super) fn gradients(planes: Planes<'_>, block: &Block, out: Shared<'_>) {
    inward::<form::OutputTransposed, M>(planes, block, out);
}

fn inward<A: Along<N, T>, const N: usize>(planes: Planes<'_>, block: &Block, out: Shared<'_>) {
    vectorised(Inward::<N, A> {
        planes,
        block,
        out,
        along: PhantomData,
    });
}

/// The body of [`inward`].
struct Inward<'a, const N: usize, A> {
    planes: Planes<'a>,
    block: &'a Block,
    out: Shared<'a>,
    along: PhantomData<A>,
}

impl<const N: usize, A: Along<N, T>> Body for Inward<'_, N, A> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Planes {
            grid,
            values,
            n_planes,
            planes,
        } = self.planes;
        let columns = self.block.columns();
        let pitch = pitch(n_planes, columns);
        let mut staged = Staged::new(grid, self.block);
        let mut square = [[Lane::ZERO; N]; N];
        for plane in planes.clone() {
            let start =
                |plane: usize| move |image: usize| (image * n_planes + plane) * grid.plane();
            staged.take(self.block, values, start(plane));
            if plane + 1 < planes.end {
                staged.expect(self.block, values, start(plane + 1));
            }
            for column in (0..columns).step_by(LANES) {
                staged.read(self.block, column, &mut square);
                let transformed = both_axes::<A, N, T>(&square);
                for (place, lane) in transformed.iter().flatten().enumerate() {
                    let at = place * pitch + plane * columns + column;
                    // SAFETY: every plane and block has places of its own.
                    unsafe { self.out.slice(at, LANES) }.copy_from_slice(&lane.0);
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

/// Products `[place, plane, column]` of a block to its tiles of `[batch, n_planes, height, width]`.
pub(super) fn outputs(
    grid: Grid,
    block: &Block,
    products: &[f32],
    n_planes: usize,
    finish: Finish<'_>,
    out: Shared<'_>,
) {
    vectorised(Outward {
        grid,
        block,
        products,
        n_planes,
        finish,
        out,
    });
}

/// The body of [`outputs`].
struct Outward<'a> {
    grid: Grid,
    block: &'a Block,
    products: &'a [f32],
    n_planes: usize,
    finish: Finish<'a>,
    out: Shared<'a>,
}

impl Body for Outward<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { grid, n_planes, .. } = self;
        let columns = self.block.columns();
        let pitch = pitch(n_planes, columns);
        let mut product = [[Lane::ZERO; T]; T];
        for plane in 0..n_planes {
            let start = |place: &Place| (place.image * n_planes + plane) * grid.plane();
            let bias = self.finish.bias.map_or(0.0, |bias| bias[plane]);
            let floor = if self.finish.rectified {
                0.0
            } else {
                f32::NEG_INFINITY
            };
            for column in (0..columns).step_by(LANES) {
                let first = plane * columns + column;
                for (place, lane) in product.iter_mut().flatten().enumerate() {
                    lane.0
                        .copy_from_slice(&self.products[place * pitch + first..][..LANES]);
                }
                let finish = |x: f32| at_least(floor, x + bias);
                let tile: [[Lane; M]; M] = both_axes_and::<form::Output, T, M>(&product, finish);
                grid.write(&tile, start, self.block.places(column), self.out);
            }
        }
    }
}

/// The larger one; what is no number stays so.
#[inline(always)]
fn at_least(floor: f32, x: f32) -> f32 {
    if x < floor { floor } else { x }
}

/// How the kernels of a convolution lie: number (output, input, tap) at `output·of_output + input·of_input + tap`.
#[derive(Clone, Copy)]
pub(super) struct Kernels<'a> {
    pub(super) values: &'a [f32],
    pub(super) n_in: usize,
    pub(super) n_out: usize,
    pub(super) of_input: usize,
    pub(super) of_output: usize,
    /// Whether each is turned around.
    pub(super) reversed: bool,
}

/// The kernels of one output to `[place, output, input]`.
pub(super) fn kernels(kernels: Kernels<'_>, output: usize, out: Shared<'_>) {
    vectorised(KernelInward {
        kernels,
        output,
        out,
    });
}

/// `G·g·Gᵀ`: the body of [`kernels`].
struct KernelInward<'a> {
    kernels: Kernels<'a>,
    output: usize,
    out: Shared<'a>,
}

impl Body for KernelInward<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Kernels {
            values,
            n_in,
            n_out,
            of_input,
            of_output,
            reversed,
        } = self.kernels;
        for first in (0..n_in).step_by(LANES) {
            let n = LANES.min(n_in - first);
            let mut taps = [[Lane::ZERO; R]; R];
            for lane in 0..n {
                let start = self.output * of_output + (first + lane) * of_input;
                let kernel = &values[start..][..TAPS];
                for (lanes, tap) in taps.as_flattened_mut().iter_mut().zip(kernel) {
                    lanes.0[lane] = *tap;
                }
            }
            if reversed {
                taps.as_flattened_mut().reverse();
            }
            let transformed: [[Lane; T]; T] = both_axes::<form::Kernel, R, T>(&taps);
            for (place, lane) in transformed.iter().flatten().enumerate() {
                let at = (place * n_out + self.output) * n_in + first;
                // SAFETY: every output has places of its own.
                let target = unsafe { self.out.slice(at, n) };
                match <&mut [f32; LANES]>::try_from(&mut *target) {
                    Ok(target) => *target = lane.0,
                    Err(_) => target.copy_from_slice(&lane.0[..n]),
                }
            }
        }
    }
}

/// Sums `[place, map, channel]` to the gradients `[channel, 3, 3]` of the kernels of one map.
pub(super) fn kernel_gradients(
    sums: &[f32],
    (map, maps): (usize, usize),
    channels: usize,
    gradients: &mut [f32],
) {
    vectorised(KernelOutward {
        sums,
        map,
        maps,
        channels,
        gradients,
    });
}

/// `Gᵀ·u·G`: the body of [`kernel_gradients`].
struct KernelOutward<'a> {
    sums: &'a [f32],
    map: usize,
    maps: usize,
    channels: usize,
    gradients: &'a mut [f32],
}

impl Body for KernelOutward<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let channels = self.channels;
        for first in (0..channels).step_by(LANES) {
            let n = LANES.min(channels - first);
            let mut square = [[Lane::ZERO; T]; T];
            for (place, lane) in square.iter_mut().flatten().enumerate() {
                let at = (place * self.maps + self.map) * channels + first;
                let sums = &self.sums[at..][..n];
                match <[f32; LANES]>::try_from(sums) {
                    Ok(sums) => lane.0 = sums,
                    Err(_) => lane.0[..n].copy_from_slice(sums),
                }
            }
            let taps: [[Lane; R]; R] = both_axes::<form::KernelTransposed, T, R>(&square);
            for (tap, lanes) in taps.iter().flatten().enumerate() {
                for lane in 0..n {
                    self.gradients[(first + lane) * TAPS + tap] = lanes.0[lane];
                }
            }
        }
    }
}
