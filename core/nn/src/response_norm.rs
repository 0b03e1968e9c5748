//! Local response normalisation across channels.
//!
//! ```text
//! s_i = k + alpha·Σ_{|j − i| ≤ n/2} x_j²        y_i = x_i·s_i^−beta
//! x_i′ = g_i·s_i^−beta − 2·alpha·beta·x_i·Σ_{|j − i| ≤ n/2} g_j·y_j/s_j
//! ```
//!
//! # Source
//! Krizhevsky, Sutskever & Hinton 2012, section 3.3; Chainer's form, whose `alpha` counts for each term of the sum:
//! PyTorch divides its `alpha` by `n` first.
//!
//! # Shapes
//! `[batch, channels, height, width]`, unchanged.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::host;
use lab_kernels::channels::Planes;
use lab_kernels::response::Response;

/// The constants of a local response normalisation.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseNorm {
    /// Channels that count, the own one in the middle; n/2 (rounded down) to each side.
    pub n: usize,
    /// The sum's offset.
    pub k: f64,
    /// Weight of each square.
    pub alpha: f64,
    /// Exponent of the sum, unitless.
    pub beta: f64,
}

impl Default for ResponseNorm {
    /// Chainer's values, which are the paper's.
    fn default() -> Self {
        Self {
            n: 5,
            k: 2.0,
            alpha: 1e-4,
            beta: 0.75,
        }
    }
}

/// Divides each number by a power of the energy at its place in neighbouring channels.
///
/// # Errors
/// Fails if `x` is not `[batch, channels, height, width]`.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::{ResponseNorm, local_response_norm};
///
/// // One pixel of three channels; each is divided by the root of 1 plus the squares of its neighbours and itself.
/// let p = ResponseNorm { n: 3, k: 1.0, alpha: 1.0, beta: 0.5 };
/// let x = Tensor::new(&[2f32, 2.0, 4.0], &Device::Cpu)?.reshape((1, 3, 1, 1))?;
/// let y = local_response_norm(&x, &p)?.flatten_all()?.to_vec1::<f32>()?;
/// for (value, expected) in y.into_iter().zip([2.0 / 3.0, 2.0 / 5.0, 4.0 / 21f32.sqrt()]) {
///     assert!((value - expected).abs() < 1e-6);
/// }
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn local_response_norm(x: &Tensor, p: &ResponseNorm) -> Result<Tensor> {
    x.dims4()?;
    if !host::is_ours([x]) {
        return composed(x, p);
    }
    apply(x, p, f32::NEG_INFINITY)
}

/// [`local_response_norm`] of max(x, 0), in one pass.
///
/// # Errors
/// Fails if `x` is not `[batch, channels, height, width]`.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::{ResponseNorm, local_response_norm, relu, relu_response_norm};
///
/// let x = Tensor::new(&[-2f32, 2.0, 4.0], &Device::Cpu)?.reshape((1, 3, 1, 1))?;
/// let p = ResponseNorm::default();
/// let apart = local_response_norm(&relu(&x)?, &p)?.flatten_all()?.to_vec1::<f32>()?;
/// let together = relu_response_norm(&x, &p)?.flatten_all()?.to_vec1::<f32>()?;
/// assert_eq!(together, apart);
/// assert_eq!(together[0], 0.0);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn relu_response_norm(x: &Tensor, p: &ResponseNorm) -> Result<Tensor> {
    x.dims4()?;
    if !host::is_ours([x]) {
        return composed(&x.relu()?, p);
    }
    apply(x, p, 0.0)
}

fn apply(x: &Tensor, p: &ResponseNorm, floor: f32) -> Result<Tensor> {
    x.contiguous()?.apply_op1(LocalResponse {
        params: p.clone(),
        floor,
    })
}

/// The same by candle's own operations.
pub(super) fn composed(x: &Tensor, p: &ResponseNorm) -> Result<Tensor> {
    let channels = x.dim(1)?;
    let squares = x.sqr()?.pad_with_zeros(1, p.n / 2, p.n / 2)?;
    let mut sum = squares.narrow(1, 0, channels)?;
    for offset in 1..=p.n / 2 * 2 {
        sum = (sum + squares.narrow(1, offset, channels)?)?;
    }
    x.mul(&sum.affine(p.alpha, p.k)?.powf(-p.beta)?)
}

struct LocalResponse {
    params: ResponseNorm,
    floor: f32,
}

impl LocalResponse {
    fn kernel(&self, shape: &Shape) -> Result<Response> {
        let (batch, channels, height, width) = shape.dims4()?;
        let planes = Planes {
            batch,
            channels,
            size: height * width,
        };
        let ResponseNorm { n, k, alpha, beta } = self.params;
        Ok(Response {
            planes,
            half: n / 2,
            k: k as f32,
            alpha: alpha as f32,
            beta: beta as f32,
            floor: self.floor,
        })
    }
}

impl CustomOp1 for LocalResponse {
    fn name(&self) -> &'static str {
        "local_response_norm"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let y = self
            .kernel(layout.shape())?
            .forward(host::floats(x, layout)?);
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let kernel = self.kernel(x.shape())?;
        let values = host::with_floats([x, y, gradient], |[x, y, gradient]| {
            kernel.backward(x, y, gradient)
        })?;
        host::tensor(values, x.dims()).map(Some)
    }
}
