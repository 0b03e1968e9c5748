//! The minimal filtering algorithm F(4, 5): its transforms along one axis.
//!
//! ```text
//! y = Aᵀ·[(G·g) ⊙ (Bᵀ·d)]        y 4 outputs, g 5 taps, d 8 inputs: 8 multiplications instead of 20
//! ```
//! The points are 0, a, −a, b, −b, c, −c and infinity with a = ½, b = 1 and c = 2; the matrices follow from them as in
//! [`super::three`], and the sums below are these matrices with what each pair ±p shares taken out.
//!
//! All constants of A and B are exact in float32. With eight points some digits are lost: errors are about four times those of
//! F(4, 3), of which no other choice of these points among simple fractions has fewer.
//!
//! # Source
//! As of [`super::three`].
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

use super::M;
use super::form::Form;
use super::lanes::Along;

/// Taps along one axis.
const R: usize = 5;
/// Inputs of a tile along one axis.
const T: usize = M + R - 1;

/// The points ±a and ±c; b is 1.
pub(super) const NEAR: f32 = 0.5;
pub(super) const FAR: f32 = 2.0;
const NEAR_2: f32 = NEAR * NEAR;
const FAR_2: f32 = FAR * FAR;
/// The coefficients of `(x² − a²)·(x² − 1)·(x² − c²) = x⁶ − SUM·x⁴ + PAIRS·x² − PRODUCT`.
const SUM: f32 = NEAR_2 + 1.0 + FAR_2;
const PAIRS: f32 = NEAR_2 + FAR_2 + PRODUCT;
const PRODUCT: f32 = NEAR_2 * FAR_2;
/// `Π_{l≠j} (p_j − p_l)` of ±a, ±b and ±c, inverse.
const OF_NEAR: f32 = 1.0 / (2.0 * NEAR_2 * (NEAR_2 - 1.0) * (NEAR_2 - FAR_2));
const OF_ONE: f32 = 1.0 / (2.0 * (1.0 - NEAR_2) * (1.0 - FAR_2));
const OF_FAR: f32 = 1.0 / (2.0 * FAR_2 * (FAR_2 - NEAR_2) * (FAR_2 - 1.0));

/// Kernels of 5 × 5 taps that move by one pixel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Five;

impl Form<R, T> for Five {
    const STRIDE: usize = 1;
    const BORDER: usize = 2;
    type Input = Input;
    type Output = Output;
    type OutputTransposed = OutputTransposed;
    type Kernel = Kernel;
    type KernelTransposed = KernelTransposed;
}

/// Bᵀ·d
pub(crate) struct Input;

impl Along<T, T> for Input {
    #[inline(always)]
    fn apply([d0, d1, d2, d3, d4, d5, d6, d7]: [f32; T]) -> [f32; T] {
        // x⁴ − (p² + q²)·x² + p²·q² of the other two pairs, even powers and odd ones.
        let near = |x0: f32, x2: f32, x4: f32| x4 - x2 * (1.0 + FAR_2) + x0 * FAR_2;
        let one = |x0: f32, x2: f32, x4: f32| x4 - x2 * (NEAR_2 + FAR_2) + x0 * PRODUCT;
        let far = |x0: f32, x2: f32, x4: f32| x4 - x2 * (NEAR_2 + 1.0) + x0 * NEAR_2;
        let (near_even, near_odd) = (near(d2, d4, d6), near(d1, d3, d5) * NEAR);
        let (one_even, one_odd) = (one(d2, d4, d6), one(d1, d3, d5));
        let (far_even, far_odd) = (far(d2, d4, d6), far(d1, d3, d5) * FAR);
        [
            d6 - d4 * SUM + d2 * PAIRS - d0 * PRODUCT,
            near_even + near_odd,
            near_even - near_odd,
            one_even + one_odd,
            one_even - one_odd,
            far_even + far_odd,
            far_even - far_odd,
            d7 - d5 * SUM + d3 * PAIRS - d1 * PRODUCT,
        ]
    }
}

/// Aᵀ·m
pub(crate) struct Output;

impl Along<T, M> for Output {
    #[inline(always)]
    fn apply([m0, m1, m2, m3, m4, m5, m6, m7]: [f32; T]) -> [f32; M] {
        let (near_even, near_odd) = (m1 + m2, (m1 - m2) * NEAR);
        let (one_even, one_odd) = (m3 + m4, m3 - m4);
        let (far_even, far_odd) = (m5 + m6, (m5 - m6) * FAR);
        [
            m0 + near_even + one_even + far_even,
            near_odd + one_odd + far_odd,
            near_even * NEAR_2 + one_even + far_even * FAR_2,
            near_odd * NEAR_2 + one_odd + far_odd * FAR_2 + m7,
        ]
    }
}

/// A·y: the transpose of [`Output`].
pub(crate) struct OutputTransposed;

impl Along<M, T> for OutputTransposed {
    #[inline(always)]
    fn apply([y0, y1, y2, y3]: [f32; M]) -> [f32; T] {
        let (near_even, near_odd) = (y0 + y2 * NEAR_2, (y1 + y3 * NEAR_2) * NEAR);
        let (one_even, one_odd) = (y0 + y2, y1 + y3);
        let (far_even, far_odd) = (y0 + y2 * FAR_2, (y1 + y3 * FAR_2) * FAR);
        [
            y0,
            near_even + near_odd,
            near_even - near_odd,
            one_even + one_odd,
            one_even - one_odd,
            far_even + far_odd,
            far_even - far_odd,
            y3,
        ]
    }
}

/// G·g
pub(crate) struct Kernel;

impl Along<R, T> for Kernel {
    #[inline(always)]
    fn apply([g0, g1, g2, g3, g4]: [f32; R]) -> [f32; T] {
        let even = |square: f32| g0 + (g2 + g4 * square) * square;
        let odd = |square: f32| g1 + g3 * square;
        let (near_even, near_odd) = (even(NEAR_2) * OF_NEAR, odd(NEAR_2) * (NEAR * OF_NEAR));
        let (one_even, one_odd) = (even(1.0) * OF_ONE, odd(1.0) * OF_ONE);
        let (far_even, far_odd) = (even(FAR_2) * OF_FAR, odd(FAR_2) * (FAR * OF_FAR));
        [
            g0 * (-1.0 / PRODUCT),
            near_even + near_odd,
            near_even - near_odd,
            one_even + one_odd,
            one_even - one_odd,
            far_even + far_odd,
            far_even - far_odd,
            g4,
        ]
    }
}

/// Gᵀ·u: the transpose of [`Kernel`].
pub(crate) struct KernelTransposed;

impl Along<T, R> for KernelTransposed {
    #[inline(always)]
    fn apply([u0, u1, u2, u3, u4, u5, u6, u7]: [f32; T]) -> [f32; R] {
        let (near_even, near_odd) = ((u1 + u2) * OF_NEAR, (u1 - u2) * (NEAR * OF_NEAR));
        let (one_even, one_odd) = ((u3 + u4) * OF_ONE, (u3 - u4) * OF_ONE);
        let (far_even, far_odd) = ((u5 + u6) * OF_FAR, (u5 - u6) * (FAR * OF_FAR));
        [
            u0 * (-1.0 / PRODUCT) + near_even + one_even + far_even,
            near_odd + one_odd + far_odd,
            near_even * NEAR_2 + one_even + far_even * FAR_2,
            near_odd * NEAR_2 + one_odd + far_odd * FAR_2,
            near_even * (NEAR_2 * NEAR_2) + one_even + far_even * (FAR_2 * FAR_2) + u7,
        ]
    }
}
