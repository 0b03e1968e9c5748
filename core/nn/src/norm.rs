//! Batch normalisation in training form, with the activation behind it.
//!
//! ```text
//! y = act(scale_c·(x − mean_c)/√(variance_c + eps) + shift_c)
//! ```
//! Mean and biased variance are those of channel c over batch and space; their gradients are included:
//! with d = g·act′ and x̂ = (x − mean)/√(variance + eps),
//! x′ = scale/√(variance + eps)·(d − mean(d) − x̂·mean(d·x̂)), scale′ = Σ d·x̂, shift′ = Σ d.
//!
//! # Source
//! Ioffe & Szegedy 2015, *Batch normalization*, arXiv:1502.03167, algorithm 1.

use std::sync::{Arc, OnceLock};

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

use super::activation::{self, Activation};
use super::host;
use lab_kernels::channels::{self, Planes, Wanted};

/// Mean and biased variance of each channel of a batch, and how many numbers they were taken over.
///
/// A running variance in PyTorch's manner takes `variance·n/(n − 1)`.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchStatistics {
    /// Mean of each channel.
    pub mean: Vec<f32>,
    /// Biased variance of each channel.
    pub variance: Vec<f32>,
    /// Numbers a channel: batch · height · width.
    pub n: usize,
}

/// Normalises the channels of `x [batch, c, h, w]` or `[batch, c]` by the batch's own statistics, scales and shifts them by
/// `scale [c]` and `shift [c]`, and applies `act`.
///
/// # Errors
/// Fails if the shapes do not fit.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::{Activation, batch_norm_act};
///
/// // Four rows of two channels.
/// let x = Tensor::new(&[[1f32, 10.0], [3.0, 20.0], [5.0, 30.0], [7.0, 40.0]], &Device::Cpu)?;
/// let (scale, shift) = (Tensor::new(&[1f32, 2.0], &Device::Cpu)?, Tensor::new(&[0f32, 5.0], &Device::Cpu)?);
/// let (y, statistics) = batch_norm_act(&x, &scale, &shift, 1e-5, Activation::Identity)?;
/// assert_eq!((statistics.mean, statistics.variance, statistics.n), (vec![4.0, 25.0], vec![5.0, 125.0], 4));
/// // Each channel now has the mean of its shift and the standard deviation of its scale.
/// for (mean, expected) in y.mean(0)?.to_vec1::<f32>()?.into_iter().zip([0.0, 5.0]) {
///     assert!((mean - expected).abs() < 1e-5);
/// }
/// let squares = y.broadcast_sub(&shift)?.sqr()?.mean(0)?.to_vec1::<f32>()?;
/// assert!((squares[0] - 1.0).abs() < 1e-4 && (squares[1] - 4.0).abs() < 1e-4);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn batch_norm_act(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    eps: f64,
    act: Activation,
) -> Result<(Tensor, BatchStatistics)> {
    let planes = planes(x, scale, shift)?;
    if !host::is_ours([x, scale, shift]) {
        return composed(x, scale, shift, eps, act);
    }
    let moments = Arc::new(OnceLock::new());
    let op = BatchNorm {
        eps: eps as f32,
        act,
        moments: moments.clone(),
    };
    let y = x
        .contiguous()?
        .apply_op3(&scale.contiguous()?, &shift.contiguous()?, op)?;
    let (mean, variance) = moments
        .get()
        .map(|moments: &Vec<(f32, f32)>| moments.iter().copied().unzip())
        .unwrap_or_default();
    Ok((
        y,
        BatchStatistics {
            mean,
            variance,
            n: planes.batch * planes.size,
        },
    ))
}

/// The planes of `x`, after a check that there is one scale and one shift a channel.
pub(super) fn planes(x: &Tensor, scale: &Tensor, shift: &Tensor) -> Result<Planes> {
    let dims = x.dims();
    if dims.len() < 2 || scale.dims() != &dims[1..2] || shift.dims() != &dims[1..2] {
        bail!(
            "expected [batch, channels, ..] with a scale and a shift a channel, got {dims:?}, {:?} and {:?}",
            scale.shape(),
            shift.shape()
        );
    }
    Ok(planes_of(dims))
}

/// The planes of `[batch, channels, ..]`.
pub(super) fn planes_of(dims: &[usize]) -> Planes {
    Planes {
        batch: dims[0],
        channels: dims[1],
        size: dims[2..].iter().product(),
    }
}

/// `[c]` as `[1, c, 1, …]` for broadcasting over a tensor of `rank` axes.
pub(super) fn per_channel(values: &Tensor, rank: usize) -> Result<Tensor> {
    let mut dims = vec![1; rank];
    dims[1] = values.elem_count();
    values.reshape(dims)
}

/// The same by candle's own operations.
pub(super) fn composed(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    eps: f64,
    act: Activation,
) -> Result<(Tensor, BatchStatistics)> {
    let others: Vec<usize> = (0..x.rank()).filter(|&axis| axis != 1).collect();
    let mean = x.mean_keepdim(others.as_slice())?;
    let centred = x.broadcast_sub(&mean)?;
    let variance = centred.sqr()?.mean_keepdim(others.as_slice())?;
    let unit = centred.broadcast_div(&(&variance + eps)?.sqrt()?)?;
    let z = unit
        .broadcast_mul(&per_channel(scale, x.rank())?)?
        .broadcast_add(&per_channel(shift, x.rank())?)?;
    let values = |tensor: &Tensor| {
        tensor
            .flatten_all()?
            .to_dtype(candle_core::DType::F32)?
            .to_vec1()
    };
    let statistics = BatchStatistics {
        mean: values(&mean)?,
        variance: values(&variance)?,
        n: x.elem_count() / x.dim(1)?.max(1),
    };
    Ok((activation::composed(act, &z)?, statistics))
}

struct BatchNorm {
    eps: f32,
    act: Activation,
    moments: Arc<OnceLock<Vec<(f32, f32)>>>,
}

impl CustomOp3 for BatchNorm {
    fn name(&self) -> &'static str {
        "batch_norm_act"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        scale: &CpuStorage,
        scale_layout: &Layout,
        shift: &CpuStorage,
        shift_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let planes = planes_of(x_layout.dims());
        let (scale, shift) = (
            host::floats(scale, scale_layout)?,
            host::floats(shift, shift_layout)?,
        );
        let (y, moments) = channels::normalise(
            planes,
            host::floats(x, x_layout)?,
            scale,
            shift,
            self.eps,
            self.act,
        );
        if self.moments.set(moments).is_err() {
            bail!("a batch normalisation was applied twice");
        }
        Ok((CpuStorage::F32(y), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        scale: &Tensor,
        shift: &Tensor,
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let planes = planes(x, scale, shift)?;
        let Some(moments) = self.moments.get() else {
            bail!("the gradient of a batch normalisation before its value")
        };
        let wanted = Wanted {
            input: x.track_op(),
            parameters: scale.track_op() || shift.track_op(),
        };
        let gradients = host::with_floats([x, y, gradient, scale], |[x, y, gradient, scale]| {
            channels::normalise_backward(
                planes,
                [x, y, gradient],
                scale,
                moments,
                self.eps,
                self.act,
                wanted,
            )
        })?;
        gradients_of(gradients, x, scale, shift)
    }
}

/// The gradients as tensors, where they are asked for.
pub(super) fn gradients_of(
    gradients: channels::Gradients,
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
    let (to_x, to_scale, to_shift) = gradients;
    let if_tracked = |values: Vec<f32>, of: &Tensor| {
        of.track_op()
            .then(|| host::tensor(values, of.dims()))
            .transpose()
    };
    Ok((
        to_x.map(|values| host::tensor(values, x.dims()))
            .transpose()?,
        if_tracked(to_scale, scale)?,
        if_tracked(to_shift, shift)?,
    ))
}
