//! Stochastic gradient descent with momentum.
//!
//! ```text
//! v ← μ·v + g        w ← w − η·v
//! ```
//! g is clipped and decayed as [`super`] says; PyTorch's form (no dampening, no Nesterov).

use candle_core::backprop::GradStore;

use super::Parameter;
use super::slots::{self, Moment, Slot};
use crate::Result;
use crate::host;
use crate::weights::Weights;
use lab_kernels::update::{SgdRule, sgd};

/// The constants of gradient descent.
#[derive(Clone, Debug, PartialEq)]
pub struct SgdParams {
    /// η, the step.
    pub learning_rate: f64,
    /// μ, the memory of earlier gradients; 0 for none.
    pub momentum: f64,
    /// The largest norm of all gradients together, if it is bounded.
    pub clip_norm: Option<f64>,
}

/// Gradient descent over named parameters.
///
/// # Example
/// ```
/// use candle_core::{Device, Var};
/// use lab_nn::optim::{Parameter, Sgd, SgdParams};
///
/// let var = Var::new(&[1f32], &Device::Cpu)?;
/// let parameter = Parameter { name: "w".into(), var: var.clone(), weight_decay: 0.0 };
/// let params = SgdParams { learning_rate: 0.25, momentum: 0.5, clip_norm: None };
/// let mut sgd = Sgd::new(vec![parameter], params)?;
/// // The gradient of w² is 2w. First v = 2 and w = 1 − 0.25·2; then v = 0.5·2 + 1 and w = 0.5 − 0.25·2.
/// for expected in [0.5, 0.0] {
///     sgd.step(&var.sqr()?.sum_all()?.backward()?)?;
///     assert_eq!(var.to_vec1::<f32>()?, [expected]);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sgd {
    slots: Vec<Slot<1>>,
    params: SgdParams,
}

const PREFIXES: [&str; 1] = ["sgd.v"];

impl Sgd {
    /// An optimiser of `vars` that has made no step.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) if two parameters share a name;
    /// [`Error::Tensor`](crate::Error::Tensor) if the device fails.
    pub fn new(vars: Vec<Parameter>, p: SgdParams) -> Result<Self> {
        Ok(Self {
            slots: slots::slots(vars)?,
            params: p,
        })
    }

    /// Changes the learning rate η of the steps to come.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.params.learning_rate = learning_rate;
    }

    /// One step along `grads`; returns the norm of all gradients together before clipping.
    ///
    /// # Errors
    /// [`Error::Tensor`](crate::Error::Tensor) if a gradient does not fit its parameter or the device fails.
    /// [`Error::Data`](crate::Error::Data) if a gradient is NaN or infinite, which changes nothing, or the step makes a weight so.
    pub fn step(&mut self, grads: &GradStore) -> Result<f64> {
        let norm = slots::gradient_norm(&self.slots, grads)?;
        slots::check_gradients(norm)?;
        let factor = slots::clip_factor(norm, self.params.clip_norm);
        let SgdParams {
            learning_rate,
            momentum,
            ..
        } = self.params;
        for Slot {
            parameter,
            moments: [v],
        } in &mut self.slots
        {
            let Some(gradient) = grads.get(&parameter.var) else {
                continue;
            };
            match v {
                Moment::Host(v) => {
                    let rule = SgdRule {
                        factor: factor as f32,
                        decay: parameter.weight_decay as f32,
                        momentum: momentum as f32,
                        step: learning_rate as f32,
                    };
                    host::with_floats([gradient], |[g]| {
                        slots::in_place(parameter, |w| sgd(w, v, g, &rule))
                    })??;
                }
                Moment::Device(v) => {
                    *v = ((&*v * momentum)?
                        + slots::composed_gradient(parameter, gradient, factor)?)?;
                    parameter
                        .var
                        .set(&(parameter.var.detach() - (&*v * learning_rate)?)?)?;
                }
            }
        }
        slots::check_weights(&self.slots)?;
        Ok(norm)
    }

    /// The velocities `sgd.v.<name>`.
    ///
    /// # Panics
    /// Never: a velocity has its parameter's shape.
    pub fn state(&self) -> Weights {
        slots::state(&self.slots, PREFIXES)
    }

    /// Takes up where the optimiser of `state` was; parameters must have the same names and shapes.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) if a tensor is missing, [`Error::Shape`](crate::Error::Shape) if it has
    /// another shape; nothing is changed then.
    pub fn restore(&mut self, state: &Weights) -> Result<()> {
        slots::restore(&mut self.slots, PREFIXES, state)
    }
}
