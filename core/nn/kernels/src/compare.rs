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
    /// The distance and its derivative with respect to the value.
    fn of(self, target: f32, value: f32) -> Compared;
}

/// What a distance says of one number.
#[derive(Clone, Copy)]
pub struct Compared {
    /// How far the value lies from its target: presence in nats, magnitude in the squared unit of the activations.
    pub distance: f32,
    /// How much of a number it counts for.
    pub counts: f32,
    /// The derivative of the distance with respect to the value.
    pub slope: f32,
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
    fn of(self, target: f32, value: f32) -> Compared {
        let logit = self.steepness * (self.sign * value - self.threshold);
        // Where it is present, log(1 + e⁻ᵍ) = log(1 + eᵍ) − g, whose slope along g is σ(g) − 1 = −σ(−g).
        let side = if self.sign * target > self.threshold {
            -1.0
        } else {
            1.0
        };
        let (distance, slope) = math::softplus_and_slope(side * logit);
        Compared {
            distance,
            counts: 1.0,
            slope: self.sign * self.steepness * side * slope,
        }
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
    fn of(self, target: f32, value: f32) -> Compared {
        let counts = if self.sign * target > self.threshold {
            1.0
        } else {
            0.0
        };
        let difference = value - target;
        Compared {
            distance: counts * difference * difference,
            counts,
            slope: 2.0 * counts * difference,
        }
    }
}

/// Sums over one image.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    /// Of the distances.
    pub distance: f64,
    /// Of what they count for.
    pub counts: f64,
}

/// For each of `n_images`, the sums of what a distance says.
pub fn sums<D: Distance>(n_images: usize, target: &[f32], value: &[f32], distance: D) -> Vec<Sums> {
    let size = (target.len() / n_images.max(1)).max(1);
    target
        .par_chunks(size)
        .zip(value.par_chunks(size))
        .map(|(target, value)| {
            let parts = target.par_chunks(GRAIN).zip(value.par_chunks(GRAIN));
            add(parts.map(|(target, value)| {
                vectorised(Sum {
                    target,
                    value,
                    distance,
                })
            }))
        })
        .collect()
}

/// [`sums`], and in the place of `slopes` the slope of each number.
pub fn sums_and_slopes<D: Distance>(
    n_images: usize,
    target: &[f32],
    value: &[f32],
    distance: D,
    slopes: &mut [f32],
) -> Vec<Sums> {
    let size = (target.len() / n_images.max(1)).max(1);
    target
        .par_chunks(size)
        .zip(value.par_chunks(size))
        .zip(slopes.par_chunks_mut(size))
        .map(|((target, value), slopes)| {
            let parts = target.par_chunks(GRAIN).zip(value.par_chunks(GRAIN));
            add(parts
                .zip(slopes.par_chunks_mut(GRAIN))
                .map(|((target, value), slopes)| {
                    vectorised(SumAndSlopes {
                        target,
                        value,
                        distance,
                        slopes,
                    })
                }))
        })
        .collect()
}

/// The sums of an image from those of its parts, in their order.
fn add(parts: impl IndexedParallelIterator<Item = (f32, f32)>) -> Sums {
    let parts: Vec<(f32, f32)> = parts.collect();
    parts.iter().fold(Sums::default(), |sums, part| Sums {
        distance: sums.distance + f64::from(part.0),
        counts: sums.counts + f64::from(part.1),
    })
}

/// Multiplies the numbers of each image by its factor.
pub fn scale_images(numbers: &mut [f32], factors: &[f32]) {
    let size = (numbers.len() / factors.len().max(1)).max(1);
    let images = numbers.par_chunks_mut(size).zip(factors);
    images.for_each(|(image, factor)| image.iter_mut().for_each(|number| *number *= factor));
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
        let distance = self.distance;
        math::two_sums(self.target, self.value, self.value, |target, value, _| {
            let compared = distance.of(target, value);
            (compared.distance, compared.counts)
        })
    }
}

struct SumAndSlopes<'a, D> {
    target: &'a [f32],
    value: &'a [f32],
    distance: D,
    slopes: &'a mut [f32],
}

impl<D: Distance> Body for SumAndSlopes<'_, D> {
    type Output = (f32, f32);

    #[inline(always)]
    fn run(self) -> (f32, f32) {
        let (mut distances, mut counts) = ([0f32; LANES], [0f32; LANES]);
        let (targets, last_target) = self.target.as_chunks::<LANES>();
        let (values, last_value) = self.value.as_chunks::<LANES>();
        let (slopes, last_slope) = self.slopes.as_chunks_mut::<LANES>();
        for ((target, value), slope) in targets.iter().zip(values).zip(slopes) {
            for i in 0..LANES {
                let compared = self.distance.of(target[i], value[i]);
                distances[i] += compared.distance;
                counts[i] += compared.counts;
                slope[i] = compared.slope;
            }
        }
        let (mut distance, mut count) = (distances.iter().sum::<f32>(), counts.iter().sum::<f32>());
        let last = last_target.iter().zip(last_value).zip(last_slope);
        for ((&target, &value), slope) in last {
            let compared = self.distance.of(target, value);
            distance += compared.distance;
            count += compared.counts;
            *slope = compared.slope;
        }
        (distance, count)
    }
}
