//! Convolution and transposed convolution of images.
//!
//! ```text
//! conv2d            y[o, p] = b[o] + Σ_{c, t} K[o, c, t]·x[c, p·stride + t − padding]
//! conv_transpose2d  y[c, q] = b[c] + Σ_{o, t} K[o, c, t]·x[o, p]   over p, t with p·stride + t − padding = q
//! ```
//! p, q and t stand for pixels of the two axes; pixels outside are 0. One is the transpose of the other, so that each is
//! the other's gradient to the image; the gradient to the kernel sums products of both sides over pixels and batch.
//!
//! # Shapes
//! | | image | kernel | result |
//! |---|---|---|---|
//! | `conv2d` | `[batch, c_in, h, w]` | `[c_out, c_in, k, k]` | `⌊(h + 2·padding − k)/stride⌋ + 1` high |
//! | `conv_transpose2d` | `[batch, c_in, h, w]` | `[c_in, c_out, k, k]` | `(h − 1)·stride − 2·padding + k` high |
//!
//! `conv2d_relu` is the first and `max(_, 0)` of it in one pass.
//!
//! As PyTorch's `conv2d` and `conv_transpose2d` with dilation 1, one group and no output padding.

#[cfg(feature = "cudnn")]
mod card;
mod plan;

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, bail};

use crate::host;
use lab_kernels::algorithm::Algorithm;
use lab_kernels::channels::{self, Planes};
use lab_kernels::elementwise;

pub(super) use plan::{Conv, Plan};

/// Convolution of `x [batch, c_in, h, w]` with `kernel [c_out, c_in, k, k]`, plus `bias [c_out]`.
///
/// # Errors
/// Fails if the shapes do not fit or the kernel is larger than the padded image.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::conv2d;
///
/// let image = Tensor::new(&[[[[1f32, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]], &Device::Cpu)?;
/// let kernel = Tensor::new(&[[[[1f32, 0.0], [0.0, -1.0]]]], &Device::Cpu)?;
/// // Each pixel minus its neighbour on the lower right, plus 10.
/// let bias = Tensor::new(&[10f32], &Device::Cpu)?;
/// let y = conv2d(&image, &kernel, Some(&bias), 1, 0)?;
/// assert_eq!(y.dims(), [1, 1, 2, 2]);
/// assert_eq!(y.flatten_all()?.to_vec1::<f32>()?, [6.0; 4]);
/// // (3 + 2·1 − 2)/2 + 1 = 2 windows to a side, rounded down.
/// assert_eq!(conv2d(&image, &kernel, None, 2, 1)?.dims(), [1, 1, 2, 2]);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn conv2d(
    x: &Tensor,
    kernel: &Tensor,
    bias: Option<&Tensor>,
    stride: usize,
    padding: usize,
) -> Result<Tensor> {
    run(x, kernel, bias, Conv::new(stride, padding))
}

/// [`conv2d`] and `max(_, 0)` of its result, in one pass.
///
/// # Errors
/// As [`conv2d`].
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::{conv2d, conv2d_relu, relu};
///
/// let image = Tensor::arange(-8f32, 8.0, &Device::Cpu)?.reshape((1, 1, 4, 4))?;
/// let kernel = Tensor::ones((2, 1, 3, 3), candle_core::DType::F32, &Device::Cpu)?;
/// let two_passes = relu(&conv2d(&image, &kernel, None, 1, 1)?)?;
/// let y = conv2d_relu(&image, &kernel, None, 1, 1)?;
/// assert_eq!(y.flatten_all()?.to_vec1::<f32>()?, two_passes.flatten_all()?.to_vec1::<f32>()?);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn conv2d_relu(
    x: &Tensor,
    kernel: &Tensor,
    bias: Option<&Tensor>,
    stride: usize,
    padding: usize,
) -> Result<Tensor> {
    run(
        x,
        kernel,
        bias,
        Conv {
            rectified: true,
            ..Conv::new(stride, padding)
        },
    )
}

/// Transposed convolution of `x [batch, c_in, h, w]` with `kernel [c_in, c_out, k, k]`, plus `bias [c_out]`.
///
/// # Errors
/// Fails if the shapes do not fit or nothing of the result is left after the padding.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::{conv2d, conv_transpose2d};
///
/// let small = Tensor::new(&[[[[1f32, 2.0], [3.0, 4.0]]]], &Device::Cpu)?;
/// let kernel = Tensor::new(&[[[[1f32, 1.0], [1.0, 1.0]]]], &Device::Cpu)?;
/// // With stride 2 every pixel becomes a block of 2 × 2 pixels.
/// let large = conv_transpose2d(&small, &kernel, None, 2, 0)?;
/// assert_eq!(
///     large.reshape((4, 4))?.to_vec2::<f32>()?,
///     [[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0], [3.0, 3.0, 4.0, 4.0], [3.0, 3.0, 4.0, 4.0]],
/// );
/// // It is the transpose of the convolution: ⟨convᵀ(x), y⟩ = ⟨x, conv(y)⟩.
/// let y = Tensor::arange(0f32, 16.0, &Device::Cpu)?.reshape((1, 1, 4, 4))?;
/// let left = (large * &y)?.sum_all()?.to_scalar::<f32>()?;
/// let right = (small * conv2d(&y, &kernel, None, 2, 0)?)?.sum_all()?.to_scalar::<f32>()?;
/// assert_eq!(left, right);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn conv_transpose2d(
    x: &Tensor,
    kernel: &Tensor,
    bias: Option<&Tensor>,
    stride: usize,
    padding: usize,
) -> Result<Tensor> {
    run(
        x,
        kernel,
        bias,
        Conv {
            transposed: true,
            ..Conv::new(stride, padding)
        },
    )
}

fn run(x: &Tensor, kernel: &Tensor, bias: Option<&Tensor>, conv: Conv) -> Result<Tensor> {
    let plan = conv.plan(x.shape(), kernel.shape())?;
    if let Some(bias) = bias.filter(|bias| bias.dims() != [plan.out_channels]) {
        bail!(
            "bias of a convolution: expected [{}], got {:?}",
            plan.out_channels,
            bias.shape()
        );
    }
    #[cfg(feature = "cudnn")]
    if card::serves([x, kernel]) {
        let bare = Conv {
            rectified: false,
            ..conv
        };
        let y = x.contiguous()?.apply_op2(&kernel.contiguous()?, bare)?;
        return conv.finish(y, bias, plan.out_channels);
    }
    if !host::is_ours([x, kernel]) {
        return conv.composed(x, kernel, bias, &plan);
    }
    let (x, kernel) = (x.contiguous()?, kernel.contiguous()?);
    match bias {
        None => x.apply_op2(&kernel, conv),
        Some(bias) => x.apply_op3(&kernel, &bias.contiguous()?, conv),
    }
}

impl Conv {
    fn forward(
        self,
        x: (&CpuStorage, &Layout),
        kernel: (&CpuStorage, &Layout),
        bias: Option<(&CpuStorage, &Layout)>,
    ) -> Result<(CpuStorage, Shape)> {
        let plan = self.plan(x.1.shape(), kernel.1.shape())?;
        let (x, kernel) = (host::floats(x.0, x.1)?, host::floats(kernel.0, kernel.1)?);
        let bias = bias
            .map(|(storage, layout)| host::floats(storage, layout))
            .transpose()?;
        let algorithm = Algorithm::of(plan.convolution);
        let result = if self.transposed {
            algorithm.scatter(x, kernel, bias)
        } else {
            algorithm.correlate(x, kernel, bias, self.rectified)
        };
        Ok((CpuStorage::F32(result), Shape::from(plan.out.as_slice())))
    }

    fn backward(
        self,
        x: &Tensor,
        kernel: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let c = Algorithm::of(self.plan(x.shape(), kernel.shape())?.convolution);
        let wanted = (x.track_op(), kernel.track_op());
        let (to_x, to_kernel) =
            host::with_floats([x, kernel, gradient], |[x, kernel, gradient]| {
                match (self.transposed, wanted) {
                    (_, (false, false)) => (None, None),
                    (false, (to_x, to_kernel)) => (
                        to_x.then(|| c.scatter(gradient, kernel, None)),
                        to_kernel.then(|| c.kernel_gradient(x, gradient)),
                    ),
                    (true, (true, false)) => {
                        (Some(c.correlate(gradient, kernel, None, false)), None)
                    }
                    (true, (false, true)) => (None, Some(c.kernel_gradient(gradient, x))),
                    (true, (true, true)) => {
                        let (to_x, to_kernel) = c.correlate_and_gradient(gradient, kernel, x);
                        (Some(to_x), Some(to_kernel))
                    }
                }
            })?;
        let to_x = to_x
            .map(|values| host::tensor(values, x.dims()))
            .transpose()?;
        let to_kernel = to_kernel
            .map(|values| host::tensor(values, kernel.dims()))
            .transpose()?;
        Ok((to_x, to_kernel))
    }

    /// The same by candle's own operations.
    ///
    /// candle's gradient of `conv2d` fails if the last windows end at different distances from the image's bottom and
    /// right; the image is therefore padded and cut to what the windows cover.
    pub(super) fn composed(
        self,
        x: &Tensor,
        kernel: &Tensor,
        bias: Option<&Tensor>,
        plan: &Plan,
    ) -> Result<Tensor> {
        let Self {
            stride,
            padding,
            transposed,
            ..
        } = self;
        let y = if transposed {
            x.conv_transpose2d(kernel, padding, 0, stride, 1)?
        } else {
            let g = plan.convolution.geometry;
            let (h, w) = (
                (g.n_down - 1) * stride + g.kernel,
                (g.n_across - 1) * stride + g.kernel,
            );
            let padded = x
                .pad_with_zeros(2, padding, padding)?
                .pad_with_zeros(3, padding, padding)?;
            padded
                .narrow(2, 0, h)?
                .narrow(3, 0, w)?
                .conv2d(kernel, 0, stride, 1, 1)?
        };
        self.finish(y, bias, plan.out_channels)
    }

    /// Bias and rectifier, by candle's own operations.
    fn finish(self, y: Tensor, bias: Option<&Tensor>, channels: usize) -> Result<Tensor> {
        let y = match bias {
            None => y,
            Some(bias) => y.broadcast_add(&bias.reshape((1, channels, 1, 1))?)?,
        };
        if self.rectified { y.relu() } else { Ok(y) }
    }

    /// The gradient to what is rectified, from the result and its gradient.
    fn before_relu(self, y: &Tensor, gradient: &Tensor) -> Result<Tensor> {
        if !self.rectified {
            return Ok(gradient.clone());
        }
        let values = host::with_floats([y, gradient], |[y, gradient]| {
            elementwise::backward::<elementwise::Relu>(y, gradient)
        })?;
        host::tensor(values, gradient.dims())
    }
}

impl CustomOp2 for Conv {
    fn name(&self) -> &'static str {
        match (self.transposed, self.rectified) {
            (true, _) => "conv_transpose2d",
            (false, true) => "conv2d_relu",
            (false, false) => "conv2d",
        }
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        kernel: &CpuStorage,
        kernel_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward((x, x_layout), (kernel, kernel_layout), None)
    }

    #[cfg(feature = "cudnn")]
    fn cuda_fwd(
        &self,
        x: &candle_core::CudaStorage,
        x_layout: &Layout,
        kernel: &candle_core::CudaStorage,
        kernel_layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        self.on_card((x, x_layout), (kernel, kernel_layout))
    }

    fn bwd(
        &self,
        x: &Tensor,
        kernel: &Tensor,
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        #[cfg(feature = "cudnn")]
        if x.device().is_cuda() {
            return self.backward_on_card(x, kernel, gradient);
        }
        self.backward(x, kernel, &self.before_relu(y, gradient)?)
    }
}

impl CustomOp3 for Conv {
    fn name(&self) -> &'static str {
        CustomOp2::name(self)
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        kernel: &CpuStorage,
        kernel_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward(
            (x, x_layout),
            (kernel, kernel_layout),
            Some((bias, bias_layout)),
        )
    }

    fn bwd(
        &self,
        x: &Tensor,
        kernel: &Tensor,
        bias: &Tensor,
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let gradient = &self.before_relu(y, gradient)?;
        let (to_x, to_kernel) = self.backward(x, kernel, gradient)?;
        if !bias.track_op() {
            return Ok((to_x, to_kernel, None));
        }
        let (batch, channels, h, w) = gradient.dims4()?;
        let to_bias = host::with_floats([gradient], |[gradient]| {
            channels::sums(
                Planes {
                    batch,
                    channels,
                    size: h * w,
                },
                gradient,
            )
        })?;
        Ok((to_x, to_kernel, Some(host::tensor(to_bias, bias.dims())?)))
    }
}
