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
use lab_kernels::compare::{Magnitude, Presence, slopes, sums};

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
        divisors: OnceLock::new(),
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

    /// Sum of distances and divisor of each image.
    fn sums(self, n_images: usize, target: &[f32], value: &[f32]) -> Vec<(f64, f64)> {
        let size = (target.len() / n_images.max(1)).max(1) as f64;
        let (mut found, selected) = match self.kind {
            Kind::Presence { steepness } => (
                sums(n_images, target, value, self.presence(steepness)),
                false,
            ),
            Kind::Magnitude { over_selected } => (
                sums(n_images, target, value, self.magnitude()),
                over_selected,
            ),
        };
        for (_, divisor) in &mut found {
            *divisor = if selected { divisor.max(1.0) } else { size };
        }
        found
    }

    fn slopes(self, target: &[f32], value: &[f32], factors: &[f32]) -> Vec<f32> {
        match self.kind {
            Kind::Presence { steepness } => {
                slopes(target, value, factors, self.presence(steepness))
            }
            Kind::Magnitude { .. } => slopes(target, value, factors, self.magnitude()),
        }
    }
}

struct Compare {
    parts: Vec<Part>,
    /// For each part, what the sum of each image was divided by.
    divisors: OnceLock<Vec<Vec<f64>>>,
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
        let mut totals = vec![0f64; n_images];
        let mut divisors = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let sums = part.sums(n_images, target, value);
            for (total, (sum, divisor)) in totals.iter_mut().zip(&sums) {
                *total += sum / divisor;
            }
            divisors.push(sums.into_iter().map(|(_, divisor)| divisor).collect());
        }
        if self.divisors.set(divisors).is_err() {
            bail!("a comparison was applied twice");
        }
        let totals = totals.into_iter().map(|total| total as f32).collect();
        Ok((CpuStorage::F32(totals), Shape::from(n_images)))
    }

    fn bwd(
        &self,
        target: &Tensor,
        value: &Tensor,
        _result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some(divisors) = self.divisors.get().filter(|_| value.track_op()) else {
            return Ok((None, None));
        };
        let slopes = host::with_floats([target, value, gradient], |[target, value, gradient]| {
            let mut total: Option<Vec<f32>> = None;
            for (part, divisors) in self.parts.iter().zip(divisors) {
                let factors: Vec<f32> = gradient
                    .iter()
                    .zip(divisors)
                    .map(|(gradient, divisor)| (f64::from(*gradient) / divisor) as f32)
                    .collect();
                let slopes = part.slopes(target, value, &factors);
                match &mut total {
                    None => total = Some(slopes),
                    Some(total) => lab_kernels::elementwise::add(total, &slopes),
                }
            }
            total.unwrap_or_else(|| vec![0.0; value.len()])
        })?;
        Ok((None, Some(host::tensor(slopes, value.dims())?)))
    }
}
