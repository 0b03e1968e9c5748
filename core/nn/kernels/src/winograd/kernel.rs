//! Kernels into the transformed domain, and their gradients back.
#![expect(unsafe_code, reason = "threads write rows of one buffer")]
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use std::marker::PhantomData;

use super::super::shared::Shared;
use super::super::vectorised::{Body, vectorised};
use super::form::Phase;
use super::kernel_pitch;
use super::lanes::{Along, BothAxes, LANES, Lane};

/// Where the taps of a phase lie in the kernels `[maps, channels, side, side]`.
#[derive(Clone, Copy)]
pub(super) struct Taps<'a> {
    pub(super) channels: usize,
    pub(super) stride: usize,
    /// Taps of a kernel along one axis.
    pub(super) side: usize,
    pub(super) phases: &'a [[Phase; 2]],
}

impl Taps<'_> {
    /// Where tap (i, j) of a phase stands in a kernel.
    #[inline(always)]
    fn at(&self, [down, across]: [Phase; 2], i: usize, j: usize) -> usize {
        (self.stride * i + down.tap) * self.side + self.stride * j + across.tap
    }

    /// Taps of a kernel.
    fn size(&self) -> usize {
        self.side * self.side
    }
}

/// The way of a convolution.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From channels to maps, summed over phases.
    Down,
    /// From maps to channels of each phase, with every kernel turned around.
    Up,
}

/// The kernels of one output: `[place, map, phase, channel]` on the way down, `[place, phase, channel, map]` up.
pub(super) fn inward<A: Along<R, T>, const R: usize, const T: usize>(
    kernels: &[f32],
    taps: Taps<'_>,
    way: Way,
    (output, maps): (usize, usize),
    out: Shared<'_>,
) {
    vectorised(Inward::<A, R, T> {
        kernels,
        taps,
        way,
        output,
        maps,
        out,
        along: PhantomData,
    });
}

/// `G·g·Gᵀ`: the body of [`inward`].
struct Inward<'a, A, const R: usize, const T: usize> {
    kernels: &'a [f32],
    taps: Taps<'a>,
    way: Way,
    output: usize,
    maps: usize,
    out: Shared<'a>,
    along: PhantomData<A>,
}

impl<A: Along<R, T>, const R: usize, const T: usize> Body for Inward<'_, A, R, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self {
            taps, output, maps, ..
        } = self;
        let (channels, size, n_phases) = (taps.channels, taps.size(), taps.phases.len());
        // Inputs of an output, how far apart their kernels lie, and where those of the output begin.
        let (n_in, of_input, start) = match self.way {
            Way::Down => (channels, size, output * channels * size),
            Way::Up => (maps, channels * size, output * size),
        };
        let pitch = kernel_pitch(n_phases * channels * maps);
        let mut transform = BothAxes::<A, R, T>::new();
        for (phase, &pair) in taps.phases.iter().enumerate() {
            let row = match self.way {
                Way::Down => (output * n_phases + phase) * channels,
                Way::Up => (phase * channels + output) * maps,
            };
            for first in (0..n_in).step_by(LANES) {
                let n = LANES.min(n_in - first);
                let mut square = [[Lane::ZERO; R]; R];
                for lane in 0..n {
                    let kernel = &self.kernels[start + (first + lane) * of_input..][..size];
                    for (i, lanes) in square.iter_mut().enumerate() {
                        for (j, lanes) in lanes.iter_mut().enumerate() {
                            lanes.0[lane] = kernel[taps.at(pair, i, j)];
                        }
                    }
                }
                if self.way == Way::Up {
                    square.as_flattened_mut().reverse();
                }
                for (place, lane) in transform.of(&square).iter().flatten().enumerate() {
                    // SAFETY: every output has places of its own.
                    let target = unsafe { self.out.slice(place * pitch + row + first, n) };
                    match <&mut [f32; LANES]>::try_from(&mut *target) {
                        Ok(target) => *target = lane.0,
                        Err(_) => target.copy_from_slice(&lane.0[..n]),
                    }
                }
            }
        }
    }
}

/// Sums `[place, map, phase, channel]` to the gradients `[channel, side, side]` of the kernels of one map.
pub(super) fn back<A: Along<T, R>, const T: usize, const R: usize>(
    sums: &[f32],
    taps: Taps<'_>,
    (map, maps): (usize, usize),
    gradients: &mut [f32],
) {
    vectorised(Back::<A, T, R> {
        sums,
        taps,
        map,
        maps,
        gradients,
        along: PhantomData,
    });
}

/// `Gᵀ·u·G`: the body of [`back`].
struct Back<'a, A, const T: usize, const R: usize> {
    sums: &'a [f32],
    taps: Taps<'a>,
    map: usize,
    maps: usize,
    gradients: &'a mut [f32],
    along: PhantomData<A>,
}

impl<A: Along<T, R>, const T: usize, const R: usize> Body for Back<'_, A, T, R> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self {
            taps, map, maps, ..
        } = self;
        let (channels, size, n_phases) = (taps.channels, taps.size(), taps.phases.len());
        let pitch = kernel_pitch(n_phases * channels * maps);
        let mut transform = BothAxes::<A, T, R>::new();
        for (phase, &pair) in taps.phases.iter().enumerate() {
            for first in (0..channels).step_by(LANES) {
                let n = LANES.min(channels - first);
                let mut square = [[Lane::ZERO; T]; T];
                for (place, lane) in square.iter_mut().flatten().enumerate() {
                    let row = (map * n_phases + phase) * channels;
                    let sums = &self.sums[place * pitch + row + first..][..n];
                    match <[f32; LANES]>::try_from(sums) {
                        Ok(sums) => lane.0 = sums,
                        Err(_) => lane.0[..n].copy_from_slice(sums),
                    }
                }
                let gradient = transform.of(&square);
                for lane in 0..n {
                    let target = &mut self.gradients[(first + lane) * size..][..size];
                    for (i, lanes) in gradient.iter().enumerate() {
                        for (j, lanes) in lanes.iter().enumerate() {
                            target[taps.at(pair, i, j)] = lanes.0[lane];
                        }
                    }
                }
            }
        }
    }
}
