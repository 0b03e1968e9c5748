//! Responses without noise.

use candle_core::{DType, Device, Tensor};
use lab_core::context::Context;
use lab_core::prelude::*;
use lab_core::pyramid::{Channel, Pyramid};
use rayon::prelude::*;

use super::voxel::SimulatedVoxel;

/// Orientations and envelope of the pyramid that voxels pool.
const N_ORIENTATIONS: usize = 8;
const ENVELOPE: f64 = 0.4;
/// Images turned into energies at a time.
const CHUNK: usize = 512;

/// What the channels of the pyramid say of every image.
pub(super) struct Contrast {
    pub channels: Vec<Channel>,
    /// `[n_images, n_channels]`, centred on the training images.
    pub values: Vec<f64>,
}

/// `ln(1 + e/ē)` of every image and channel, less its mean over the training images.
pub(super) fn contrast(
    stimuli: &Stimuli,
    train: &[usize],
    frequencies: &[f64],
    device: &Device,
) -> Result<Contrast> {
    let pyramid = Pyramid {
        frequencies: frequencies.to_vec(),
        n_orientations: N_ORIENTATIONS,
        envelope: ENVELOPE,
    };
    let channels = pyramid.channels();
    let n_channels = channels.len();
    let mut values = Vec::with_capacity(stimuli.n_images() * n_channels);
    let all: Vec<usize> = (0..stimuli.n_images()).collect();
    for chunk in all.chunks(CHUNK) {
        let images = stimuli.tensor(chunk, device)?.mean_keepdim(1)?;
        values.extend(
            pyramid
                .energies(&images)?
                .to_dtype(DType::F64)?
                .flatten_all()?
                .to_vec1::<f64>()?,
        );
    }
    let means = column_means(&values, n_channels, train);
    values.par_chunks_mut(n_channels).for_each(|row| {
        for (value, mean) in row.iter_mut().zip(&means) {
            *value = if *mean > 0.0 {
                (*value / mean).ln_1p()
            } else {
                0.0
            };
        }
    });
    let means = column_means(&values, n_channels, train);
    values.par_chunks_mut(n_channels).for_each(|row| {
        row.iter_mut()
            .zip(&means)
            .for_each(|(value, mean)| *value -= mean);
    });
    Ok(Contrast { channels, values })
}

/// What the pooled energies make of every voxel, standardised over the training images: `[n_images, n_voxels]`.
pub(super) fn pooled(
    contrast: &Contrast,
    voxels: &[SimulatedVoxel],
    train: &[usize],
    ctx: &Context,
) -> Result<Vec<f64>> {
    let n_channels = contrast.channels.len();
    let n_images = contrast.values.len() / n_channels;
    let weigh = |(idx, voxel): (usize, &SimulatedVoxel)| {
        voxel.weights(&contrast.channels, &mut ctx.rng(&format!("weights {idx}")))
    };
    let weights: Vec<Vec<f64>> = voxels.par_iter().enumerate().map(weigh).collect();
    let weights =
        Tensor::from_vec(weights.concat(), (voxels.len(), n_channels), &Device::Cpu)?.t()?;
    let values = Tensor::from_slice(&contrast.values, (n_images, n_channels), &Device::Cpu)?;
    let mut drive = values
        .matmul(&weights.contiguous()?)?
        .flatten_all()?
        .to_vec1::<f64>()?;
    standardise(&mut drive, voxels.len(), train);
    Ok(drive)
}

/// The signal of every voxel, standardised over the training images: `√(1 − share)·energies + √share·luminance`, where both
/// are standardised, `[n_images, n_voxels]`.
pub(super) fn mixed(
    mut energies: Vec<f64>,
    mut luminance: Vec<f64>,
    share: f64,
    n_voxels: usize,
    train: &[usize],
) -> Vec<f64> {
    standardise(&mut luminance, n_voxels, train);
    for (value, light) in energies.iter_mut().zip(&luminance) {
        *value = (1.0 - share).sqrt() * *value + share.sqrt() * light;
    }
    // Both may go together, so that their sum has another variance.
    standardise(&mut energies, n_voxels, train);
    energies
}

/// Subtracts the mean over `rows` and divides by their standard deviation, column by column; a constant column becomes 0.
pub(super) fn standardise(values: &mut [f64], n_columns: usize, rows: &[usize]) {
    let means = column_means(values, n_columns, rows);
    values.par_chunks_mut(n_columns).for_each(|row| {
        row.iter_mut()
            .zip(&means)
            .for_each(|(value, mean)| *value -= mean);
    });
    let squares: Vec<f64> = values.iter().map(|value| value * value).collect();
    let sds: Vec<f64> = column_means(&squares, n_columns, rows)
        .into_iter()
        .map(f64::sqrt)
        .collect();
    values.par_chunks_mut(n_columns).for_each(|row| {
        row.iter_mut().zip(&sds).for_each(|(value, &sd)| {
            *value = if sd > 0.0 { *value / sd } else { 0.0 };
        });
    });
}

/// Means of the columns over some rows.
pub(super) fn column_means(values: &[f64], n_columns: usize, rows: &[usize]) -> Vec<f64> {
    let mut sums = vec![0.0; n_columns];
    for &row in rows {
        let row = &values[row * n_columns..][..n_columns];
        sums.iter_mut()
            .zip(row)
            .for_each(|(sum, value)| *sum += value);
    }
    sums.into_iter()
        .map(|sum| sum / rows.len() as f64)
        .collect()
}
