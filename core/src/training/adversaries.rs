//! Two networks that learn against each other: what their training has come to, as bytes and back.
//!
//! ```text
//! w̄ ← d·w̄ + (1 − d)·w      d = min(largest, 1 − 1/(1 + k/10)) at step k, counted from 1
//! ```
//! The average is of the generator's weights. The losses and steps themselves are the business of each training.

use candle_core::Tensor;

use crate::context::Context;
use crate::events::Curve;
use crate::nn::Variables;
use crate::nn::optim::{Adam, AdamParams};
use crate::weights::{self, Weights};
use crate::{Error, Result};

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

/// Both networks, the generator's moving average, and `N` losses of each update so far.
#[derive(Debug)]
pub struct Adversaries<const N: usize> {
    /// The network that makes images.
    pub generator: Player,
    /// The network that tells them from real ones.
    pub discriminator: Player,
    /// The moving average of the generator's weights.
    pub average: Weights,
    /// Losses of each update.
    pub losses: Vec<[f64; N]>,
}

impl<const N: usize> Adversaries<N> {
    /// Before the first update.
    ///
    /// # Errors
    /// Fails if the generator's weights cannot be copied.
    pub fn new(generator: Player, discriminator: Player) -> Result<Self> {
        Ok(Self {
            average: generator.vars.copied()?,
            generator,
            discriminator,
            losses: Vec::new(),
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

    /// Keeps all of it as the checkpoint `name`.
    ///
    /// # Errors
    /// Fails if the checkpoint cannot be written.
    pub fn keep(&self, ctx: &Context, name: &str) -> Result<()> {
        let mut state: Weights = self.generator.state("generator").collect();
        state.extend(self.discriminator.state("discriminator"));
        state.extend(weights::prefixed("average", self.average.clone()));
        let shape = (self.losses.len(), N);
        let losses = Tensor::from_vec(self.losses.as_flattened().to_vec(), shape, ctx.device())?;
        state.insert("losses".into(), losses);
        ctx.checkpoints().save(name, &weights::to_bytes(&state)?)
    }

    /// Goes to the newest checkpoint `name`, if there is one.
    ///
    /// # Errors
    /// Fails if the checkpoint is damaged or of other networks.
    pub fn resume(&mut self, ctx: &Context, name: &str) -> Result<()> {
        let Some(bytes) = ctx.checkpoints().load(name)? else {
            return Ok(());
        };
        let state = weights::from_bytes(&bytes, ctx.device())?;
        self.generator.restore("generator", &state)?;
        self.discriminator.restore("discriminator", &state)?;
        self.average = weights::under("average", &state);
        let row = |row: Vec<f64>| {
            let n_losses = row.len();
            <[f64; N]>::try_from(row)
                .map_err(|_| Error::shape(format!("losses in checkpoint '{name}'"), N, n_losses))
        };
        let losses = weights::get(&state, "losses")?.to_vec2::<f64>()?;
        self.losses = losses.into_iter().map(row).collect::<Result<_>>()?;
        Ok(())
    }

    /// One curve a loss; a point is the mean over `point` updates.
    pub fn curves(&self, names: &[&str; N], point: usize) -> Vec<Curve> {
        let curve = |(which, name): (usize, &&str)| {
            let mut curve = Curve::new(*name, "update");
            for (chunk, losses) in self.losses.chunks(point).enumerate() {
                let sum: f64 = losses.iter().map(|losses| losses[which]).sum();
                let update = chunk * point + losses.len();
                curve.push(update as f64, sum / losses.len() as f64);
            }
            curve
        };
        names.iter().enumerate().map(curve).collect()
    }
}
