//! Kernels into the transformed domain, and their gradients back.
#![expect(unsafe_code, reason = "threads write rows of one buffer")]
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use super::super::for_each;
use super::super::shared::{Shared, filled};
use super::super::vectorised::{Body, vectorised};
use super::form;
use super::lanes::{LANES, Lane, both_axes};
use super::{PHASES, PLACES, R, T};

/// Taps of a kernel.
const TAPS: usize = 16;

/// Kernel `[maps, channels, 4, 4]` to `[place, map, phase, channel]`.
pub(super) fn down(maps: usize, channels: usize, kernel: &[f32]) -> Vec<f32> {
    let fill = |out: Shared<'_>| {
        for_each(maps, |map| {
            vectorised(Inward {
                kernel: &kernel[map * channels * TAPS..],
                n: channels,
                step: TAPS,
                reversed: false,
                out,
                at: |phase, place| ((place * maps + map) * PHASES + phase) * channels,
            });
        });
    };
    // SAFETY: places, maps, phases and channels cover the whole.
    unsafe { filled(PLACES * maps * PHASES * channels, fill) }
}

/// Kernel `[maps, channels, 4, 4]` to `[phase, place, channel, map]`, its taps in reverse.
pub(super) fn up(maps: usize, channels: usize, kernel: &[f32]) -> Vec<f32> {
    let fill = |out: Shared<'_>| {
        for_each(channels, |channel| {
            vectorised(Inward {
                kernel: &kernel[channel * TAPS..],
                n: maps,
                step: channels * TAPS,
                reversed: true,
                out,
                at: |phase, place| ((phase * PLACES + place) * channels + channel) * maps,
            });
        });
    };
    // SAFETY: phases, places, channels and maps cover the whole.
    unsafe { filled(PHASES * PLACES * channels * maps, fill) }
}

/// `G·g·Gᵀ` of `n` kernels, `step` numbers apart; `at` tells where those of a phase and place begin.
struct Inward<'a, At> {
    kernel: &'a [f32],
    n: usize,
    step: usize,
    reversed: bool,
    out: Shared<'a>,
    at: At,
}

impl<At: Fn(usize, usize) -> usize> Body for Inward<'_, At> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for first in (0..self.n).step_by(LANES) {
            let n = LANES.min(self.n - first);
            for phase in 0..PHASES {
                let mut taps = [[Lane::ZERO; R]; R];
                for lane in 0..n {
                    let kernel = &self.kernel[(first + lane) * self.step..][..TAPS];
                    for (a, row) in taps.iter_mut().enumerate() {
                        for (a_across, tap) in row.iter_mut().enumerate() {
                            let [a, a_across] = if self.reversed {
                                [R - 1 - a, R - 1 - a_across]
                            } else {
                                [a, a_across]
                            };
                            tap.0[lane] = kernel[tap_of(phase, a, a_across)];
                        }
                    }
                }
                let transformed: [[Lane; T]; T] = both_axes::<form::Kernel, R, T>(&taps);
                for (place, lane) in transformed.iter().flatten().enumerate() {
                    // SAFETY: every call has places of its own.
                    unsafe { self.out.slice((self.at)(phase, place) + first, n) }
                        .copy_from_slice(&lane.0[..n]);
                }
            }
        }
    }
}

/// Sums `[place, map, phase, channel]` to the gradient `[maps, channels, 4, 4]`.
pub(super) fn back(maps: usize, channels: usize, sums: &[f32]) -> Vec<f32> {
    let fill = |out: Shared<'_>| {
        for_each(maps, |map| {
            vectorised(Outward {
                sums,
                maps,
                map,
                channels,
                // SAFETY: every map has kernels of its own.
                kernel: unsafe { out.slice(map * channels * TAPS, channels * TAPS) },
            });
        });
    };
    // SAFETY: maps, channels, phases and taps cover the whole.
    unsafe { filled(maps * channels * TAPS, fill) }
}

/// `Gᵀ·u·G` of the kernels of one map.
struct Outward<'a> {
    sums: &'a [f32],
    maps: usize,
    map: usize,
    channels: usize,
    kernel: &'a mut [f32],
}

impl Body for Outward<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for first in (0..self.channels).step_by(LANES) {
            let n = LANES.min(self.channels - first);
            for phase in 0..PHASES {
                let mut tile = [[Lane::ZERO; T]; T];
                for (place, lane) in tile.iter_mut().flatten().enumerate() {
                    let at = ((place * self.maps + self.map) * PHASES + phase) * self.channels;
                    lane.0[..n].copy_from_slice(&self.sums[at + first..][..n]);
                }
                let taps: [[Lane; R]; R] = both_axes::<form::KernelTransposed, T, R>(&tile);
                for (a, row) in taps.iter().enumerate() {
                    for (a_across, tap) in row.iter().enumerate() {
                        for lane in 0..n {
                            self.kernel[(first + lane) * TAPS + tap_of(phase, a, a_across)] =
                                tap.0[lane];
                        }
                    }
                }
            }
        }
    }
}

/// Tap `K[2a + b, 2a′ + b′]` of a phase, in a kernel of 4 × 4.
fn tap_of(phase: usize, a: usize, a_across: usize) -> usize {
    (2 * a + phase / 2) * 4 + 2 * a_across + phase % 2
}
