//! Ranges, colours and grey.
//!
//! ```text
//! grey of a generator       g = 0.299 R + 0.587 G + 0.114 B                  as every loader turns pictures grey (Rec. 601)
//! grey into a network       Σ_c K_c ∗ (g − m_c)/s_c  =  (Σ_c K_c/s_c) ∗ g  −  Σ_c (m_c/s_c)·(K_c ∗ 1)
//! ```
//! The second is exact, borders included: three equal channels through the kernels K of a first convolution are one
//! channel through their sum. 1 is an image of ones, so that a window at the border loses what lies outside of it.

use candle_core::{Device, Tensor};
use lab_core::dims::ValueRange;
use lab_core::nn::{self, Activation};
use lab_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::network::Network;
use crate::shape::Shape;
use crate::steps::Step;

/// Weights of red, green and blue in grey.
const LUMINANCE: [f32; 3] = [0.299, 0.587, 0.114];

/// In which order a network has its colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red: Caffe's.
    Bgr,
}

/// Images of a generator: from its own range and colours to `[−1, 1]`, grey if so asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) range: ValueRange,
    pub(crate) order: Order,
    /// Whether three colours become one grey.
    pub(crate) grey: bool,
}

impl Output {
    pub(crate) fn finish(self, images: &Tensor) -> Result<Tensor> {
        let images = self.range.map_to(ValueRange::SIGNED, images)?;
        let images = images.clamp(-1f32, 1f32)?;
        if images.dim(1)? == 1 {
            return Ok(images);
        }
        if !self.grey {
            return match self.order {
                Order::Rgb => Ok(images),
                Order::Bgr => turned(&images),
            };
        }
        let mut weights = LUMINANCE;
        if self.order == Order::Bgr {
            weights.reverse();
        }
        let kernel = Tensor::from_slice(&weights, (1, 3, 1, 1), images.device())?;
        let grey = nn::conv2d(&images, &kernel, None, 1, 0)?;
        // The weights sum to 1 but for rounding.
        Ok(grey.clamp(-1f32, 1f32)?)
    }
}

fn turned(images: &Tensor) -> Result<Tensor> {
    let channels = [2, 1, 0].map(|channel| images.narrow(1, channel, 1));
    let [blue, green, red] = channels;
    Ok(Tensor::cat(&[blue?, green?, red?], 1)?)
}

/// How images enter a feature network.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    /// Images go into the first layer as they are.
    Plain,
    /// Times a scale plus a shift, a channel each, after grey was repeated and colours were turned.
    Scaled {
        repeated: bool,
        turned: bool,
        scale: Tensor,
        shift: Tensor,
    },
}

/// What the network was trained on.
#[derive(Debug, Clone)]
pub(crate) struct Trained {
    /// Channels of the images that it was trained on.
    pub(crate) channels: usize,
    /// Whether its images here are grey, though it has three channels.
    pub(crate) grey: bool,
    pub(crate) order: Order,
    /// Of each channel, in the network's order; empty for 0.
    pub(crate) mean: Vec<f64>,
    /// Of each channel, in the network's order; empty for 1.
    pub(crate) sd: Vec<f64>,
}

impl Input {
    /// Adapts the network's first convolution to grey images if it can, and says what is left to do to images.
    pub(crate) fn new(
        trained: &Trained,
        network: &mut Network,
        size: (usize, usize),
        device: &Device,
    ) -> Result<Self> {
        let n = trained.channels;
        let or = |values: &[f64], value: f64| {
            if values.is_empty() {
                vec![value; n]
            } else {
                values.to_vec()
            }
        };
        let (mean, sd) = (or(&trained.mean, 0.0), or(&trained.sd, 1.0));
        let repeated = trained.grey && n > 1;
        if repeated && sum_first(network, &mean, &sd, size)? {
            return Ok(Self::Plain);
        }
        let turned = !trained.grey && n == 3 && trained.order == Order::Bgr;
        let is_plain =
            mean.iter().all(|mean| *mean == 0.0) && sd.iter().all(|sd| (sd - 1.0).abs() == 0.0);
        if is_plain && !repeated && !turned {
            return Ok(Self::Plain);
        }
        let scale: Vec<f32> = sd.iter().map(|sd| (1.0 / sd) as f32).collect();
        let shift: Vec<f32> = mean
            .iter()
            .zip(&sd)
            .map(|(m, sd)| (-m / sd) as f32)
            .collect();
        Ok(Self::Scaled {
            repeated,
            turned,
            scale: Tensor::new(scale, device)?,
            shift: Tensor::new(shift, device)?,
        })
    }

    pub(crate) fn apply(&self, images: &Tensor) -> Result<Tensor> {
        let Self::Scaled {
            repeated,
            turned: is_turned,
            scale,
            shift,
        } = self
        else {
            return Ok(images.clone());
        };
        let mut images = images.clone();
        if *repeated {
            images = Tensor::cat(&vec![&images; scale.dim(0)?], 1)?;
        } else if *is_turned {
            images = turned(&images)?;
        }
        Ok(nn::channel_affine_act(
            &images,
            scale,
            shift,
            Activation::Identity,
        )?)
    }
}

/// Sums the kernels of a first convolution over their channels; whether there was one to do it to.
fn sum_first(
    network: &mut Network,
    mean: &[f64],
    sd: &[f64],
    size: (usize, usize),
) -> Result<bool> {
    let Some(Step::Conv(conv)) = network.plan().steps.first().cloned() else {
        return Ok(false);
    };
    if conv.groups > 1 || conv.output_padding.is_some() {
        return Ok(false);
    }
    let name = format!("{}.weight", conv.name);
    let kernel = lab_core::weights::get(network.given(), &name)?;
    let device = kernel.device().clone();
    let values = kernel.flatten_all()?.to_vec1::<f32>()?;
    let n_taps = conv.kernel * conv.kernel;
    let (mut summed, mut lost) = (Vec::new(), Vec::new());
    for map in values.chunks_exact(conv.c_in * n_taps) {
        for tap in 0..n_taps {
            let weight = |channel: usize| f64::from(map[channel * n_taps + tap]) / sd[channel];
            summed.push((0..conv.c_in).map(weight).sum::<f64>() as f32);
            let part = |channel: usize| -mean[channel] * weight(channel);
            lost.push((0..conv.c_in).map(part).sum::<f64>() as f32);
        }
    }
    let shape = (conv.c_out, 1, conv.kernel, conv.kernel);
    let summed = Tensor::from_vec(summed, shape, &device)?;
    let lost = Tensor::from_vec(lost, shape, &device)?;
    let ones = Tensor::ones((1, 1, size.0, size.1), candle_core::DType::F32, &device)?;
    let offset = nn::conv2d(&ones, &lost, None, conv.stride, conv.padding)?;
    let has_mean = mean.iter().any(|mean| *mean != 0.0);
    network.replace_first(summed, has_mean.then_some(offset));
    Ok(true)
}

/// The images that a network's last maps are.
///
/// # Errors
/// Fails with what they are instead.
pub(crate) fn channels_of(shape: Shape) -> Result<(usize, usize, usize), String> {
    match shape {
        Shape::Maps(channels @ (1 | 3), height, width) => Ok((channels, height, width)),
        other => Err(other.to_string()),
    }
}

/// Refuses a range without extent.
pub(crate) fn is_range(range: ValueRange) -> bool {
    range.low.is_finite() && range.high.is_finite() && range.low < range.high
}

/// Images of another shape than a network takes.
pub(crate) fn check_images(
    what: &str,
    images: &Tensor,
    shape: lab_core::dims::ImageShape,
) -> Result<()> {
    let batch = images.dims().first().copied().unwrap_or(1);
    let expected = shape.batch(batch);
    if images.dims() == expected {
        return Ok(());
    }
    Err(Error::shape(what, expected, images.dims()))
}
