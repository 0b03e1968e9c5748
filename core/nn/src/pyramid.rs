//! A Gabor wavelet pyramid: what complex cells of early visual cortex are taken to see.
//!
//! ```text
//! g(u) = e(u)·(cos(2πf·⟨u − c, o⟩ + φ) − m),   e(u) = exp(−|u − c|²/2σ²),   σ = envelope/f
//! energy = √(⟨g₀, x⟩² + ⟨g₉₀, x⟩²)
//! ```
//! `m` makes the filter blind to uniform light, and every filter has unit norm.
//! A frequency of `f` cycles an image has `f × f` places, `n_orientations` at each.
//!
//! # Source
//! Kay et al. (2008), doi:10.1038/nature06713; Adelson and Bergen (1985), doi:10.1364/JOSAA.2.000284.

use std::f64::consts::PI;

use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;

use crate::Result;

/// Which filters there are.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::pyramid::Pyramid;
///
/// let pyramid = Pyramid { frequencies: vec![4.0], n_orientations: 2, envelope: 0.4 };
/// let channels = pyramid.channels();
/// assert_eq!(channels.len(), 4 * 4 * 2);
///
/// // A grating of four cycles that changes along x, and uniform light.
/// let wave = |pixel: usize| (4.0 * std::f32::consts::TAU * (pixel % 32) as f32 / 32.0).cos();
/// let pixels: Vec<f32> = (0..32 * 32).map(wave).chain([0.7; 32 * 32]).collect();
/// let images = Tensor::from_vec(pixels, (2, 1, 32, 32), &Device::Cpu)?;
/// let energies = pyramid.energies(&images)?.to_vec2::<f64>()?;
/// for (channel, (grating, light)) in channels.iter().zip(energies[0].iter().zip(&energies[1])) {
///     assert!(*light < 1e-5);
///     // Filters that change along x (orientation 0) see the grating; those along y hardly do.
///     assert!(if channel.orientation == 0.0 { *grating > 1.0 } else { *grating < 0.5 });
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pyramid {
    /// Frequencies of the waves, in cycles an image.
    pub frequencies: Vec<f64>,
    /// Orientations at each place, spread evenly over π.
    pub n_orientations: usize,
    /// Standard deviation of the envelope, in periods.
    pub envelope: f64,
}

/// One pair of filters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Channel {
    /// Frequency of the wave, in cycles an image.
    pub frequency: f64,
    /// Centre, as a share of the width.
    pub x: f64,
    /// Centre, as a share of the height, from the top.
    pub y: f64,
    /// Direction along which the wave changes, in radians.
    pub orientation: f64,
}

impl Pyramid {
    /// All channels: by frequency, row, column and orientation.
    pub fn channels(&self) -> Vec<Channel> {
        let mut channels = Vec::new();
        for &frequency in &self.frequencies {
            let n_places = frequency.round().max(1.0) as usize;
            let centre = |index: usize| (index as f64 + 0.5) / n_places as f64;
            for place in 0..n_places * n_places {
                channels.extend((0..self.n_orientations).map(|idx| Channel {
                    frequency,
                    x: centre(place % n_places),
                    y: centre(place / n_places),
                    orientation: PI * idx as f64 / self.n_orientations as f64,
                }));
            }
        }
        channels
    }

    /// Even and odd filters for images of a size: `[height·width, n_channels]` each, f64.
    ///
    /// # Errors
    /// Fails if the tensors cannot be made on `device`.
    pub fn filters(&self, height: usize, width: usize, device: &Device) -> Result<[Tensor; 2]> {
        let channels = self.channels();
        let matrix = |phase: f64| {
            let rows: Vec<Vec<f64>> = channels
                .par_iter()
                .map(|channel| self.filter(channel, phase, height, width))
                .collect();
            Tensor::from_vec(rows.concat(), (channels.len(), height * width), device)?
                .t()?
                .contiguous()
        };
        Ok([matrix(0.0)?, matrix(PI / 2.0)?])
    }

    /// Energies of the first channel of images `[batch, channels, height, width]`: `[batch, n_channels]`, f64.
    ///
    /// # Errors
    /// Fails if the images are no batch.
    pub fn energies(&self, images: &Tensor) -> Result<Tensor> {
        let (_, _, height, width) = images.dims4()?;
        let [even, odd] = self.filters(height, width, images.device())?;
        let flat = images
            .narrow(1, 0, 1)?
            .contiguous()?
            .flatten_from(1)?
            .to_dtype(DType::F64)?;
        Ok((flat.matmul(&even)?.sqr()? + flat.matmul(&odd)?.sqr()?)?.sqrt()?)
    }

    fn filter(&self, channel: &Channel, phase: f64, height: usize, width: usize) -> Vec<f64> {
        let sd = self.envelope / channel.frequency;
        let (sin, cos) = channel.orientation.sin_cos();
        let pixels = (0..height * width).map(|pixel| {
            let x = ((pixel % width) as f64 + 0.5) / width as f64 - channel.x;
            let y = ((pixel / width) as f64 + 0.5) / height as f64 - channel.y;
            let envelope = (-(x * x + y * y) / (2.0 * sd * sd)).exp();
            (
                envelope,
                envelope * (2.0 * PI * channel.frequency * (x * cos + y * sin) + phase).cos(),
            )
        });
        let (envelope, wave): (Vec<f64>, Vec<f64>) = pixels.unzip();
        let level = wave.iter().sum::<f64>() / envelope.iter().sum::<f64>();
        let flat: Vec<f64> = wave
            .iter()
            .zip(&envelope)
            .map(|(wave, envelope)| wave - level * envelope)
            .collect();
        let norm = flat
            .iter()
            .map(|value| value * value)
            .sum::<f64>()
            .sqrt()
            .max(f64::MIN_POSITIVE);
        flat.into_iter().map(|value| value / norm).collect()
    }
}
