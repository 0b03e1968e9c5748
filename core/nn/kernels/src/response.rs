//! Local response normalisation over neighbouring channels of `[batch, channels, size]`.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use rayon::prelude::*;

use super::channels::Planes;
use super::vectorised::{Body, vectorised};

/// `y = x·s^−β` with `s = k + α·Σ x²` over `half` channels to each side, of x or of max(x, floor).
#[derive(Clone, Copy, Debug)]
pub struct Response {
    /// Shape of x.
    pub planes: Planes,
    /// Channels to each side that take part.
    pub half: usize,
    /// k, unitless.
    pub k: f32,
    /// α, in one over the squared unit of x.
    pub alpha: f32,
    /// β, unitless.
    pub beta: f32,
    /// Smallest value: x is replaced by max(x, floor) first; −∞ to leave x as it is.
    pub floor: f32,
}

impl Response {
    /// The results y and the sums s, one each for every number of x.
    pub fn forward(&self, x: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let size = self.planes.size;
        let (mut y, mut s) = (vec![0f32; x.len()], vec![0f32; x.len()]);
        y.par_chunks_exact_mut(size)
            .zip(s.par_chunks_exact_mut(size))
            .enumerate()
            .with_min_len(self.planes_a_task())
            .for_each(|(plane, (y, s))| {
                s.fill(0.0);
                for neighbour in self.neighbours(plane) {
                    let x = &x[neighbour * size..][..size];
                    s.iter_mut().zip(x).for_each(|(s, x)| {
                        let x = x.max(self.floor);
                        *s += x * x;
                    });
                }
                s.iter_mut().for_each(|s| *s = self.k + self.alpha * *s);
                vectorised(Divide {
                    y,
                    x: &x[plane * size..][..size],
                    s,
                    beta: self.beta,
                    floor: self.floor,
                });
            });
        (y, s)
    }

    /// `x′ = g·s^−β − 2αβ·x·Σ g·y/s`, the sum over the same neighbours.
    pub fn backward(&self, x: &[f32], y: &[f32], s: &[f32], gradient: &[f32]) -> Vec<f32> {
        let size = self.planes.size;
        let mut shares = vec![0f32; x.len()];
        shares
            .par_chunks_exact_mut(size)
            .enumerate()
            .with_min_len(self.planes_a_task())
            .for_each(|(plane, shares)| {
                let at = plane * size..(plane + 1) * size;
                let inputs = gradient[at.clone()].iter().zip(&y[at.clone()]).zip(&s[at]);
                shares
                    .iter_mut()
                    .zip(inputs)
                    .for_each(|(share, ((gradient, y), s))| *share = gradient * y / s);
            });
        let mut result = vec![0f32; x.len()];
        result
            .par_chunks_exact_mut(size)
            .enumerate()
            .with_min_len(self.planes_a_task())
            .for_each(|(plane, result)| {
                let at = plane * size..(plane + 1) * size;
                let mut sums = vec![0f32; size];
                for neighbour in self.neighbours(plane) {
                    sums.iter_mut()
                        .zip(&shares[neighbour * size..][..size])
                        .for_each(|(sum, share)| *sum += share);
                }
                vectorised(Divide {
                    y: result,
                    x: &gradient[at.clone()],
                    s: &s[at.clone()],
                    beta: self.beta,
                    floor: f32::NEG_INFINITY,
                });
                let factor = 2.0 * self.alpha * self.beta;
                result
                    .iter_mut()
                    .zip(&x[at])
                    .zip(&sums)
                    .for_each(|((result, x), sum)| {
                        let slope = *result - factor * x * sum;
                        *result = if *x > self.floor { slope } else { 0.0 };
                    });
            });
        result
    }

    fn planes_a_task(&self) -> usize {
        super::GRAIN.div_ceil(self.planes.size.max(1))
    }

    fn neighbours(&self, plane: usize) -> std::ops::Range<usize> {
        let channel = plane % self.planes.channels;
        let first = plane - channel;
        first + channel.saturating_sub(self.half)
            ..first + self.planes.channels.min(channel + self.half + 1)
    }
}

/// `y = x·s^−β`.
struct Divide<'a> {
    y: &'a mut [f32],
    x: &'a [f32],
    s: &'a [f32],
    beta: f32,
    floor: f32,
}

impl Body for Divide<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let columns = self.y.iter_mut().zip(self.x).zip(self.s);
        if (self.beta - 0.75).abs() < f32::EPSILON {
            // s^¾ by two square roots, which are vector instructions.
            columns.for_each(|((y, x), s)| *y = x.max(self.floor) / (s.sqrt() * s.sqrt().sqrt()));
        } else {
            columns.for_each(|((y, x), s)| *y = x.max(self.floor) * s.powf(-self.beta));
        }
    }
}
