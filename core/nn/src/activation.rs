//! Activations: non-linear functions of single numbers.
//!
//! ```text
//! relu(z) = max(z, 0)      elu(z) = z if z > 0 else eᶻ − 1
//! softplus(x) = log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|)      softplus′ = sigmoid
//! sigmoid(x) = 1/(1 + e⁻ˣ)                                     sigmoid′ = sigmoid·(1 − sigmoid)
//! tanh(x) = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ)                              tanh′ = 1 − tanh²
//! ```
//! All stable forms need e^−|x| or e^−2|x| only, and so cannot overflow.
//! Any shape; the relative error is below 10⁻⁶.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};

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
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor, Var};
/// use lab_nn::relu;
///
/// let x = Var::new(&[-2f32, 0.0, 3.0], &Device::Cpu)?;
/// let y = relu(&x)?;
/// assert_eq!(y.to_vec1::<f32>()?, [0.0, 0.0, 3.0]);
/// let slopes = y.sum_all()?.backward()?;
/// assert_eq!(slopes.get(&x).unwrap().to_vec1::<f32>()?, [0.0, 0.0, 1.0]);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn relu(x: &Tensor) -> Result<Tensor> {
    if host::is_ours([x]) {
        apply::<elementwise::Relu>(x)
    } else {
        x.relu()
    }
}

/// max(a + b, 0), elementwise: the end of a residual block.
///
/// # Errors
/// Fails if the shapes differ or the device fails.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::add_relu;
///
/// let (a, b) = (Tensor::new(&[-2f32, 1.0], &Device::Cpu)?, Tensor::new(&[1f32, 2.0], &Device::Cpu)?);
/// assert_eq!(add_relu(&a, &b)?.to_vec1::<f32>()?, [0.0, 3.0]);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn add_relu(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if a.dims() == b.dims() && host::is_ours([a, b]) {
        a.contiguous()?.apply_op2(&b.contiguous()?, AddRelu)
    } else {
        (a + b)?.relu()
    }
}

/// log(1 + eˣ), elementwise.
///
/// # Errors
/// Fails if the device does.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor, Var};
/// use lab_nn::{sigmoid, softplus};
///
/// // Neither end overflows.
/// let x = Var::new(&[-200f32, 0.0, 200.0], &Device::Cpu)?;
/// let y = softplus(&x)?.to_vec1::<f32>()?;
/// assert!(y[0] == 0.0 && (y[1] - 2f32.ln()).abs() < 1e-6 && y[2] == 200.0);
/// // Its slope is the sigmoid.
/// let slopes = softplus(&x)?.sum_all()?.backward()?;
/// let slopes = slopes.get(&x).unwrap().to_vec1::<f32>()?;
/// for (slope, expected) in slopes.into_iter().zip(sigmoid(&x)?.to_vec1::<f32>()?) {
///     assert!((slope - expected).abs() < 1e-6);
/// }
/// # Ok::<(), candle_core::Error>(())
/// ```
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
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::sigmoid;
///
/// let x = Tensor::new(&[-200f32, -1.0, 0.0, 1.0, 200.0], &Device::Cpu)?;
/// let y = sigmoid(&x)?.to_vec1::<f32>()?;
/// assert_eq!((y[0], y[2], y[4]), (0.0, 0.5, 1.0));
/// assert!((y[1] + y[3] - 1.0).abs() < 1e-6);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn sigmoid(x: &Tensor) -> Result<Tensor> {
    if host::is_ours([x]) {
        apply::<elementwise::Sigmoid>(x)
    } else {
        candle_nn::ops::sigmoid(x)
    }
}

/// (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ), elementwise: numbers between −1 and 1.
///
/// # Errors
/// Fails if the device does.
///
/// # Example
/// ```
/// use candle_core::{Device, Tensor};
/// use lab_nn::tanh;
///
/// let x = Tensor::new(&[-200f32, -1e-6, 0.0, 1.0], &Device::Cpu)?;
/// let y = tanh(&x)?.to_vec1::<f32>()?;
/// assert_eq!((y[0], y[1], y[2]), (-1.0, -1e-6, 0.0));
/// assert!((y[3] - 1f32.tanh()).abs() < 1e-6);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn tanh(x: &Tensor) -> Result<Tensor> {
    if host::is_ours([x]) {
        apply::<elementwise::Tanh>(x)
    } else {
        x.tanh()
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

struct AddRelu;

impl CustomOp2 for AddRelu {
    fn name(&self) -> &'static str {
        "add_relu"
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (a, b) = (host::floats(a, a_layout)?, host::floats(b, b_layout)?);
        Ok((
            CpuStorage::F32(elementwise::add_rectified(a, b)),
            a_layout.shape().clone(),
        ))
    }

    fn bwd(
        &self,
        a: &Tensor,
        _b: &Tensor,
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let values = host::with_floats([y, gradient], |[y, gradient]| {
            elementwise::backward::<elementwise::Relu>(y, gradient)
        })?;
        let both = host::tensor(values, a.dims())?;
        Ok((Some(both.clone()), Some(both)))
    }
}
