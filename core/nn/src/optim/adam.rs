//! The optimiser Adam.
//!
//! ```text
//! m ← β₁·m + (1 − β₁)·g        v ← β₂·v + (1 − β₂)·g²
//! w ← w − η·m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε)
//! ```
//! g is clipped and decayed as [`super`] says.
//! ε is added to the bias-corrected root, as in the paper and in PyTorch; Chainer adds it to √v, which differs by a factor
//! on ε alone.
//!
//! # Source
//! Kingma & Ba 2015, *Adam*, arXiv:1412.6980, algorithm 1.

use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor};

use super::Parameter;
use super::slots::{self, Moment, Slot};
use crate::host;
use crate::weights::{self, Weights};
use crate::{Error, Result};
use lab_kernels::update::{AdamRule, adam};

/// Adam's constants.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamParams {
    /// η, the step.
    pub learning_rate: f64,
    /// β₁, the memory of the gradient.
    pub beta1: f64,
    /// β₂, the memory of its square.
    pub beta2: f64,
    /// ε, what keeps the root from zero.
    pub eps: f64,
    /// The largest norm of all gradients together, if it is bounded.
    pub clip_norm: Option<f64>,
}

impl Default for AdamParams {
    /// The paper's constants, without clipping.
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            clip_norm: None,
        }
    }
}

/// Adam over named parameters.
///
/// # Example
/// ```
/// use candle_core::{Device, Var};
/// use lab_nn::optim::{Adam, AdamParams, Parameter};
///
/// let var = Var::new(&[5f32, -5.0], &Device::Cpu)?;
/// let parameter = Parameter { name: "w".into(), var: var.clone(), weight_decay: 0.0 };
/// let mut adam = Adam::new(vec![parameter], AdamParams { learning_rate: 0.1, ..AdamParams::default() })?;
/// // The first step is as long as the learning rate in every direction, whatever the gradient's size.
/// adam.step(&var.sqr()?.sum_all()?.backward()?)?;
/// let first = var.to_vec1::<f32>()?;
/// assert!((first[0] - 4.9).abs() < 1e-5 && (first[1] + 4.9).abs() < 1e-5);
/// for _ in 0..400 {
///     adam.step(&var.sqr()?.sum_all()?.backward()?)?;
/// }
/// assert!(var.to_vec1::<f32>()?.iter().all(|w| w.abs() < 1e-2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Adam {
    slots: Vec<Slot<2>>,
    params: AdamParams,
    n_steps: i64,
}

const PREFIXES: [&str; 2] = ["adam.m", "adam.v"];
const STEPS: &str = "adam.t";

impl Adam {
    /// An optimiser of `vars` that has made no step.
    ///
    /// # Errors
    /// [`Error::Data`] if two parameters share a name; [`Error::Tensor`] if the device fails.
    pub fn new(vars: Vec<Parameter>, p: AdamParams) -> Result<Self> {
        Ok(Self {
            slots: slots::slots(vars)?,
            params: p,
            n_steps: 0,
        })
    }

    /// Changes the learning rate η of the steps to come.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.params.learning_rate = learning_rate;
    }

    /// One step along `grads`; returns the norm of all gradients together before clipping.
    ///
    /// # Errors
    /// [`Error::Tensor`] if a gradient does not fit its parameter or the device fails.
    /// [`Error::Data`] if a gradient is NaN or infinite, which changes nothing, or the step makes a weight so.
    pub fn step(&mut self, grads: &GradStore) -> Result<f64> {
        let norm = slots::gradient_norm(&self.slots, grads)?;
        slots::check_gradients(norm)?;
        let factor = slots::clip_factor(norm, self.params.clip_norm);
        self.n_steps += 1;
        let t = self.n_steps as f64;
        let AdamParams {
            learning_rate,
            beta1,
            beta2,
            eps,
            ..
        } = self.params;
        let (first, second) = (1.0 / (1.0 - beta1.powf(t)), 1.0 / (1.0 - beta2.powf(t)));
        for Slot {
            parameter,
            moments: [m, v],
        } in &mut self.slots
        {
            let Some(gradient) = grads.get(&parameter.var) else {
                continue;
            };
            match (m, v) {
                (Moment::Host(m), Moment::Host(v)) => {
                    let rule = AdamRule {
                        factor: factor as f32,
                        decay: parameter.weight_decay as f32,
                        beta1: beta1 as f32,
                        beta2: beta2 as f32,
                        keep1: (1.0 - beta1) as f32,
                        keep2: (1.0 - beta2) as f32,
                        step: (learning_rate * first) as f32,
                        second: second as f32,
                        eps: eps as f32,
                    };
                    host::with_floats([gradient], |[g]| {
                        slots::in_place(parameter, |w| adam(w, m, v, g, &rule))
                    })??;
                }
                (Moment::Device(m), Moment::Device(v)) => {
                    let g = slots::composed_gradient(parameter, gradient, factor)?;
                    *m = ((&*m * beta1)? + (&g * (1.0 - beta1))?)?;
                    *v = ((&*v * beta2)? + (g.sqr()? * (1.0 - beta2))?)?;
                    let root = ((&*v * second)?.sqrt()? + eps)?;
                    let step = ((&*m * (learning_rate * first))? / root)?;
                    parameter.var.set(&(parameter.var.detach() - step)?)?;
                }
                _ => unreachable!("both moments of a parameter live on its device"),
            }
        }
        slots::check_weights(&self.slots)?;
        Ok(norm)
    }

    /// The moments `adam.m.<name>` and `adam.v.<name>` and the number of steps `adam.t`.
    ///
    /// # Panics
    /// Never: a moment has its parameter's shape.
    pub fn state(&self) -> Weights {
        let mut state = slots::state(&self.slots, PREFIXES);
        let steps = Tensor::from_slice(&[self.n_steps], 1, &Device::Cpu);
        state.insert(
            STEPS.into(),
            steps.expect("one number makes a tensor of one"),
        );
        state
    }

    /// Takes up where the optimiser of `state` was; parameters must have the same names and shapes.
    ///
    /// # Errors
    /// [`Error::Data`] if a tensor is missing, [`Error::Shape`] if it has another shape; nothing is changed then.
    pub fn restore(&mut self, state: &Weights) -> Result<()> {
        let steps: Vec<i64> = weights::get(state, STEPS)?
            .to_device(&Device::Cpu)?
            .flatten_all()?
            .to_vec1()?;
        let &[n_steps] = steps.as_slice() else {
            return Err(Error::shape(STEPS, [1], [steps.len()]));
        };
        slots::restore(&mut self.slots, PREFIXES, state)?;
        self.n_steps = n_steps;
        Ok(())
    }
}
