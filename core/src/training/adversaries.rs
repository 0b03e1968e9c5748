//! Two networks that learn against each other: what their training has come to, as bytes and back.
//!
//! ```text
//! w̄ ← d·w̄ + (1 − d)·w      d = min(largest, 1 − 1/(1 + k/10)) at step k, counted from 1
//! ```
//! The average is of the generator's weights. The losses and steps themselves are the business of each training.

use candle_core::Tensor;

use crate::Result;
use crate::nn::Variables;
use crate::nn::optim::{Adam, AdamParams};
use crate::weights::{self, Weights};

/// A network that learns.
#[derive(Debug)]
pub struct Player {
    /// The weights of the network.
    pub vars: Variables,
    /// The optimiser that changes the weights.
    pub adam: Adam,
}

impl Player {
    /// Weights at their start, without weight decay.
    ///
    /// # Errors
    /// Fails if the optimiser's constants make no sense.
    pub fn new(vars: Variables, params: AdamParams) -> Result<Self> {
        let adam = Adam::new(vars.parameters(|_| 0.0), params)?;
        Ok(Self { vars, adam })
    }

    fn state(&self, name: &str) -> impl Iterator<Item = (String, Tensor)> {
        let weights: Weights = weights::prefixed(name, self.vars.frozen()).collect();
        let adam: Weights = weights::prefixed(&format!("{name}-adam"), self.adam.state()).collect();
        weights.into_iter().chain(adam)
    }

    fn restore(&mut self, name: &str, state: &Weights) -> Result<()> {
        self.vars.set(&weights::under(name, state))?;
        let adam = weights::under(&format!("{name}-adam"), state);
        Ok(self.adam.restore(&adam)?)
    }
}

/// Both networks, and the generator's moving average.
#[derive(Debug)]
pub struct Adversaries {
    /// The network that makes images.
    pub generator: Player,
    /// The network that tells them from real ones.
    pub discriminator: Player,
    /// The moving average of the generator's weights.
    pub average: Weights,
}

impl Adversaries {
    /// Before the first update.
    ///
    /// # Errors
    /// Fails if the generator's weights cannot be copied.
    pub fn new(generator: Player, discriminator: Player) -> Result<Self> {
        Ok(Self {
            average: generator.vars.copied()?,
            generator,
            discriminator,
        })
    }

    /// Moves the average towards the generator's present weights after step `step`, counted from 1.
    ///
    /// # Errors
    /// Fails only if the tensor arithmetic does.
    pub fn follow(&mut self, step: usize, largest: f64) -> Result<()> {
        let decay = largest.min(1.0 - 1.0 / (1.0 + step as f64 / 10.0));
        for (name, value) in self.generator.vars.frozen() {
            if let Some(mean) = self.average.get_mut(&name) {
                *mean = (mean.affine(decay, 0.0)? + value.affine(1.0 - decay, 0.0)?)?;
            }
        }
        Ok(())
    }

    /// All of it, for a checkpoint.
    pub fn state(&self) -> Weights {
        let mut state: Weights = self.generator.state("generator").collect();
        state.extend(self.discriminator.state("discriminator"));
        state.extend(weights::prefixed("average", self.average.clone()));
        state
    }

    /// Goes to a state that [`Adversaries::state`] gave.
    ///
    /// # Errors
    /// Fails if the state is damaged or of other networks.
    pub fn restore(&mut self, state: &Weights) -> Result<()> {
        self.generator.restore("generator", state)?;
        self.discriminator.restore("discriminator", state)?;
        self.average = weights::under("average", state);
        Ok(())
    }
}
