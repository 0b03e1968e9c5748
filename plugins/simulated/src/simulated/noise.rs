//! Noise: white, drifting together, and shared with neighbours.
//!
//! ```text
//! n_v(t) = SNR_v^−½·(√(1 − a − b)·white_v(t) + √a·Σ_c L_cv·d_c(t) + √b·local_v(t))
//! d_c(t) = ρ·d_c(t − 1) + √(1 − ρ²)·ε
//! ```
//! `L` has unit length for each voxel; `local` is white noise summed over eleven neighbours of one region, in the order
//! of their receptive fields from left to right.
//! All three parts have unit variance.

use lab_core::config::Range;
use lab_core::context::Context;
use lab_core::rng::Stream;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::order::Presentation;
use super::voxel::SimulatedVoxel;

/// Neighbours on each side that share local noise.
const REACH: usize = 5;

/// What the noise is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoiseParams {
    /// Share of the variance that drifts, `a`.
    pub drift: f64,
    /// Correlation of a drift with itself, one trial later, `ρ`.
    pub autocorrelation: f64,
    /// How many drifts voxels share.
    pub n_drifts: usize,
    /// Share of the variance that neighbours have in common, `b`.
    pub local: f64,
}

impl Default for NoiseParams {
    fn default() -> Self {
        Self {
            drift: 0.2,
            autocorrelation: 0.95,
            n_drifts: 8,
            local: 0.1,
        }
    }
}

impl NoiseParams {
    /// What its numbers must be; their names stand as in messages.
    pub(super) fn ranges(&self) -> [(&'static str, f64, Range); 5] {
        let share = Range::from_to(0.0, 1.0, "a share from 0 to 1");
        let both = share.named("shares with a sum of at most 1");
        let correlation = Range::BELOW_ONE.named("a number from 0 to below 1");
        [
            ("noise, drift", self.drift, share),
            ("noise, local", self.local, share),
            ("noise, drift and local", self.drift + self.local, both),
            ("noise, autocorrelation", self.autocorrelation, correlation),
            ("noise, n_drifts", self.n_drifts as f64, Range::ONE_OR_MORE),
        ]
    }
}

/// The noise of a series of trials: `[n_trials, n_voxels]`.
pub(super) fn trials(
    order: &[Presentation],
    voxels: &[SimulatedVoxel],
    params: &NoiseParams,
    ctx: &Context,
) -> Vec<f32> {
    let drifts: Vec<Vec<f64>> = (0..params.n_drifts)
        .map(|idx| {
            let mut rng = ctx.rng(&format!("drift {idx}"));
            let steps: Vec<f64> = (0..order.len()).map(|_| normal(&mut rng)).collect();
            autoregress(&steps, params.autocorrelation)
        })
        .collect();
    let loadings = loadings(voxels.len(), params.n_drifts, ctx);
    let neighbours = neighbours(voxels);
    let [white, shared, local] = [
        1.0 - params.drift - params.local,
        params.drift,
        params.local,
    ]
    .map(|share| share.max(0.0).sqrt());
    let row = |trial_idx: usize| {
        let mut rng = ctx.rng(&format!("trial {trial_idx}"));
        let own: Vec<f64> = voxels.iter().map(|_| normal(&mut rng)).collect();
        let smoothed = smooth(&voxels.iter().map(|_| normal(&mut rng)).collect::<Vec<_>>());
        let mut row = vec![0.0f32; voxels.len()];
        for (place, &voxel_idx) in neighbours.iter().enumerate() {
            let drift: f64 = drifts
                .iter()
                .zip(&loadings[voxel_idx])
                .map(|(drift, loading)| drift[trial_idx] * loading)
                .sum();
            let noise = white * own[voxel_idx] + shared * drift + local * smoothed[place];
            row[voxel_idx] = (noise / voxels[voxel_idx].snr.sqrt()) as f32;
        }
        row
    };
    let rows: Vec<Vec<f32>> = (0..order.len()).into_par_iter().map(row).collect();
    rows.concat()
}

fn normal(rng: &mut Stream) -> f64 {
    StandardNormal.sample(rng)
}

/// A stationary autoregressive series of unit variance, from white steps.
pub(super) fn autoregress(steps: &[f64], rho: f64) -> Vec<f64> {
    let mut last = None;
    let step = |&step: &f64| {
        let value = last.map_or(step, |last: f64| {
            rho * last + (1.0 - rho * rho).sqrt() * step
        });
        last = Some(value);
        value
    };
    steps.iter().map(step).collect()
}

/// How much of each drift a voxel has: directions of unit length.
fn loadings(n_voxels: usize, n_drifts: usize, ctx: &Context) -> Vec<Vec<f64>> {
    let mut rng = ctx.rng("loadings");
    let direction = |_| {
        let values: Vec<f64> = (0..n_drifts).map(|_| normal(&mut rng)).collect();
        let norm = values.iter().map(|value| value * value).sum::<f64>().sqrt();
        values.into_iter().map(|value| value / norm).collect()
    };
    (0..n_voxels).map(direction).collect()
}

/// Voxels by region, and from left to right within it.
fn neighbours(voxels: &[SimulatedVoxel]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..voxels.len()).collect();
    order.sort_by(|&one, &two| {
        let (one, two) = (&voxels[one], &voxels[two]);
        one.region.cmp(&two.region).then(one.x.total_cmp(&two.x))
    });
    order
}

/// Sums over [`REACH`] neighbours on each side, around the end, scaled to the variance of white noise.
pub(super) fn smooth(white: &[f64]) -> Vec<f64> {
    let n = white.len();
    let scale = ((2 * REACH + 1) as f64).sqrt();
    let at = |place: usize, offset: usize| white[(place + offset + n * REACH - REACH) % n];
    (0..n)
        .map(|place| (0..=2 * REACH).map(|offset| at(place, offset)).sum::<f64>() / scale)
        .collect()
}

/// Subtracts the mean over the first `n_fit` rows and divides by their standard deviation, column by column.
pub(super) fn standardise(values: &mut [f32], n_columns: usize, n_fit: usize) {
    let moments: Vec<(f64, f64)> = (0..n_columns)
        .into_par_iter()
        .map(|column| {
            let fit = || {
                values[..n_fit * n_columns]
                    .iter()
                    .skip(column)
                    .step_by(n_columns)
                    .map(|&value| f64::from(value))
            };
            let mean = fit().sum::<f64>() / n_fit as f64;
            let variance = fit().map(|value| (value - mean).powi(2)).sum::<f64>() / n_fit as f64;
            (mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
        })
        .collect();
    values.par_chunks_mut(n_columns).for_each(|row| {
        for (value, (mean, sd)) in row.iter_mut().zip(&moments) {
            *value = ((f64::from(*value) - mean) / sd) as f32;
        }
    });
}
