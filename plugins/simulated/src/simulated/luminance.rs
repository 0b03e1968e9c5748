//! Light and dark, which energies do not tell apart.
//!
//! ```text
//! l_v = ±Σ_p w_vp·x_p,      w_vp = exp(−|p − c_v|²/2rf_v²)/Σ_p exp(−|p − c_v|²/2rf_v²)
//! ```
//! `x` is the mean over the image's colours, the sign is drawn for each voxel with equal odds: some answer to light,
//! others to dark.
//!
//! # Source
//! That early visual cortex follows lightness: Boyaci, Fang, Murray and Kersten (2007), Responses to lightness variations
//! in early human visual cortex. Form, signs and share are chosen, not fitted.

use candle_core::{DType, Device, Tensor};
use lab_core::context::Context;
use lab_core::prelude::*;
use rand::Rng;
use rayon::prelude::*;

use super::voxel::SimulatedVoxel;

/// Numbers in the weights of the voxels that are computed at a time.
const CHUNK: usize = 1 << 24;

/// `l_v` of every image: `[n_images, n_voxels]`, not standardised.
pub(super) fn luminance(
    stimuli: &Stimuli,
    voxels: &[SimulatedVoxel],
    ctx: &Context,
) -> Result<Vec<f64>> {
    let shape = stimuli.shape();
    let n_pixels = shape.height * shape.width;
    let all: Vec<usize> = (0..stimuli.n_images()).collect();
    let images = stimuli
        .tensor(&all, &Device::Cpu)?
        .mean(1)?
        .flatten_from(1)?
        .to_dtype(DType::F64)?;
    let mut values = vec![0.0; all.len() * voxels.len()];
    let n_chunk = (CHUNK / n_pixels).max(1);
    for (chunk_idx, chunk) in voxels.chunks(n_chunk).enumerate() {
        let first = chunk_idx * n_chunk;
        let weigh = |(idx, voxel): (usize, &SimulatedVoxel)| {
            let to_light = ctx
                .rng(&format!("polarity {}", first + idx))
                .random_bool(0.5);
            field(voxel, if to_light { 1.0 } else { -1.0 }, shape)
        };
        let fields: Vec<Vec<f64>> = chunk.par_iter().enumerate().map(weigh).collect();
        let fields = Tensor::from_vec(fields.concat(), (chunk.len(), n_pixels), &Device::Cpu)?;
        let seen = images.matmul(&fields.t()?)?.to_vec2::<f64>()?;
        for (row, seen) in values.chunks_exact_mut(voxels.len()).zip(&seen) {
            row[first..first + chunk.len()].copy_from_slice(seen);
        }
    }
    Ok(values)
}

/// Weights of all pixels; their sum is `sign`.
pub(super) fn field(voxel: &SimulatedVoxel, sign: f64, shape: ImageShape) -> Vec<f64> {
    let ImageShape { height, width, .. } = shape;
    let mut weights: Vec<f64> = (0..height * width)
        .map(|pixel| {
            let x = ((pixel % width) as f64 + 0.5) / width as f64 - voxel.x;
            let y = ((pixel / width) as f64 + 0.5) / height as f64 - voxel.y;
            (-(x * x + y * y) / (2.0 * voxel.rf * voxel.rf)).exp()
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight *= sign / sum);
    weights
}
