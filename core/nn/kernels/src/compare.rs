//! Distances between two sets of numbers, image by image, and their gradients.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use rayon::prelude::*;

use super::GRAIN;
use super::math;
use super::vectorised::{Body, vectorised};

/// Numbers summed side by side.
const LANES: usize = 16;

/// A distance of a value from its target, and its slope along the value.
pub trait Distance: Copy + Send + Sync {
    /// The distance, and how much of a number it counts for.
    fn value(self, target: f32, value: f32) -> (f32, f32);
    /// The derivative of the distance with respect to the value.
    fn slope(self, target: f32, value: f32) -> f32;
}

/// Cross-entropy of logits `k·(sign·v − θ)` against `sign·t > θ`.
#[derive(Clone, Copy)]
pub struct Presence {
    /// +1 where high activations are present ones, −1 where low ones are, unitless.
    pub sign: f32,
    /// θ, in the unit of the activations.
    pub threshold: f32,
    /// k, in one over the unit of the activations.
    pub steepness: f32,
}

impl Distance for Presence {
    #[inline(always)]
    fn value(self, target: f32, value: f32) -> (f32, f32) {
        let logit = self.steepness * (self.sign * value - self.threshold);
        let present = self.sign * target > self.threshold;
        (math::softplus(if present { -logit } else { logit }), 1.0)
    }

    #[inline(always)]
    fn slope(self, target: f32, value: f32) -> f32 {
        let logit = self.steepness * (self.sign * value - self.threshold);
        let present = if self.sign * target > self.threshold {
            1.0
        } else {
            0.0
        };
        self.sign * self.steepness * (math::sigmoid(logit) - present)
    }
}

/// Squared difference where `sign·t > θ`.
#[derive(Clone, Copy)]
pub struct Magnitude {
    /// +1 where high activations count, −1 where low ones do, unitless.
    pub sign: f32,
    /// θ, in the unit of the activations.
    pub threshold: f32,
}

impl Distance for Magnitude {
    #[inline(always)]
    fn value(self, target: f32, value: f32) -> (f32, f32) {
        let counts = if self.sign * target > self.threshold {
            1.0
        } else {
            0.0
        };
        let difference = value - target;
        (counts * difference * difference, counts)
    }

    #[inline(always)]
    fn slope(self, target: f32, value: f32) -> f32 {
        let counts = if self.sign * target > self.threshold {
            2.0
        } else {
            0.0
        };
        counts * (value - target)
    }
}

/// For each of `n_images`, the sum of the distances and of what they count for.
pub fn sums<D: Distance>(
    n_images: usize,
    target: &[f32],
    value: &[f32],
    distance: D,
) -> Vec<(f64, f64)> {
    let size = target.len() / n_images.max(1);
    let image = |(target, value): (&[f32], &[f32])| {
        let parts = target.par_chunks(GRAIN).zip(value.par_chunks(GRAIN));
        let parts: Vec<(f32, f32)> = parts
            .map(|(target, value)| {
                vectorised(Sum {
                    target,
                    value,
                    distance,
                })
            })
            .collect();
        parts.iter().fold((0.0, 0.0), |sum, part| {
            (sum.0 + f64::from(part.0), sum.1 + f64::from(part.1))
        })
    };
    target
        .par_chunks(size.max(1))
        .zip(value.par_chunks(size.max(1)))
        .map(image)
        .collect()
}

/// The slopes of all numbers times their image's factor.
pub fn slopes<D: Distance>(
    target: &[f32],
    value: &[f32],
    factors: &[f32],
    distance: D,
) -> Vec<f32> {
    let size = (value.len() / factors.len().max(1)).max(1);
    let mut result = value.to_vec();
    result
        .par_chunks_mut(size)
        .zip(target.par_chunks(size))
        .zip(factors)
        .for_each(|((result, target), &factor)| {
            result
                .par_chunks_mut(GRAIN)
                .zip(target.par_chunks(GRAIN))
                .for_each(|(value, target)| {
                    vectorised(Slope {
                        target,
                        value,
                        factor,
                        distance,
                    });
                });
        });
    result
}

struct Sum<'a, D> {
    target: &'a [f32],
    value: &'a [f32],
    distance: D,
}

impl<D: Distance> Body for Sum<'_, D> {
    type Output = (f32, f32);

    #[inline(always)]
    fn run(self) -> (f32, f32) {
        let (mut sums, mut counts) = ([0f32; LANES], [0f32; LANES]);
        let ((targets, target), (values, value)) = (
            self.target.as_chunks::<LANES>(),
            self.value.as_chunks::<LANES>(),
        );
        for (target, value) in targets.iter().zip(values) {
            for i in 0..LANES {
                let (sum, count) = self.distance.value(target[i], value[i]);
                sums[i] += sum;
                counts[i] += count;
            }
        }
        let (mut sum, mut count) = (sums.iter().sum::<f32>(), counts.iter().sum::<f32>());
        for (&target, &value) in target.iter().zip(value) {
            let (of_sum, of_count) = self.distance.value(target, value);
            sum += of_sum;
            count += of_count;
        }
        (sum, count)
    }
}

struct Slope<'a, D> {
    target: &'a [f32],
    value: &'a mut [f32],
    factor: f32,
    distance: D,
}

impl<D: Distance> Body for Slope<'_, D> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (value, &target) in self.value.iter_mut().zip(self.target) {
            *value = self.factor * self.distance.slope(target, *value);
        }
    }
}
