//! How fast both networks learn, in either game.

use lab_core::Result;
use lab_core::nn::Variables;
use lab_core::nn::optim::AdamParams;
use lab_core::training::{Adversaries, Player};

/// How the weights of both networks change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rates {
    /// Learning rates of the generator and of the discriminator.
    pub(crate) learning_rates: [f64; 2],
    pub(crate) beta1: f64,
    pub(crate) beta2: f64,
    /// Largest norm of a network's gradient in a step.
    pub(crate) clip_norm: f64,
}

impl Rates {
    /// Both networks before the first update.
    pub(crate) fn players(
        self,
        generator: Variables,
        discriminator: Variables,
    ) -> Result<Adversaries> {
        let player = |vars: Variables, learning_rate: f64| {
            let adam = AdamParams {
                learning_rate,
                beta1: self.beta1,
                beta2: self.beta2,
                eps: 1e-8,
                clip_norm: Some(self.clip_norm),
            };
            Player::new(vars, adam)
        };
        let [of_generator, of_discriminator] = self.learning_rates;
        Adversaries::new(
            player(generator, of_generator)?,
            player(discriminator, of_discriminator)?,
        )
    }

    /// Sets the rates of an update to this share of those of the first.
    pub(crate) fn set(self, players: &mut Adversaries, share: f64) {
        let [of_generator, of_discriminator] = self.learning_rates.map(|rate| rate * share);
        players.generator.adam.set_learning_rate(of_generator);
        players
            .discriminator
            .adam
            .set_learning_rate(of_discriminator);
    }
}
