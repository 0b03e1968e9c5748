//! Simulated voxels: regions, receptive fields, tuning and signal-to-noise ratios.
//!
//! ```text
//! W_cv = exp(−d²/2(rf² + (0.2/f)²))·exp(−(log₂ f/f_v)²/2bw²)·exp(κ(cos 2(θ − θ_v) − 1))·LogNormal(0, 0.6)
//! ```
//! `d` is the distance between the centres of channel and voxel, `rf = rf₀ + slope·eccentricity`.
//! Lengths are shares of the field of view.

use std::f64::consts::{PI, TAU};

use lab_core::context::Context;
use lab_core::pyramid::Channel;
use lab_core::rng::Stream;
use rand::Rng;
use rand_distr::{Distribution, Gamma, LogNormal, StandardNormal};

/// One region of visual cortex.
pub(super) struct Region {
    pub name: &'static str,
    /// Share of the voxels.
    share: f64,
    /// Receptive field (standard deviation) at the centre, and its growth with eccentricity.
    rf: (f64, f64),
    /// Preferred frequency, in cycles an image.
    frequency: f64,
    /// Bandwidth, in octaves.
    bandwidth: f64,
    /// Sharpness of orientation tuning.
    kappa: f64,
    /// Share of voxels that respond, and the median of their ratio.
    responsive: (f64, f64),
}

/// The regions, from early to late visual cortex.
pub(super) const REGIONS: [Region; 5] = [
    Region {
        name: "V1",
        share: 0.22,
        rf: (0.03, 0.12),
        frequency: 6.0,
        bandwidth: 1.2,
        kappa: 1.5,
        responsive: (0.30, 0.11),
    },
    Region {
        name: "V2",
        share: 0.26,
        rf: (0.04, 0.18),
        frequency: 5.0,
        bandwidth: 1.3,
        kappa: 1.0,
        responsive: (0.25, 0.09),
    },
    Region {
        name: "V3",
        share: 0.22,
        rf: (0.06, 0.26),
        frequency: 4.0,
        bandwidth: 1.4,
        kappa: 0.7,
        responsive: (0.20, 0.06),
    },
    Region {
        name: "V4",
        share: 0.14,
        rf: (0.10, 0.36),
        frequency: 3.0,
        bandwidth: 1.5,
        kappa: 0.5,
        responsive: (0.12, 0.05),
    },
    Region {
        name: "LOC",
        share: 0.16,
        rf: (0.18, 0.45),
        frequency: 2.0,
        bandwidth: 1.6,
        kappa: 0.2,
        responsive: (0.06, 0.04),
    },
];

/// Spread of the ratio among responsive voxels, and its limits.
const SNR_SPREAD: f64 = 1.3;
const SNR_LIMIT: f64 = 0.6;
const SNR_UNRESPONSIVE: f64 = 0.002;
/// Spread of the weights around their tuning.
const WEIGHT_SPREAD: f64 = 0.6;

/// One simulated voxel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimulatedVoxel {
    /// Index of the region.
    pub region: usize,
    /// Centre of the receptive field, as a share of the width.
    pub x: f64,
    /// Centre of the receptive field, as a share of the height.
    pub y: f64,
    /// Standard deviation of the receptive field, as a share of the field of view.
    pub rf: f64,
    /// Preferred frequency, in cycles an image.
    pub frequency: f64,
    /// Bandwidth, in octaves.
    pub bandwidth: f64,
    /// Preferred orientation, in radians.
    pub orientation: f64,
    /// Sharpness of orientation tuning.
    pub kappa: f64,
    /// Variance of the signal over variance of the noise, in one trial.
    pub snr: f64,
}

/// All voxels of one subject; the multiplier 0 leaves their ratios as for 1, as there is no signal to scale.
pub(super) fn draw(n_voxels: usize, multiplier: f64, ctx: &Context) -> Vec<SimulatedVoxel> {
    let multiplier = if multiplier > 0.0 { multiplier } else { 1.0 };
    (0..n_voxels)
        .map(|voxel_idx| {
            SimulatedVoxel::draw(multiplier, &mut ctx.rng(&format!("voxel {voxel_idx}")))
        })
        .collect()
}

impl SimulatedVoxel {
    fn draw(multiplier: f64, rng: &mut Stream) -> Self {
        let normal = |sd: f64, rng: &mut Stream| -> f64 {
            sd * Distribution::<f64>::sample(&StandardNormal, rng)
        };
        let index = region(rng.random());
        let Region {
            rf,
            frequency,
            bandwidth,
            kappa,
            responsive,
            ..
        } = REGIONS[index];
        let eccentricity = 0.5 * rng.random::<f64>().sqrt().powf(1.3);
        let (sin, cos) = rng.random_range(0.0..TAU).sin_cos();
        let snr = if rng.random_bool(responsive.0) {
            (responsive.1 * normal(SNR_SPREAD, rng).exp()).min(SNR_LIMIT)
        } else {
            SNR_UNRESPONSIVE
        };
        Self {
            region: index,
            x: 0.5 + eccentricity * cos,
            y: 0.5 + eccentricity * sin,
            rf: rf.0 + rf.1 * eccentricity,
            frequency: frequency * normal(0.5, rng).exp2() * (1.2 - eccentricity),
            bandwidth,
            orientation: rng.random_range(0.0..PI),
            kappa: kappa * gamma(rng),
            snr: snr * multiplier,
        }
    }

    /// How strongly the voxel is driven by a channel, without its own idiosyncrasy.
    pub(super) fn tuning(&self, channel: &Channel) -> f64 {
        let distance = (channel.x - self.x).powi(2) + (channel.y - self.y).powi(2);
        let place = distance / (2.0 * (self.rf.powi(2) + (0.2 / channel.frequency).powi(2)));
        let octaves = (channel.frequency / self.frequency).log2();
        let frequency = octaves.powi(2) / (2.0 * self.bandwidth.powi(2));
        let orientation =
            self.kappa * ((2.0 * (channel.orientation - self.orientation)).cos() - 1.0);
        (orientation - place - frequency).exp()
    }

    /// Weights of all channels, drawn around the tuning.
    pub(super) fn weights(&self, channels: &[Channel], rng: &mut Stream) -> Vec<f64> {
        let spread = |rng: &mut Stream| {
            LogNormal::new(0.0, WEIGHT_SPREAD).map_or(1.0, |law| law.sample(rng))
        };
        channels
            .iter()
            .map(|channel| self.tuning(channel) * spread(rng))
            .collect()
    }
}

fn region(mut u: f64) -> usize {
    for (idx, region) in REGIONS.iter().enumerate() {
        u -= region.share;
        if u < 0.0 {
            return idx;
        }
    }
    REGIONS.len() - 1
}

/// Gamma with shape 2 and mean 1.
fn gamma(rng: &mut Stream) -> f64 {
    Gamma::new(2.0, 0.5).map_or(1.0, |law| law.sample(rng))
}
