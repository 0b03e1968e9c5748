//! The losses of a training so far.

use candle_core::{Device, Tensor};

use crate::events::Curve;
use crate::weights::{self, Weights};
use crate::{Error, Result};

/// Under this name a checkpoint holds the losses.
const NAME: &str = "losses";

/// Losses of each step so far: `[n_steps, n_losses]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    steps: Vec<Vec<f64>>,
}

impl History {
    /// How many steps are done.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether no step is done.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The losses of each step, in order.
    pub fn steps(&self) -> &[Vec<f64>] {
        &self.steps
    }

    /// The losses of the latest step.
    pub fn last(&self) -> Option<&[f64]> {
        self.steps.last().map(Vec::as_slice)
    }

    /// Adds the losses of a step.
    pub(super) fn push(&mut self, losses: Vec<f64>) {
        self.steps.push(losses);
    }

    /// One curve a loss, in the order of `names`; a point is the mean over `point` steps.
    pub fn curves(&self, names: &[&str], x_label: &str, point: usize) -> Vec<Curve> {
        let curve = |(which, name): (usize, &&str)| {
            let mut curve = Curve::new(*name, x_label);
            for (chunk, steps) in self.steps.chunks(point).enumerate() {
                let sum: f64 = steps.iter().map(|losses| losses[which]).sum();
                let done = chunk * point + steps.len();
                curve.push(done as f64, sum / steps.len() as f64);
            }
            curve
        };
        names.iter().enumerate().map(curve).collect()
    }

    /// Puts the losses into a checkpoint.
    pub(super) fn put(&self, state: &mut Weights) -> Result<()> {
        let n_losses = self.last().map_or(0, <[f64]>::len);
        let values: Vec<f64> = self.steps.iter().flatten().copied().collect();
        let losses = Tensor::from_vec(values, (self.len(), n_losses), &Device::Cpu)?;
        state.insert(NAME.into(), losses);
        Ok(())
    }

    /// Takes the losses of a checkpoint.
    pub(super) fn take(state: &Weights) -> Result<Self> {
        let losses = weights::get(state, NAME)?;
        let steps = losses.to_device(&Device::Cpu)?.to_vec2::<f64>();
        steps.map(|steps| Self { steps }).map_err(|_| {
            Error::shape(
                "losses in a checkpoint",
                "[n_steps, n_losses]",
                losses.dims(),
            )
        })
    }
}
