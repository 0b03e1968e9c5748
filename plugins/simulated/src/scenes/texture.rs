//! Random fields whose amplitude falls as a power of frequency.

use std::sync::Arc;

use lab_core::rng::Stream;
use rand_distr::{Distribution, StandardNormal};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

/// Makes square fields of one size.
pub(super) struct Textures {
    size: usize,
    fft: Arc<dyn Fft<f64>>,
}

impl Textures {
    pub(super) fn new(size: usize) -> Self {
        Self {
            size,
            fft: FftPlanner::new().plan_fft_inverse(size),
        }
    }

    /// White noise filtered to amplitude `f^−exponent`, with mean 0 and variance 1: `[size, size]`.
    pub(super) fn draw(&self, exponent: f64, rng: &mut Stream) -> Vec<f64> {
        let size = self.size;
        let mut field: Vec<Complex<f64>> = (0..size * size)
            .map(|idx| {
                let cycles = |index: usize| index.min(size - index) as f64;
                let frequency = cycles(idx / size).hypot(cycles(idx % size));
                let amplitude = if frequency > 0.0 {
                    frequency.powf(-exponent)
                } else {
                    0.0
                };
                Complex::new(normal(rng), normal(rng)) * amplitude
            })
            .collect();
        // Rows, then columns; the field may come out transposed, as it looks alike in both directions.
        for _ in 0..2 {
            self.fft.process(&mut field);
            field = (0..size * size)
                .map(|idx| field[idx % size * size + idx / size])
                .collect();
        }
        let real: Vec<f64> = field.iter().map(|value| value.re).collect();
        let variance = real.iter().map(|value| value * value).sum::<f64>() / real.len() as f64;
        let sd = variance.sqrt().max(f64::MIN_POSITIVE);
        real.into_iter().map(|value| value / sd).collect()
    }
}

fn normal(rng: &mut Stream) -> f64 {
    StandardNormal.sample(rng)
}
