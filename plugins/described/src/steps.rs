//! What each layer computes, on the kernels of [`lab_core::nn`].

use candle_core::Tensor;
use lab_core::Result;
use lab_core::nn::{self, Activation, ResponseNorm, Rounding};

use crate::resample;

/// One step of a network, with its sizes.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Linear {
        name: String,
        n_in: usize,
        n_out: usize,
        bias: bool,
    },
    Conv(Conv),
    Norm {
        name: String,
        n: usize,
        affine: bool,
        eps: Option<f64>,
    },
    GroupNorm {
        name: String,
        n: usize,
        groups: usize,
        eps: f64,
    },
    Attention(Attention),
    Act(Act),
    Clamp(f32, f32),
    MaxPool(Pool),
    AveragePool(Pool),
    GlobalAverage,
    ResponseNorm(ResponseNorm),
    Flatten,
    Reshape(usize, usize, usize),
    Nearest(usize),
    Bilinear {
        factor: usize,
        aligned: bool,
    },
    Residual(Vec<Step>, Vec<Step>),
    /// Activations that may be asked for.
    Tap(String),
    Nothing,
}

/// A convolution, or with `output_padding` a transposed one.
#[derive(Debug, Clone)]
pub(crate) struct Conv {
    pub(crate) name: String,
    pub(crate) c_in: usize,
    pub(crate) c_out: usize,
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    pub(crate) padding: usize,
    pub(crate) groups: usize,
    pub(crate) bias: bool,
    pub(crate) output_padding: Option<usize>,
}

/// Attention of pixels to each other.
#[derive(Debug, Clone)]
pub(crate) struct Attention {
    pub(crate) name: String,
    pub(crate) n: usize,
    pub(crate) heads: usize,
    /// Whether queries, keys and values have a bias.
    pub(crate) bias: bool,
}

impl Attention {
    /// Its parts in the order of the file, and whether each has a bias.
    pub(crate) fn parts(&self) -> [(String, bool); 4] {
        [
            ("q", self.bias),
            ("k", self.bias),
            ("v", self.bias),
            ("out", true),
        ]
        .map(|(part, bias)| (format!("{}.{part}", self.name), bias))
    }
}

/// A pool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pool {
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    pub(crate) padding: usize,
    pub(crate) rounding: Rounding,
}

/// A non-linearity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Act {
    Relu,
    LeakyRelu(f64),
    Elu(f64),
    Silu,
    Tanh,
    ScaledTanh(f64),
    Sigmoid,
}

impl Act {
    pub(crate) fn apply(self, x: &Tensor) -> Result<Tensor> {
        Ok(match self {
            Self::Relu => nn::relu(x)?,
            Self::LeakyRelu(slope) => (nn::relu(x)? - (nn::relu(&x.neg()?)? * slope)?)?,
            Self::Elu(alpha) => {
                // Above 0 the exponent is cut, so that it cannot overflow.
                let below = ((x - nn::relu(x)?)?.exp()? - 1.0)?;
                (nn::relu(x)? + (below * alpha)?)?
            }
            Self::Silu => (x * nn::sigmoid(x)?)?,
            Self::Tanh => nn::tanh(x)?,
            Self::ScaledTanh(limit) => (nn::tanh(&x.affine(1.0 / limit, 0.0)?)? * limit)?,
            Self::Sigmoid => nn::sigmoid(x)?,
        })
    }
}

impl Conv {
    /// The shape of its kernel in the file.
    pub(crate) fn shape(&self) -> Vec<usize> {
        let (first, second) = if self.output_padding.is_some() {
            (self.c_in, self.c_out)
        } else {
            (self.c_out, self.c_in)
        };
        vec![first, second / self.groups, self.kernel, self.kernel]
    }

    pub(crate) fn apply(
        &self,
        x: &Tensor,
        kernel: &Tensor,
        bias: Option<&Tensor>,
        act: Activation,
    ) -> Result<Tensor> {
        if self.groups == 1 && self.output_padding.unwrap_or(0) == 0 {
            return self.part(x, kernel, bias, act);
        }
        let (c, n) = (x.dim(1)? / self.groups, kernel.dim(0)? / self.groups);
        let part = |group: usize| {
            self.part(
                &x.narrow(1, group * c, c)?,
                &kernel.narrow(0, group * n, n)?,
                None,
                Activation::Identity,
            )
        };
        let parts = (0..self.groups).map(part).collect::<Result<Vec<_>>>()?;
        let mut y = Tensor::cat(&parts, 1)?;
        if let Some(bias) = bias {
            y = y.broadcast_add(&bias.reshape((1, self.c_out, 1, 1))?)?;
        }
        activated(act, y)
    }

    fn part(
        &self,
        x: &Tensor,
        kernel: &Tensor,
        bias: Option<&Tensor>,
        act: Activation,
    ) -> Result<Tensor> {
        let (stride, padding) = (self.stride, self.padding);
        let y = match self.output_padding {
            None if act == Activation::Relu => {
                return Ok(nn::conv2d_relu(x, kernel, bias, stride, padding)?);
            }
            None => nn::conv2d(x, kernel, bias, stride, padding)?,
            Some(0) => nn::conv_transpose2d(x, kernel, bias, stride, padding)?,
            Some(extra) => {
                // Less is cut off at the far sides than at the near ones; beyond the whole there are zeros.
                let mut y = nn::conv_transpose2d(x, kernel, bias, stride, 0)?;
                for axis in [2, 3] {
                    let whole = y.dim(axis)?;
                    let beyond = extra.saturating_sub(padding);
                    y = y.pad_with_zeros(axis, 0, beyond)?;
                    y = y.narrow(axis, padding, whole + extra - 2 * padding)?;
                }
                y
            }
        };
        activated(act, y)
    }
}

/// The activation of `x`; a norm, a convolution or a sum is followed by a rectifier or nothing.
pub(crate) fn activated(act: Activation, x: Tensor) -> Result<Tensor> {
    Ok(match act {
        Activation::Relu => nn::relu(&x)?,
        _ => x,
    })
}

impl Pool {
    pub(crate) fn maximum(self, x: &Tensor) -> Result<Tensor> {
        let mut padded = x.clone();
        if self.padding > 0 {
            for axis in [2, 3] {
                let mut shape = padded.dims().to_vec();
                shape[axis] = self.padding;
                let edge = Tensor::full(f32::MIN, shape, x.device())?;
                padded = Tensor::cat(&[&edge, &padded, &edge], axis)?;
            }
        }
        Ok(nn::max_pool2d(
            &padded,
            self.kernel,
            self.stride,
            self.rounding,
        )?)
    }

    /// The mean of a window is a convolution with equal weights.
    pub(crate) fn mean(self, x: &Tensor) -> Result<Tensor> {
        let (batch, channels, height, width) = x.dims4()?;
        let area = (self.kernel * self.kernel) as f32;
        let shape = (1, 1, self.kernel, self.kernel);
        let kernel = Tensor::full(1.0 / area, shape, x.device())?;
        let planes = x.reshape((batch * channels, 1, height, width))?;
        let means = nn::conv2d(&planes, &kernel, None, self.stride, self.padding)?;
        let (_, _, height, width) = means.dims4()?;
        Ok(means.reshape((batch, channels, height, width))?)
    }
}

/// Every step without weights of its own.
pub(crate) fn apply(step: &Step, x: &Tensor) -> Result<Tensor> {
    Ok(match step {
        Step::Act(act) => act.apply(x)?,
        Step::Clamp(low, high) => x.clamp(*low, *high)?,
        Step::MaxPool(pool) => pool.maximum(x)?,
        Step::AveragePool(pool) => pool.mean(x)?,
        Step::GlobalAverage => x.mean_keepdim(3)?.mean_keepdim(2)?,
        Step::ResponseNorm(params) => nn::local_response_norm(x, params)?,
        Step::Flatten => x.flatten_from(1)?,
        Step::Reshape(channels, height, width) => {
            x.reshape((x.dim(0)?, *channels, *height, *width))?
        }
        Step::Nearest(factor) => nn::repeat_pixels(x, *factor)?,
        Step::Bilinear { factor, aligned } => resample::bilinear(x, *factor, *aligned)?,
        _ => x.clone(),
    })
}
