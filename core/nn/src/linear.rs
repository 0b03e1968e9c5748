//! A linear map of rows.
//!
//! ```text
//! y = x·W + b      x′ = g·Wᵀ      W′ = xᵀ·g      b′ = Σ g over rows
//! ```
//!
//! # Shapes
//! x `[.., n_in]`, W `[n_in, n_out]` (rows multiply on the left, unlike PyTorch's `[n_out, n_in]`), b `[n_out]`.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, D, Layout, Result, Shape, Tensor, bail};

use super::host;
use lab_kernels::channels::{self, Planes};
use lab_kernels::gemm::{Operand, product};

/// `x·weight + bias`.
///
/// # Errors
/// Fails if the shapes do not fit.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor, Var};
/// use lab_nn::linear;
///
/// let rows = Tensor::new(&[[1f32, 2.0], [3.0, 4.0]], &Device::Cpu)?;
/// let weight = Var::new(&[[1f32, 0.0, 1.0], [0.0, 1.0, 1.0]], &Device::Cpu)?;
/// let bias = Tensor::new(&[0f32, 0.0, 10.0], &Device::Cpu)?;
/// let y = linear(&rows, &weight, Some(&bias))?;
/// assert_eq!(y.to_vec2::<f32>()?, [[1.0, 2.0, 13.0], [3.0, 4.0, 17.0]]);
/// // The gradient of the sum of all results by a weight is the sum of its inputs over the rows.
/// let gradients = y.sum_all()?.backward()?;
/// assert_eq!(gradients.get(&weight).unwrap().to_vec2::<f32>()?, [[4.0; 3], [6.0; 3]]);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let (n_in, n_out) = weight.dims2()?;
    if x.rank() == 0 || x.dim(D::Minus1)? != n_in || bias.is_some_and(|bias| bias.dims() != [n_out])
    {
        bail!(
            "linear map: expected [.., {n_in}] and a bias [{n_out}], got {:?} and {:?}",
            x.shape(),
            bias.map(Tensor::shape)
        );
    }
    let mut dims = x.dims().to_vec();
    dims[x.rank() - 1] = n_out;
    let rows = if x.rank() == 2 {
        x.clone()
    } else {
        x.reshape(((), n_in))?
    };
    let y = if host::is_ours([x, weight]) {
        let (rows, weight) = (rows.contiguous()?, weight.contiguous()?);
        match bias {
            None => rows.apply_op2(&weight, Linear)?,
            Some(bias) => rows.apply_op3(&weight, &bias.contiguous()?, Linear)?,
        }
    } else {
        composed(&rows, weight, bias)?
    };
    if dims.len() == 2 {
        Ok(y)
    } else {
        y.reshape(dims)
    }
}

/// The same by candle's own operations.
pub(super) fn composed(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let y = x.matmul(weight)?;
    bias.map_or(Ok(y.clone()), |bias| y.broadcast_add(bias))
}

struct Linear;

impl Linear {
    fn forward(
        x: (&CpuStorage, &Layout),
        weight: (&CpuStorage, &Layout),
        bias: Option<&[f32]>,
    ) -> Result<(CpuStorage, Shape)> {
        let (rows, n_in) = x.1.shape().dims2()?;
        let n_out = weight.1.shape().dims2()?.1;
        let (x, weight) = (
            Operand::rows(host::floats(x.0, x.1)?, n_in),
            Operand::rows(host::floats(weight.0, weight.1)?, n_out),
        );
        Ok((
            CpuStorage::F32(product(rows, n_out, n_in, x, weight, bias)),
            Shape::from((rows, n_out)),
        ))
    }

    fn backward(
        x: &Tensor,
        weight: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (rows, n_in) = x.dims2()?;
        let n_out = weight.dim(1)?;
        let wanted = (x.track_op(), weight.track_op());
        let (to_x, to_weight) =
            host::with_floats([x, weight, gradient], |[x, weight, gradient]| {
                let g = Operand::rows(gradient, n_out);
                let to_x = wanted.0.then(|| {
                    product(
                        rows,
                        n_in,
                        n_out,
                        g,
                        Operand::transposed(weight, n_out),
                        None,
                    )
                });
                let to_weight = wanted
                    .1
                    .then(|| product(n_in, n_out, rows, Operand::transposed(x, n_in), g, None));
                (to_x, to_weight)
            })?;
        let to_x = to_x
            .map(|values| host::tensor(values, x.dims()))
            .transpose()?;
        let to_weight = to_weight
            .map(|values| host::tensor(values, weight.dims()))
            .transpose()?;
        Ok((to_x, to_weight))
    }
}

impl CustomOp2 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        Self::forward((x, x_layout), (weight, weight_layout), None)
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _y: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        Self::backward(x, weight, gradient)
    }
}

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        Self::forward(
            (x, x_layout),
            (weight, weight_layout),
            Some(host::floats(bias, bias_layout)?),
        )
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _y: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (to_x, to_weight) = Self::backward(x, weight, gradient)?;
        if !bias.track_op() {
            return Ok((to_x, to_weight, None));
        }
        let (batch, channels) = gradient.dims2()?;
        let to_bias = host::with_floats([gradient], |[gradient]| {
            channels::sums(
                Planes {
                    batch,
                    channels,
                    size: 1,
                },
                gradient,
            )
        })?;
        Ok((to_x, to_weight, Some(host::tensor(to_bias, bias.dims())?)))
    }
}
