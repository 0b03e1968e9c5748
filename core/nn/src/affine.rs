//! A scale and a shift for each channel, with the activation behind them: batch normalisation with fixed statistics.
//!
//! ```text
//! y = act(x·scale_c + shift_c)
//! ```
//! with d = g·act′: x′ = d·scale, scale′ = Σ d·x, shift′ = Σ d.
//! For running statistics, scale = γ/√(variance + eps) and shift = β − mean·scale.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};

use super::activation::{self, Activation};
use super::host;
use super::norm::{gradients_of, per_channel, planes, planes_of};
use lab_kernels::channels::{self, Wanted};

/// `act(x·scale + shift)` for `x [batch, c, h, w]` or `[batch, c]`, `scale [c]` and `shift [c]`.
///
/// # Errors
/// Fails if the shapes do not fit.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::{Activation, channel_affine_act};
///
/// // Two rows of two channels.
/// let x = Tensor::new(&[[1f32, 2.0], [-3.0, 4.0]], &Device::Cpu)?;
/// let scale = Tensor::new(&[2f32, -1.0], &Device::Cpu)?;
/// let shift = Tensor::new(&[1f32, 3.0], &Device::Cpu)?;
/// let z = channel_affine_act(&x, &scale, &shift, Activation::Identity)?;
/// assert_eq!(z.to_vec2::<f32>()?, [[3.0, 1.0], [-5.0, -1.0]]);
/// let y = channel_affine_act(&x, &scale, &shift, Activation::Relu)?;
/// assert_eq!(y.to_vec2::<f32>()?, [[3.0, 1.0], [0.0, 0.0]]);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn channel_affine_act(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    act: Activation,
) -> Result<Tensor> {
    planes(x, scale, shift)?;
    if !host::is_ours([x, scale, shift]) {
        return composed(x, scale, shift, act);
    }
    x.contiguous()?.apply_op3(
        &scale.contiguous()?,
        &shift.contiguous()?,
        ChannelAffine { act },
    )
}

/// The same by candle's own operations.
pub(super) fn composed(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    act: Activation,
) -> Result<Tensor> {
    let z = x
        .broadcast_mul(&per_channel(scale, x.rank())?)?
        .broadcast_add(&per_channel(shift, x.rank())?)?;
    activation::composed(act, &z)
}

struct ChannelAffine {
    act: Activation,
}

impl CustomOp3 for ChannelAffine {
    fn name(&self) -> &'static str {
        "channel_affine_act"
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
        let y = channels::affine(planes, host::floats(x, x_layout)?, scale, shift, self.act);
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
        let wanted = Wanted {
            input: x.track_op(),
            parameters: scale.track_op() || shift.track_op(),
        };
        let gradients = host::with_floats([x, y, gradient, scale], |[x, y, gradient, scale]| {
            channels::affine_backward(planes, [x, y, gradient], scale, self.act, wanted)
        })?;
        gradients_of(gradients, x, scale, shift)
    }
}
