//! The statistics that belong to the moving average of the generator's weights.
//!
//! The average never saw a batch of its own, so that the means and variances of its batch norms are measured at the end,
//! pooled over [`N_BATCHES`] batches of latents from the prior.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::context::Context;
use lab_core::traits::LatentSpace;
use lab_core::weights::Weights;

use crate::generator::{ByBatch, Generator};

/// Batches that the statistics are pooled over.
const N_BATCHES: usize = 32;
/// Latents of a batch.
const BATCH: usize = 64;

/// The weights with the means and variances of their batch norms.
pub(crate) fn with_statistics(
    ctx: &Context,
    generator: &Generator,
    space: LatentSpace,
    weights: &Weights,
) -> Result<Weights> {
    let mut rng = ctx.rng("statistics");
    let mut pooled: Vec<Moments> = Vec::new();
    for _ in 0..N_BATCHES {
        ctx.check_cancelled()?;
        let z = space.sample(&mut rng, BATCH, ctx.device())?;
        let mut norm = ByBatch::new(weights);
        generator.forward(weights, &z, &mut norm)?;
        pooled.resize_with(norm.statistics.len(), Moments::default);
        for (moments, batch) in pooled.iter_mut().zip(&norm.statistics) {
            moments.add(&batch.mean, &batch.variance);
        }
    }
    let mut complete = weights.clone();
    for (layer, moments) in pooled.iter().enumerate() {
        let (mean, variance) = moments.finish();
        complete.insert(
            format!("norm-{layer}.mean"),
            Tensor::new(mean, ctx.device())?,
        );
        complete.insert(
            format!("norm-{layer}.variance"),
            Tensor::new(variance, ctx.device())?,
        );
    }
    Ok(complete)
}

/// Sums over batches of one layer: of the means and of the mean squares.
#[derive(Default)]
struct Moments {
    mean: Vec<f64>,
    mean_square: Vec<f64>,
    n: f64,
}

impl Moments {
    fn add(&mut self, mean: &[f32], variance: &[f32]) {
        self.mean.resize(mean.len(), 0.0);
        self.mean_square.resize(mean.len(), 0.0);
        for (channel, (&mean, &variance)) in mean.iter().zip(variance).enumerate() {
            let mean = f64::from(mean);
            self.mean[channel] += mean;
            self.mean_square[channel] += f64::from(variance) + mean * mean;
        }
        self.n += 1.0;
    }

    fn finish(&self) -> (Vec<f32>, Vec<f32>) {
        let mean: Vec<f64> = self.mean.iter().map(|sum| sum / self.n).collect();
        let variance = self
            .mean_square
            .iter()
            .zip(&mean)
            .map(|(sum, mean)| (sum / self.n - mean * mean).max(0.0) as f32);
        (
            mean.iter().map(|&mean| mean as f32).collect(),
            variance.collect(),
        )
    }
}
