//! Group normalisation, with the activation behind it.
//!
//! ```text
//! y = act(scale_c·(x − mean)/√(variance + eps) + shift_c)
//! ```
//! Mean and biased variance are those of one image's group of channels; their gradients are included:
//! with d = g·act′, e = d·scale, x̂ = (x − mean)/√(variance + eps) and means over the group,
//! x′ = (e − mean(e) − x̂·mean(e·x̂))/√(variance + eps), scale′ = Σ d·x̂, shift′ = Σ d.
//!
//! # Source
//! Wu & He 2018, *Group normalization*, arXiv:1803.08494, equations 1, 2, 6 and 7.

use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

use super::activation::{self, Activation};
use super::host;
use super::norm::{gradients_of, per_channel, planes, planes_of};
use lab_kernels::channels::{Groups, Wanted, normalise_groups, normalise_groups_backward};

/// Normalises each image's `groups` groups of channels of `x [batch, c, h, w]` or `[batch, c]`, scales and shifts its channels
/// by `scale [c]` and `shift [c]`, and applies `act`.
///
/// # Errors
/// Fails if the shapes do not fit or the groups do not divide the channels.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::{Activation, group_norm_act};
///
/// // One row of four channels in two groups, each of mean 2 and 30 and standard deviation 1 and 10.
/// let x = Tensor::new(&[[1f32, 3.0, 20.0, 40.0]], &Device::Cpu)?;
/// let (scale, shift) = (Tensor::new(&[1f32, 1.0, 2.0, 2.0], &Device::Cpu)?, Tensor::new(&[0f32, 0.0, 5.0, 5.0], &Device::Cpu)?);
/// let y = group_norm_act(&x, 2, &scale, &shift, 1e-5, Activation::Identity)?.to_vec2::<f32>()?;
/// for (y, expected) in y[0].iter().zip([-1.0, 1.0, 3.0, 7.0]) {
///     assert!((y - expected).abs() < 1e-4);
/// }
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn group_norm_act(
    x: &Tensor,
    groups: usize,
    scale: &Tensor,
    shift: &Tensor,
    eps: f64,
    act: Activation,
) -> Result<Tensor> {
    let planes = planes(x, scale, shift)?;
    if groups == 0 || !planes.channels.is_multiple_of(groups) {
        bail!(
            "group normalisation: expected groups that divide {} channels, got {groups}",
            planes.channels
        );
    }
    if !host::is_ours([x, scale, shift]) {
        return composed(x, groups, scale, shift, eps, act);
    }
    let op = GroupNorm {
        groups,
        eps: eps as f32,
        act,
        moments: OnceLock::new(),
    };
    x.contiguous()?
        .apply_op3(&scale.contiguous()?, &shift.contiguous()?, op)
}

/// The same by candle's own operations.
pub(super) fn composed(
    x: &Tensor,
    groups: usize,
    scale: &Tensor,
    shift: &Tensor,
    eps: f64,
    act: Activation,
) -> Result<Tensor> {
    let n = x.elem_count() / (x.dim(0)? * groups).max(1);
    let grouped = x.reshape((x.dim(0)?, groups, n))?;
    let centred = grouped.broadcast_sub(&grouped.mean_keepdim(2)?)?;
    let deviation = (centred.sqr()?.mean_keepdim(2)? + eps)?.sqrt()?;
    let unit = centred.broadcast_div(&deviation)?.reshape(x.shape())?;
    let z = unit
        .broadcast_mul(&per_channel(scale, x.rank())?)?
        .broadcast_add(&per_channel(shift, x.rank())?)?;
    activation::composed(act, &z)
}

struct GroupNorm {
    groups: usize,
    eps: f32,
    act: Activation,
    /// Mean and variance of each image's groups, once they are known.
    moments: OnceLock<Vec<(f32, f32)>>,
}

impl CustomOp3 for GroupNorm {
    fn name(&self) -> &'static str {
        "group_norm_act"
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
        let groups = Groups {
            planes: planes_of(x_layout.dims()),
            groups: self.groups,
        };
        let line = [
            host::floats(scale, scale_layout)?,
            host::floats(shift, shift_layout)?,
        ];
        let x = host::floats(x, x_layout)?;
        let (y, moments) = normalise_groups(groups, x, line, self.eps, self.act);
        if self.moments.set(moments).is_err() {
            bail!("a group normalisation was applied twice");
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
        let groups = Groups {
            planes: planes(x, scale, shift)?,
            groups: self.groups,
        };
        let Some(moments) = self.moments.get() else {
            bail!("the gradient of a group normalisation before its value")
        };
        let wanted = Wanted {
            input: x.track_op(),
            parameters: scale.track_op() || shift.track_op(),
        };
        let gradients = host::with_floats([x, y, gradient, scale], |[x, y, gradient, scale]| {
            let inputs = [x, y, gradient];
            normalise_groups_backward(groups, inputs, scale, moments, self.eps, self.act, wanted)
        })?;
        gradients_of(gradients, x, scale, shift)
    }
}
