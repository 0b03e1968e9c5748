//! Activations.
//!
//! ```text
//! relu(z) = max(z, 0)      elu(z) = z if z > 0 else eᶻ − 1
//! softplus(x) = log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|)      softplus′ = sigmoid
//! sigmoid(x) = 1/(1 + e⁻ˣ)                                     sigmoid′ = sigmoid·(1 − sigmoid)
//! ```
//! Both stable forms need e^−|x| only, and so cannot overflow.
//! Any shape; the relative error is below 10⁻⁶.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use lab_kernels::elementwise::{self, Function};

use super::host;

pub use lab_kernels::activation::Activation;

/// `activation` of `z` by candle's own operations.
pub(super) fn composed(activation: Activation, z: &Tensor) -> Result<Tensor> {
    match activation {
        Activation::Identity => Ok(z.clone()),
        Activation::Relu => z.relu(),
        Activation::Elu => z.elu(1.0),
    }
}

/// max(x, 0), elementwise; the slope at 0 is 0.
///
/// # Errors
/// Fails if the device does.
pub fn relu(x: &Tensor) -> Result<Tensor> {
    if host::is_ours([x]) {
        apply::<elementwise::Relu>(x)
    } else {
        x.relu()
    }
}

/// log(1 + eˣ), elementwise.
///
/// # Errors
/// Fails if the device does.
pub fn softplus(x: &Tensor) -> Result<Tensor> {
    if host::is_ours([x]) {
        apply::<elementwise::Softplus>(x)
    } else {
        softplus_composed(x)
    }
}

/// 1/(1 + e⁻ˣ), elementwise.
///
/// # Errors
/// Fails if the device does.
pub fn sigmoid(x: &Tensor) -> Result<Tensor> {
    if host::is_ours([x]) {
        apply::<elementwise::Sigmoid>(x)
    } else {
        candle_nn::ops::sigmoid(x)
    }
}

/// max(x, 0) as (x + |x|)/2, whose slope at 0 is a half as it should be.
pub(super) fn softplus_composed(x: &Tensor) -> Result<Tensor> {
    let size = x.abs()?;
    ((x + &size)? * 0.5)? + (size.neg()?.exp()? + 1.0)?.log()?
}

fn apply<F: Function + 'static>(x: &Tensor) -> Result<Tensor> {
    x.contiguous()?
        .apply_op1(Elementwise::<F>(std::marker::PhantomData))
}

struct Elementwise<F>(std::marker::PhantomData<F>);

impl<F: Function> CustomOp1 for Elementwise<F> {
    fn name(&self) -> &'static str {
        "elementwise"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((
            CpuStorage::F32(elementwise::apply::<F>(host::floats(storage, layout)?)),
            layout.shape().clone(),
        ))
    }

    fn bwd(&self, x: &Tensor, _y: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let values = host::with_floats([x, gradient], |[x, gradient]| {
            elementwise::backward::<F>(x, gradient)
        })?;
        host::tensor(values, x.dims()).map(Some)
    }
}
