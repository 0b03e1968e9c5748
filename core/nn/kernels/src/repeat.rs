//! Each pixel of an image several times, down and across, and the sums that carry gradients back.
//!
//! ```text
//! y[i, j]  = x[⌊i/f⌋, ⌊j/f⌋]
//! x′[i, j] = Σ_{a, b < f} y′[f·i + a, f·j + b]
//! ```
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use rayon::prelude::*;

use super::GRAIN;
use super::vectorised::{Body, vectorised};

/// Rows `[.., width]` to rows `[.., factor, width·factor]`: each row `factor` times, and each number in it.
///
/// # Panics
/// If `width` or `factor` is 0, which is a mistake of the caller.
pub fn repeat(x: &[f32], width: usize, factor: usize) -> Vec<f32> {
    let many = factor * factor * width;
    let mut y = vec![0f32; x.len() / width * many];
    let rows = GRAIN.div_ceil(many);
    y.par_chunks_mut(rows * many)
        .zip(x.par_chunks(rows * width))
        .for_each(|(y, x)| {
            vectorised(Repeat {
                x,
                y,
                width,
                factor,
            });
        });
    y
}

/// The transpose of [`repeat`]: rows `[.., factor, width·factor]` to rows `[.., width]`.
///
/// # Panics
/// If `width` or `factor` is 0, which is a mistake of the caller.
pub fn sum_repeated(y: &[f32], width: usize, factor: usize) -> Vec<f32> {
    let many = factor * factor * width;
    let mut x = vec![0f32; y.len() / many * width];
    let rows = GRAIN.div_ceil(many);
    x.par_chunks_mut(rows * width)
        .zip(y.par_chunks(rows * many))
        .for_each(|(x, y)| {
            vectorised(Sum {
                y,
                x,
                width,
                factor,
            });
        });
    x
}

struct Repeat<'a> {
    x: &'a [f32],
    y: &'a mut [f32],
    width: usize,
    factor: usize,
}

impl Body for Repeat<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self {
            x,
            y,
            width,
            factor,
        } = self;
        let wide = width * factor;
        for (y, x) in y.chunks_exact_mut(factor * wide).zip(x.chunks_exact(width)) {
            let (first, others) = y.split_at_mut(wide);
            if factor == 2 {
                for (pair, &x) in first.as_chunks_mut::<2>().0.iter_mut().zip(x) {
                    *pair = [x; 2];
                }
            } else {
                for (numbers, &x) in first.chunks_exact_mut(factor).zip(x) {
                    numbers.fill(x);
                }
            }
            for other in others.chunks_exact_mut(wide) {
                other.copy_from_slice(first);
            }
        }
    }
}

struct Sum<'a> {
    y: &'a [f32],
    x: &'a mut [f32],
    width: usize,
    factor: usize,
}

impl Body for Sum<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self {
            y,
            x,
            width,
            factor,
        } = self;
        let wide = width * factor;
        for (x, y) in x.chunks_exact_mut(width).zip(y.chunks_exact(factor * wide)) {
            for y in y.chunks_exact(wide) {
                if factor == 2 {
                    for (x, [left, right]) in x.iter_mut().zip(y.as_chunks::<2>().0) {
                        *x += left + right;
                    }
                } else {
                    for (x, y) in x.iter_mut().zip(y.chunks_exact(factor)) {
                        *x += y.iter().sum::<f32>();
                    }
                }
            }
        }
    }
}
