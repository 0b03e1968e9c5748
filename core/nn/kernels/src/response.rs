//! Local response normalisation over neighbouring channels of `[batch, channels, size]`.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use rayon::prelude::*;

use super::channels::Planes;
use super::scratch::Scratch;
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
    /// The results y.
    pub fn forward(&self, x: &[f32]) -> Vec<f32> {
        let mut y = vec![0f32; x.len()];
        self.each_plane(&mut y, |plane, y| vectorised(Forward(self, plane, x, y)));
        y
    }

    /// `x′ = g·s^−β − 2αβ·x·Σ g·y/s`, the sum over the same neighbours.
    ///
    /// s is summed again: it would take as much memory as x.
    pub fn backward(&self, x: &[f32], y: &[f32], gradient: &[f32]) -> Vec<f32> {
        let mut shares = vec![0f32; x.len()];
        self.each_plane(&mut shares, |plane, shares| {
            vectorised(Shares(self, plane, [x, y, gradient], shares));
        });
        let mut result = vec![0f32; x.len()];
        self.each_plane(&mut result, |plane, result| {
            vectorised(Backward(self, plane, [x, &shares, gradient], result));
        });
        result
    }

    /// Calls `work` with each plane's number and what is written of it.
    fn each_plane(&self, out: &mut [f32], work: impl Fn(usize, &mut [f32]) + Sync + Send) {
        let size = self.planes.size;
        out.par_chunks_exact_mut(size)
            .enumerate()
            .with_min_len(super::GRAIN.div_ceil(size.max(1)))
            .for_each(|(plane, out)| work(plane, out));
    }

    fn neighbours(&self, plane: usize) -> std::ops::Range<usize> {
        let channel = plane % self.planes.channels;
        let first = plane - channel;
        first + channel.saturating_sub(self.half)
            ..first + self.planes.channels.min(channel + self.half + 1)
    }

    /// Where the numbers of a plane stand.
    fn at(&self, plane: usize) -> std::ops::Range<usize> {
        plane * self.planes.size..(plane + 1) * self.planes.size
    }

    /// s of a plane.
    #[inline(always)]
    fn sums(&self, x: &[f32], plane: usize) -> Scratch {
        let mut s = Scratch::take(self.planes.size);
        s.fill(0.0);
        for neighbour in self.neighbours(plane) {
            for (s, x) in s.iter_mut().zip(&x[self.at(neighbour)]) {
                let x = x.max(self.floor);
                *s += x * x;
            }
        }
        for s in s.iter_mut() {
            *s = self.k + self.alpha * *s;
        }
        s
    }

    /// `y = max(x, floor)·s^−β`
    #[inline(always)]
    fn divide(&self, y: &mut [f32], x: &[f32], s: &[f32], floor: f32) {
        let numbers = y.iter_mut().zip(x).zip(s);
        if (self.beta - 0.75).abs() < f32::EPSILON {
            // s^¾ by two square roots, which are vector instructions.
            numbers.for_each(|((y, x), s)| *y = x.max(floor) / (s.sqrt() * s.sqrt().sqrt()));
        } else {
            numbers.for_each(|((y, x), s)| *y = x.max(floor) * s.powf(-self.beta));
        }
    }
}

/// The results of a plane.
struct Forward<'a>(&'a Response, usize, &'a [f32], &'a mut [f32]);

impl Body for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(response, plane, x, y) = self;
        let s = response.sums(x, plane);
        response.divide(y, &x[response.at(plane)], &s, response.floor);
    }
}

/// `g·y/s` of a plane.
struct Shares<'a>(&'a Response, usize, [&'a [f32]; 3], &'a mut [f32]);

impl Body for Shares<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(response, plane, [x, y, gradient], shares) = self;
        let s = response.sums(x, plane);
        let at = response.at(plane);
        let inputs = gradient[at.clone()].iter().zip(&y[at]).zip(s.iter());
        for (share, ((gradient, y), s)) in shares.iter_mut().zip(inputs) {
            *share = gradient * y / s;
        }
    }
}

/// The gradient to a plane, from the shares of its neighbours.
struct Backward<'a>(&'a Response, usize, [&'a [f32]; 3], &'a mut [f32]);

impl Body for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(response, plane, [x, shares, gradient], result) = self;
        let s = response.sums(x, plane);
        let at = response.at(plane);
        response.divide(result, &gradient[at.clone()], &s, f32::NEG_INFINITY);
        let mut sums = s;
        sums.fill(0.0);
        for neighbour in response.neighbours(plane) {
            for (sum, share) in sums.iter_mut().zip(&shares[response.at(neighbour)]) {
                *sum += share;
            }
        }
        let factor = 2.0 * response.alpha * response.beta;
        for ((result, x), sum) in result.iter_mut().zip(&x[at]).zip(sums.iter()) {
            let slope = *result - factor * x * sum;
            *result = if *x > response.floor { slope } else { 0.0 };
        }
    }
}
