//! Functions of one number, over slices.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use rayon::prelude::*;

use super::GRAIN;
use super::math;
use super::vectorised::{Body, vectorised};

/// A differentiable function of one number.
pub trait Function: Send + Sync {
    /// f(x)
    fn value(x: f32) -> f32;
    /// f′(x)
    fn slope(x: f32) -> f32;
}

/// log(1 + eˣ)
pub struct Softplus;

impl Function for Softplus {
    #[inline(always)]
    fn value(x: f32) -> f32 {
        math::softplus(x)
    }

    #[inline(always)]
    fn slope(x: f32) -> f32 {
        math::sigmoid(x)
    }
}

/// 1/(1 + e⁻ˣ)
pub struct Sigmoid;

impl Function for Sigmoid {
    #[inline(always)]
    fn value(x: f32) -> f32 {
        math::sigmoid(x)
    }

    #[inline(always)]
    fn slope(x: f32) -> f32 {
        let e = math::exp(-x.abs());
        e / ((1.0 + e) * (1.0 + e))
    }
}

/// (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ)
pub struct Tanh;

impl Function for Tanh {
    #[inline(always)]
    fn value(x: f32) -> f32 {
        math::tanh(x)
    }

    #[inline(always)]
    fn slope(x: f32) -> f32 {
        let y = math::tanh(x);
        1.0 - y * y
    }
}

/// f over `x`.
pub fn apply<F: Function>(x: &[f32]) -> Vec<f32> {
    struct Apply<'a, F>(&'a mut [f32], std::marker::PhantomData<F>);
    impl<F: Function> Body for Apply<'_, F> {
        type Output = ();

        #[inline(always)]
        fn run(self) {
            for x in self.0 {
                *x = F::value(*x);
            }
        }
    }
    let mut y = x.to_vec();
    y.par_chunks_mut(GRAIN)
        .for_each(|y| vectorised(Apply::<F>(y, std::marker::PhantomData)));
    y
}

/// f′(x)·gradient.
pub fn backward<F: Function>(x: &[f32], gradient: &[f32]) -> Vec<f32> {
    struct Backward<'a, F>(&'a mut [f32], &'a [f32], std::marker::PhantomData<F>);
    impl<F: Function> Body for Backward<'_, F> {
        type Output = ();

        #[inline(always)]
        fn run(self) {
            for (x, gradient) in self.0.iter_mut().zip(self.1) {
                *x = F::slope(*x) * gradient;
            }
        }
    }
    let mut result = x.to_vec();
    result
        .par_chunks_mut(GRAIN)
        .zip(gradient.par_chunks(GRAIN))
        .for_each(|(x, gradient)| vectorised(Backward::<F>(x, gradient, std::marker::PhantomData)));
    result
}

/// max(x, 0)
pub struct Relu;

impl Function for Relu {
    #[inline(always)]
    fn value(x: f32) -> f32 {
        x.max(0.0)
    }

    #[inline(always)]
    fn slope(x: f32) -> f32 {
        if x > 0.0 { 1.0 } else { 0.0 }
    }
}

/// max(x, 0) in place.
pub fn rectify(x: &mut [f32]) {
    struct Rectify<'a>(&'a mut [f32]);
    impl Body for Rectify<'_> {
        type Output = ();

        #[inline(always)]
        fn run(self) {
            for x in self.0 {
                *x = Relu::value(*x);
            }
        }
    }
    x.par_chunks_mut(GRAIN).for_each(|x| vectorised(Rectify(x)));
}

/// max(a + b, 0), one by one.
pub fn add_rectified(a: &[f32], b: &[f32]) -> Vec<f32> {
    struct Add<'a>(&'a mut [f32], &'a [f32]);
    impl Body for Add<'_> {
        type Output = ();

        #[inline(always)]
        fn run(self) {
            for (a, b) in self.0.iter_mut().zip(self.1) {
                *a = Relu::value(*a + b);
            }
        }
    }
    let mut y = a.to_vec();
    y.par_chunks_mut(GRAIN)
        .zip(b.par_chunks(GRAIN))
        .for_each(|(y, b)| vectorised(Add(y, b)));
    y
}

/// Adds `more` to `total`.
pub fn add(total: &mut [f32], more: &[f32]) {
    total
        .par_chunks_mut(GRAIN)
        .zip(more.par_chunks(GRAIN))
        .for_each(|(total, more)| {
            for (total, more) in total.iter_mut().zip(more) {
                *total += more;
            }
        });
}
