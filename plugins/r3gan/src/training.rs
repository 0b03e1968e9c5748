//! The training of both networks, update by update.
//!
//! Both steps of an update see the same pairs of a real and a generated image; the discriminator moves first.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::context::Context;
use lab_core::events::Curve;
use lab_core::recording::{Split, Stimuli};
use lab_core::rng::Stream;
use lab_core::training::{self, Adversaries, Course, History, Keep, Training};
use lab_core::traits::LatentSpace;
use lab_core::weights::Weights;
use rand::Rng;

use crate::discriminator::Discriminator;
use crate::error::R3ganError;
use crate::game;
use crate::generator::Generator;
use crate::params::R3ganParams;
use crate::steps::{self, number};

/// Updates that a point of the curves averages.
const POINT: usize = 20;
/// Sheets of samples over a training, and images of a sheet.
const N_SHEETS: usize = 5;
const SHEET: usize = 64;

/// What a training leaves.
pub(crate) struct Trained {
    /// Weights of the generator: the moving average over its training.
    pub(crate) weights: Weights,
    pub(crate) curves: Vec<Curve>,
}

/// What the losses of an update are; penalties repeat the latest where an update has none.
const NAMES: [&str; 5] = [
    "discriminator loss",
    "generator loss",
    "penalty on real images",
    "penalty on generated images",
    "feature matching",
];

/// Both networks' shapes.
#[derive(Debug, Clone)]
pub(crate) struct Networks {
    pub(crate) generator: Generator,
    pub(crate) discriminator: Discriminator,
}

/// The game under way.
pub(crate) struct Game<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) params: &'a R3ganParams,
    pub(crate) networks: &'a Networks,
    pub(crate) space: LatentSpace,
    pub(crate) players: Adversaries,
    corpus: &'a Stimuli,
    image_idx: Vec<usize>,
}

/// Trains on the training images of a corpus.
pub(crate) fn train(
    ctx: &Context,
    params: &R3ganParams,
    networks: &Networks,
    space: LatentSpace,
    corpus: &Stimuli,
) -> Result<Trained> {
    let course = Course {
        said: Some(|losses| format!("D {:.3}  G {:.3}", losses[0], losses[1])),
        n_sheets: N_SHEETS,
        keep: Some(Keep::new("r3gan")),
        remedy: "lower train.learning_rate or raise train.penalty.weight",
        ..Course::new("r3gan", params.train.updates)
    };
    let mut game = Game::new(ctx, params, networks, space, corpus)?;
    let history = training::train(ctx, &course, &mut game)?;
    Ok(Trained {
        curves: history.curves(&NAMES, "update", POINT),
        weights: game.players.average,
    })
}

impl<'a> Game<'a> {
    pub(crate) fn new(
        ctx: &'a Context,
        params: &'a R3ganParams,
        networks: &'a Networks,
        space: LatentSpace,
        corpus: &'a Stimuli,
    ) -> Result<Self> {
        let train = &params.train;
        let image_idx = corpus.indices(Split::Train);
        if image_idx.len() < train.batch {
            return Err(R3ganError::Corpus {
                expected: format!("at least one batch of {} training images", train.batch),
                got: image_idx.len().to_string(),
            }
            .into());
        }
        let device = ctx.device();
        let generator_vars = networks
            .generator
            .initial(&mut ctx.rng("generator"), device)?;
        let discriminator_vars = networks
            .discriminator
            .initial(&mut ctx.rng("discriminator"), device)?;
        Ok(Self {
            players: train.rates().players(generator_vars, discriminator_vars)?,
            ctx,
            params,
            networks,
            space,
            corpus,
            image_idx,
        })
    }

    fn step_discriminator(
        &mut self,
        done: &History,
        rng: &mut Stream,
        real: &Tensor,
        fake: &Tensor,
    ) -> Result<(f64, [f64; 2])> {
        let train = &self.params.train;
        let tracked = self.players.discriminator.vars.tracked();
        let discriminator = &self.networks.discriminator;
        let judge = |images: &Tensor| Ok(discriminator.forward(&tracked, images)?.logits);
        let course = (&train.penalty, done, train.updates);
        steps::of_discriminator(&mut self.players, course, rng, [real, fake], &judge)
    }

    fn step_generator(&mut self, real: &Tensor, fake: &Tensor) -> Result<(f64, f64)> {
        let frozen = self.players.discriminator.vars.frozen();
        let discriminator = &self.networks.discriminator;
        let of_real = discriminator.forward(&frozen, real)?;
        let of_fake = discriminator.forward(&frozen, fake)?;
        let pairing = game::pairing(&of_real.logits, &of_fake.logits)?;
        let weight = self.params.train.feature_matching;
        let (loss, matching) = if weight > 0.0 {
            let matching = game::matching(&of_real.features, &of_fake.features)?;
            let loss = (&pairing + matching.affine(weight, 0.0)?)?;
            (loss, number(&matching)?)
        } else {
            (pairing.clone(), 0.0)
        };
        self.players.generator.adam.step(&loss.backward()?)?;
        Ok((number(&pairing)?, matching))
    }
}

impl Training for Game<'_> {
    /// One step of each network. Each update draws from a stream of its own, so that a training can go on anywhere.
    fn step(&mut self, done: &History) -> Result<Vec<f64>> {
        let train = &self.params.train;
        let update = done.len();
        let factor = train.decay.factor(update, train.updates);
        train.rates().set(&mut self.players, factor);

        let device = self.ctx.device();
        let mut rng = self.ctx.rng(&format!("update-{update}"));
        let drawn: Vec<usize> = (0..train.batch)
            .map(|_| self.image_idx[rng.random_range(0..self.image_idx.len())])
            .collect();
        let generator = &self.networks.generator;
        let real = generator.masked(&self.corpus.tensor(&drawn, device)?)?;
        let z = self.space.sample(&mut rng, train.batch, device)?;
        let fake = generator.forward(&self.players.generator.vars.tracked(), &z)?;

        let (discriminator_loss, penalties) =
            self.step_discriminator(done, &mut rng, &real, &fake)?;
        let (generator_loss, matching) = self.step_generator(&real, &fake)?;
        self.players.follow(update + 1, train.average)?;
        Ok(vec![
            discriminator_loss,
            generator_loss,
            penalties[0],
            penalties[1],
            matching,
        ])
    }

    fn state(&self) -> Result<Weights> {
        Ok(self.players.state())
    }

    fn restore(&mut self, state: &Weights) -> Result<()> {
        self.players.restore(state)
    }

    /// Samples of the average so far, always from the same latents.
    fn show(&self, n_done: usize) -> Result<()> {
        let mut rng = self.ctx.rng("sheet");
        let z = self.space.sample(&mut rng, SHEET, self.ctx.device())?;
        let images = self.networks.generator.forward(&self.players.average, &z)?;
        self.ctx.images(&format!("samples-{n_done:06}"), &images);
        Ok(())
    }
}
