//! How well a perfect model could predict each voxel.
//!
//! ```text
//! ceiling = √(S/(S + N))
//! N = SNR⁻¹·((1 − a)/m·(1 − 1/n) + a·(tr K/n − Σ K/n²)),   K_ij = Σ_{t∈i, u∈j} ρ^|t−u|/m²
//! ```
//! `S` is the variance of the signal over the `n` test images, `N` the expected variance of the noise in the averages
//! over `m` repeats; `K` says how much of a drift the averages of two images share.

use super::noise::NoiseParams;
use super::order::Presentation;
use super::voxel::SimulatedVoxel;

/// Of every voxel, for the average over the first `averaged` presentations of each image; 0 without signal or test images.
pub(super) fn noise_ceilings(
    (test, averaged): (&[Presentation], usize),
    voxels: &[SimulatedVoxel],
    signal: &[f32],
    noise: &NoiseParams,
) -> Vec<f32> {
    // Places in time stay, because drifts do not stop for trials that are left out.
    let test: Vec<(usize, &Presentation)> = test
        .iter()
        .enumerate()
        .filter(|(_, trial)| (trial.repeat as usize) < averaged)
        .collect();
    let mut images: Vec<usize> = test.iter().map(|(_, trial)| trial.image_idx).collect();
    images.sort_unstable();
    images.dedup();
    if images.is_empty() {
        return vec![0.0; voxels.len()];
    }
    let n = images.len() as f64;
    let repeats = test.len() as f64 / n;
    let variance = (1.0 - noise.drift) / repeats * (1.0 - 1.0 / n)
        + noise.drift * drift_variance(&test, n, repeats, noise.autocorrelation);
    let ceiling = |(voxel_idx, voxel): (usize, &SimulatedVoxel)| {
        let of = |&image_idx: &usize| f64::from(signal[image_idx * voxels.len() + voxel_idx]);
        let mean = images.iter().map(of).sum::<f64>() / n;
        let signal = images
            .iter()
            .map(|image_idx| (of(image_idx) - mean).powi(2))
            .sum::<f64>()
            / n;
        if signal > 0.0 {
            (signal / (signal + variance / voxel.snr)).sqrt() as f32
        } else {
            0.0
        }
    };
    voxels.iter().enumerate().map(ceiling).collect()
}

/// `tr K/n − Σ K/n²`.
fn drift_variance(test: &[(usize, &Presentation)], n: f64, repeats: f64, rho: f64) -> f64 {
    let (mut within, mut all) = (0.0, 0.0);
    for (t, one) in test {
        for (u, two) in test {
            let shared = rho.powi(t.abs_diff(*u) as i32);
            all += shared;
            if one.image_idx == two.image_idx {
                within += shared;
            }
        }
    }
    (within / n - all / (n * n)) / (repeats * repeats)
}
