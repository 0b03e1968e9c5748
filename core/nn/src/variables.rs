//! Weights in training, by name.

use std::collections::BTreeMap;

use candle_core::Var;

use super::optim::Parameter;
use crate::weights::{self, Weights};
use crate::{Error, Result};

/// The variables of a network. What a network computes it computes from [`Weights`]: tied to the variables while it
/// learns, cut off from them while it is only passed through.
///
/// # Example
/// ```
/// use candle_core::{Device, Var};
/// use lab_nn::Variables;
///
/// let var = Var::new(&[2f32], &Device::Cpu)?;
/// let mut variables = Variables::default();
/// variables.insert("w", var.clone());
/// // A gradient reaches the variable through tracked values, and not through frozen ones.
/// let tracked = variables.tracked()["w"].sqr()?.sum_all()?.backward()?;
/// assert_eq!(tracked.get(&var).unwrap().to_vec1::<f32>()?, [4.0]);
/// let frozen = variables.frozen()["w"].sqr()?.sum_all()?.backward()?;
/// assert!(frozen.get(&var).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Variables {
    by_name: BTreeMap<String, Var>,
}

impl Variables {
    /// Adds a variable, in place of one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, var: Var) {
        self.by_name.insert(name.into(), var);
    }

    /// The present values, through which gradients reach the variables.
    pub fn tracked(&self) -> Weights {
        self.by_name
            .iter()
            .map(|(name, var)| (name.clone(), var.as_tensor().clone()))
            .collect()
    }

    /// The present values, through which no gradient passes.
    pub fn frozen(&self) -> Weights {
        self.by_name
            .iter()
            .map(|(name, var)| (name.clone(), var.as_tensor().detach()))
            .collect()
    }

    /// A copy of the present values, which later steps leave as it is.
    ///
    /// # Errors
    /// Fails if the device does.
    pub fn copied(&self) -> Result<Weights> {
        self.by_name
            .iter()
            .map(|(name, var)| Ok((name.clone(), var.as_tensor().detach().copy()?)))
            .collect()
    }

    /// The variables for an optimiser, each with the weight decay that `weight_decay` gives for its name.
    pub fn parameters(&self, weight_decay: impl Fn(&str) -> f64) -> Vec<Parameter> {
        let parameter = |(name, var): (&String, &Var)| Parameter {
            name: name.clone(),
            var: var.clone(),
            weight_decay: weight_decay(name),
        };
        self.by_name.iter().map(parameter).collect()
    }

    /// Takes values from `saved`, which may hold others beside them.
    ///
    /// # Errors
    /// [`Error::Data`] if one is missing, [`Error::Shape`] if one has another shape; earlier ones are set then.
    pub fn set(&self, saved: &Weights) -> Result<()> {
        for (name, var) in &self.by_name {
            let value = weights::get(saved, name)?;
            if value.dims() != var.dims() {
                return Err(Error::shape(
                    format!("weights '{name}'"),
                    var.dims(),
                    value.dims(),
                ));
            }
            var.set(value)?;
        }
        Ok(())
    }
}
