//! Distances of activations from their targets, one number an image.
//!
//! ```text
//! presence    d(t, v) = softplus(g) − p·g,   g = k·(σ·v − θ),   p = [σ·t > θ]
//! magnitude   d(t, v) = p·(v − t)²
//! result      Σ d / n,   n: all elements of an image, or Σ p, at least 1
//! ```
//! σ is +1 or −1. Several parts over the same activations are added up in one pass, so that the gradient is one tensor.
//! No gradient reaches the target.
//!
//! # Source
//! Seeliger et al. 2018, equations 3 and 4, doi:10.1016/j.neuroimage.2018.07.043, with a soft decision.
//!
//! # Shapes
//! Both sides `[batch, ..]`, float32; result `[batch]`.

use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp2, DType, Layout, Result, Shape, Tensor, bail};

use super::activation::softplus;
use super::host;
use lab_kernels::compare::{Magnitude, Presence, Sums, scale_images, sums, sums_and_slopes};
use lab_kernels::elementwise;

/// One part of a distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Whether it compares the presence of features or their magnitude.
    pub kind: Kind,
    /// Whether strong negative activations are the features: σ = −1.
    pub negative: bool,
    /// θ, in the activations' unit.
    pub threshold: f64,
}

/// What a part compares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Cross-entropy of the decision that a feature is there, with slope k at the threshold; the mean over all elements.
    Presence {
        /// k, per unit of activation.
        steepness: f64,
    },
    /// Squared difference where the target has the feature.
    Magnitude {
        /// Divides by the number of such elements (at least 1) instead of all.
        over_selected: bool,
    },
}

/// The sum of `parts` for each image.
///
/// # Errors
/// Fails if the shapes differ or there is no batch axis.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::{Kind, Part, compare};
///
/// let target = Tensor::new(&[[2f32, 0.0, 3.0]], &Device::Cpu)?;
/// let value = Tensor::new(&[[1f32, 9.0, 5.0]], &Device::Cpu)?;
/// // Only the first and the last element of the target are above 1: (2 − 1)² and (3 − 5)².
/// let part = Part { kind: Kind::Magnitude { over_selected: true }, negative: false, threshold: 1.0 };
/// assert_eq!(compare(&target, &value, &[part])?.to_vec1::<f32>()?, [2.5]);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn compare(target: &Tensor, value: &Tensor, parts: &[Part]) -> Result<Tensor> {
    if target.dims() != value.dims() || value.rank() < 1 {
        bail!(
            "expected a value for each target, got {:?} and {:?}",
            target.shape(),
            value.shape()
        );
    }
    let target = target.detach();
    if !host::is_ours([&target, value]) {
        return composed(&target, value, parts);
    }
    let op = Compare {
        parts: parts.to_vec(),
        slopes: value.track_op().then(OnceLock::new),
    };
    target.contiguous()?.apply_op2(&value.contiguous()?, op)
}

/// The same by candle's own operations.
pub(super) fn composed(target: &Tensor, value: &Tensor, parts: &[Part]) -> Result<Tensor> {
    let mut total = Tensor::zeros(value.dim(0)?, DType::F32, value.device())?;
    for part in parts {
        let sign = part.sign();
        let (t, v) = (target.affine(sign, 0.0)?, value.affine(sign, 0.0)?);
        let present = t.gt(part.threshold)?.to_dtype(DType::F32)?;
        let of_part = match part.kind {
            Kind::Presence { steepness } => {
                let logit = v.affine(steepness, -steepness * part.threshold)?;
                (softplus(&logit)? - (&present * logit)?)?
                    .flatten_from(1)?
                    .mean(1)?
            }
            Kind::Magnitude { over_selected } => {
                let squares = ((v - t)?.sqr()? * &present)?.flatten_from(1)?;
                if over_selected {
                    let n = present
                        .flatten_from(1)?
                        .sum(1)?
                        .clamp(1.0, f64::from(f32::MAX))?;
                    (squares.sum(1)? / n)?
                } else {
                    squares.mean(1)?
                }
            }
        };
        total = (total + of_part)?;
    }
    Ok(total)
}

impl Part {
    fn sign(self) -> f64 {
        if self.negative { -1.0 } else { 1.0 }
    }

    fn presence(self, steepness: f64) -> Presence {
        Presence {
            sign: self.sign() as f32,
            threshold: self.threshold as f32,
            steepness: steepness as f32,
        }
    }

    fn magnitude(self) -> Magnitude {
        Magnitude {
            sign: self.sign() as f32,
            threshold: self.threshold as f32,
        }
    }

    /// The sums of each image; in the place of `slopes`, where there are any, the slope of each number.
    fn sums(
        self,
        n_images: usize,
        target: &[f32],
        value: &[f32],
        slopes: Option<&mut [f32]>,
    ) -> Vec<Sums> {
        match (self.kind, slopes) {
            (Kind::Presence { steepness }, None) => {
                sums(n_images, target, value, self.presence(steepness))
            }
            (Kind::Presence { steepness }, Some(slopes)) => {
                sums_and_slopes(n_images, target, value, self.presence(steepness), slopes)
            }
            (Kind::Magnitude { .. }, None) => sums(n_images, target, value, self.magnitude()),
            (Kind::Magnitude { .. }, Some(slopes)) => {
                sums_and_slopes(n_images, target, value, self.magnitude(), slopes)
            }
        }
    }

    /// What the sums of an image of so many numbers are divided by.
    fn divisor(self, sums: Sums, size: usize) -> f64 {
        match self.kind {
            Kind::Magnitude {
                over_selected: true,
            } => sums.counts.max(1.0),
            _ => size.max(1) as f64,
        }
    }
}

struct Compare {
    parts: Vec<Part>,
    /// Where a gradient will be asked for: the slope of each image's result along each of its numbers, found on the way.
    slopes: Option<OnceLock<Vec<f32>>>,
}

impl CustomOp2 for Compare {
    fn name(&self) -> &'static str {
        "compare"
    }

    fn cpu_fwd(
        &self,
        target: &CpuStorage,
        target_layout: &Layout,
        value: &CpuStorage,
        value_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let n_images = value_layout.dims()[0];
        let (target, value) = (
            host::floats(target, target_layout)?,
            host::floats(value, value_layout)?,
        );
        let size = value.len() / n_images.max(1);
        let mut totals = vec![0f64; n_images];
        let mut slopes: Option<Vec<f32>> = None;
        for part in &self.parts {
            let mut of_part = self.slopes.as_ref().map(|_| vec![0f32; value.len()]);
            let sums = part.sums(n_images, target, value, of_part.as_deref_mut());
            let divisors: Vec<f64> = sums.iter().map(|&sums| part.divisor(sums, size)).collect();
            for ((total, sums), divisor) in totals.iter_mut().zip(&sums).zip(&divisors) {
                *total += sums.distance / divisor;
            }
            let Some(mut of_part) = of_part else { continue };
            let factors: Vec<f32> = divisors
                .iter()
                .map(|divisor| (1.0 / divisor) as f32)
                .collect();
            scale_images(&mut of_part, &factors);
            match &mut slopes {
                None => slopes = Some(of_part),
                Some(slopes) => elementwise::add(slopes, &of_part),
            }
        }
        if let Some(kept) = &self.slopes {
            let slopes = slopes.unwrap_or_else(|| vec![0.0; value.len()]);
            if kept.set(slopes).is_err() {
                bail!("a comparison was applied twice");
            }
        }
        let totals = totals.into_iter().map(|total| total as f32).collect();
        Ok((CpuStorage::F32(totals), Shape::from(n_images)))
    }

    fn bwd(
        &self,
        _target: &Tensor,
        value: &Tensor,
        _result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some(slopes) = self.slopes.as_ref().and_then(OnceLock::get) else {
            return Ok((None, None));
        };
        let mut slopes = slopes.clone();
        host::with_floats([gradient], |[gradient]| scale_images(&mut slopes, gradient))?;
        Ok((None, Some(host::tensor(slopes, value.dims())?)))
    }
}
