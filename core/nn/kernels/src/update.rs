//! One pass over a parameter, its gradient and an optimiser's moments.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use rayon::prelude::*;

use super::vectorised::{Body, vectorised};
use super::{GRAIN, collect, math};

/// Numbers summed in float32 before they are added in float64.
const BLOCK: usize = 4096;

/// Σ x², in blocks of fixed size that are added in order.
pub fn sum_of_squares(x: &[f32]) -> f64 {
    struct Squares<'a>(&'a [f32]);
    impl Body for Squares<'_> {
        type Output = f32;

        #[inline(always)]
        fn run(self) -> f32 {
            math::sum(self.0, |x| x * x)
        }
    }
    let blocks = collect(x.len().div_ceil(BLOCK), BLOCK, |i| {
        f64::from(vectorised(Squares(
            &x[i * BLOCK..x.len().min((i + 1) * BLOCK)],
        )))
    });
    blocks.iter().sum()
}

/// Adam's constants in one step.
#[derive(Clone, Copy)]
pub struct AdamRule {
    /// What the gradient is multiplied by: clipping, unitless.
    pub factor: f32,
    /// Weight decay, in one over the unit of the gradient.
    pub decay: f32,
    /// β₁, the memory of the gradient.
    pub beta1: f32,
    /// β₂, the memory of its square.
    pub beta2: f32,
    /// 1 − β₁.
    pub keep1: f32,
    /// 1 − β₂.
    pub keep2: f32,
    /// η/(1 − β₁ᵏ) at step k.
    pub step: f32,
    /// 1/(1 − β₂ᵏ) at step k.
    pub second: f32,
    /// ε, what keeps the root from zero.
    pub eps: f32,
}

/// One step of Adam.
pub fn adam(w: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32], rule: &AdamRule) {
    struct Step<'a>(
        &'a mut [f32],
        &'a mut [f32],
        &'a mut [f32],
        &'a [f32],
        AdamRule,
    );
    impl Body for Step<'_> {
        type Output = ();

        #[inline(always)]
        fn run(self) {
            let Self(w, m, v, g, r) = self;
            for (((w, m), v), g) in w.iter_mut().zip(m).zip(v).zip(g) {
                let g = g * r.factor + r.decay * *w;
                *m = r.beta1 * *m + r.keep1 * g;
                *v = r.beta2 * *v + r.keep2 * (g * g);
                *w -= r.step * *m / ((*v * r.second).sqrt() + r.eps);
            }
        }
    }
    let chunks = w
        .par_chunks_mut(GRAIN)
        .zip(m.par_chunks_mut(GRAIN))
        .zip(v.par_chunks_mut(GRAIN))
        .zip(g.par_chunks(GRAIN));
    chunks.for_each(|(((w, m), v), g)| vectorised(Step(w, m, v, g, *rule)));
}

/// The constants of a step of gradient descent.
#[derive(Clone, Copy)]
pub struct SgdRule {
    /// What the gradient is multiplied by: clipping, unitless.
    pub factor: f32,
    /// Weight decay.
    pub decay: f32,
    /// The memory of earlier steps.
    pub momentum: f32,
    /// η, the step.
    pub step: f32,
}

/// One step of gradient descent.
pub fn sgd(w: &mut [f32], v: &mut [f32], g: &[f32], rule: &SgdRule) {
    let chunks = w
        .par_chunks_mut(GRAIN)
        .zip(v.par_chunks_mut(GRAIN))
        .zip(g.par_chunks(GRAIN));
    chunks.for_each(|((w, v), g)| {
        for ((w, v), g) in w.iter_mut().zip(v).zip(g) {
            *v = rule.momentum * *v + (g * rule.factor + rule.decay * *w);
            *w -= rule.step * *v;
        }
    });
}
