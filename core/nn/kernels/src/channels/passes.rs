//! What is done along the planes of one channel, compiled for each activation.
#![expect(
    unsafe_code,
    reason = "a channel's planes lie apart in the buffer it is written to"
)]
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use std::marker::PhantomData;

use super::Walk;
use crate::math;
use crate::shared::Shared;
use crate::vectorised::Body;

/// An activation by its value at z and its slope seen from the value y.
pub(super) trait Curve: Send + Sync {
    fn value(z: f32) -> f32;
    fn slope(y: f32) -> f32;
}

pub(super) struct IdentityCurve;
pub(super) struct ReluCurve;
pub(super) struct EluCurve;

impl Curve for IdentityCurve {
    #[inline(always)]
    fn value(z: f32) -> f32 {
        z
    }

    #[inline(always)]
    fn slope(_: f32) -> f32 {
        1.0
    }
}

impl Curve for ReluCurve {
    #[inline(always)]
    fn value(z: f32) -> f32 {
        if z < 0.0 { 0.0 } else { z }
    }

    #[inline(always)]
    fn slope(y: f32) -> f32 {
        if y > 0.0 { 1.0 } else { 0.0 }
    }
}

impl Curve for EluCurve {
    #[inline(always)]
    fn value(z: f32) -> f32 {
        let below = math::exp(if z > 0.0 { 0.0 } else { z }) - 1.0;
        if z > 0.0 { z } else { below }
    }

    #[inline(always)]
    fn slope(y: f32) -> f32 {
        if y > 0.0 { 1.0 } else { y + 1.0 }
    }
}

pub(super) struct Moments<'a>(pub(super) &'a [f32], pub(super) Walk);

impl Body for Moments<'_> {
    type Output = (f32, f32);

    /// Mean and biased variance, in two passes.
    #[inline(always)]
    fn run(self) -> (f32, f32) {
        let Self(x, walk) = self;
        let total: f64 = walk.planes(x).map(|x| f64::from(math::sum(x, |x| x))).sum();
        let mean = (total / walk.numbers()) as f32;
        let squares: f64 = walk
            .planes(x)
            .map(|x| f64::from(math::sum(x, |x| (x - mean) * (x - mean))))
            .sum();
        (mean, (squares / walk.numbers()) as f32)
    }
}

pub(super) struct Affine<'a, C> {
    pub(super) x: &'a [f32],
    pub(super) out: Shared<'a>,
    pub(super) walk: Walk,
    pub(super) scale: f32,
    pub(super) shift: f32,
    pub(super) curve: PhantomData<C>,
}

impl<C: Curve> Body for Affine<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self {
            walk, scale, shift, ..
        } = self;
        for (i, x) in walk.planes(self.x).enumerate() {
            // SAFETY: the planes of a channel belong to one task.
            let out = unsafe { self.out.slice(walk.first + i * walk.step, walk.size) };
            for (y, &x) in out.iter_mut().zip(x) {
                *y = C::value(x * scale + shift);
            }
        }
    }
}

/// Σ d and Σ d·(x − centre), with d = gradient · slope(y).
pub(super) struct Sums<'a, C> {
    pub(super) inputs: [&'a [f32]; 3],
    pub(super) walk: Walk,
    pub(super) centre: f32,
    pub(super) curve: PhantomData<C>,
}

impl<C: Curve> Body for Sums<'_, C> {
    type Output = (f64, f64);

    #[inline(always)]
    fn run(self) -> (f64, f64) {
        let [x, y, gradient] = self.inputs;
        let (mut first, mut second) = (0.0, 0.0);
        for ((x, y), gradient) in self
            .walk
            .planes(x)
            .zip(self.walk.planes(y))
            .zip(self.walk.planes(gradient))
        {
            let (a, b) = math::two_sums(x, y, gradient, |x, y, gradient| {
                let d = gradient * C::slope(y);
                (d, d * (x - self.centre))
            });
            first += f64::from(a);
            second += f64::from(b);
        }
        (first, second)
    }
}

/// `factor·(d − level − (x − centre)·tilt)`, with d = gradient · slope(y).
pub(super) struct ToInput<'a, C> {
    pub(super) inputs: [&'a [f32]; 3],
    pub(super) out: Shared<'a>,
    pub(super) walk: Walk,
    pub(super) factor: f32,
    pub(super) level: f32,
    pub(super) centre: f32,
    pub(super) tilt: f32,
    pub(super) curve: PhantomData<C>,
}

impl<C: Curve> Body for ToInput<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let [x, y, gradient] = self.inputs;
        let Self {
            walk,
            factor,
            level,
            centre,
            tilt,
            ..
        } = self;
        for (i, ((x, y), gradient)) in walk
            .planes(x)
            .zip(walk.planes(y))
            .zip(walk.planes(gradient))
            .enumerate()
        {
            // SAFETY: the planes of a channel belong to one task.
            let out = unsafe { self.out.slice(walk.first + i * walk.step, walk.size) };
            for (((out, &x), &y), &gradient) in out.iter_mut().zip(x).zip(y).zip(gradient) {
                *out = factor * (gradient * C::slope(y) - level - (x - centre) * tilt);
            }
        }
    }
}
