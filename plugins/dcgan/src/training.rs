//! The training of both networks against each other, update by update.
//!
//! ```text
//! discriminator   softplus(−D(x)) + softplus(D(G(z)))                        means over the batch
//! generator       softplus(−D(G(z))) + weight·mean (φ(G(z)) − φ(x))²         φ: a hidden layer of D, or its batch mean
//! ```
//! Both steps of an update see the same real and generated images, under new noise.
//! Source: Goodfellow et al. (2014), arXiv:1406.2661 (the non-saturating form); Salimans et al. (2016), arXiv:1606.03498.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::context::Context;
use lab_core::events::Curve;
use lab_core::nn;
use lab_core::nn::optim::AdamParams;
use lab_core::recording::{Split, Stimuli};
use lab_core::rng::{self, Stream};
use lab_core::training::{self, Adversaries, Course, History, Keep, Player, Training};
use lab_core::traits::LatentSpace;
use lab_core::weights::Weights;
use rand::Rng;

use crate::error::DcganError;
use crate::generator::{ByBatch, Generator};
use crate::params::{DcganParams, FeatureMatching, MatchedLayer, MatchingForm};
use crate::{average, discriminator};

/// Updates that a point of the curves averages.
const POINT: usize = 20;
/// Sheets of samples over a training, and images of a sheet.
const N_SHEETS: usize = 5;
const SHEET: usize = 64;

/// What a training leaves.
pub(crate) struct Trained {
    /// The averaged generator, with statistics.
    pub(crate) weights: Weights,
    pub(crate) curves: Vec<Curve>,
}

/// What the losses of an update are.
const NAMES: [&str; 3] = ["discriminator loss", "generator loss", "feature matching"];

/// The game under way.
pub(crate) struct Game<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) params: &'a DcganParams,
    pub(crate) generator: &'a Generator,
    pub(crate) space: LatentSpace,
    pub(crate) players: Adversaries,
    corpus: &'a Stimuli,
    image_idx: Vec<usize>,
}

/// Trains on the training images of a corpus.
pub(crate) fn train(
    ctx: &Context,
    params: &DcganParams,
    generator: &Generator,
    space: LatentSpace,
    corpus: &Stimuli,
) -> Result<Trained> {
    let course = Course {
        said: Some(|losses| format!("D {:.3}  G {:.3}", losses[0], losses[1])),
        n_sheets: N_SHEETS,
        keep: Some(Keep::new("dcgan")),
        ..Course::new("dcgan", params.train.updates)
    };
    let mut game = Game::new(ctx, params, generator, space, corpus)?;
    let history = training::train(ctx, &course, &mut game)?;
    let weights = average::with_statistics(ctx, generator, space, &game.players.average)?;
    Ok(Trained {
        weights,
        curves: history.curves(&NAMES, "update", POINT),
    })
}

impl<'a> Game<'a> {
    pub(crate) fn new(
        ctx: &'a Context,
        params: &'a DcganParams,
        generator: &'a Generator,
        space: LatentSpace,
        corpus: &'a Stimuli,
    ) -> Result<Self> {
        let image_idx = corpus.indices(Split::Train);
        if image_idx.len() < params.train.batch {
            let expected = format!(
                "at least one batch of {} training images",
                params.train.batch
            );
            return Err(DcganError::Corpus {
                expected,
                got: image_idx.len().to_string(),
            }
            .into());
        }
        let train = &params.train;
        let initial = train.initial;
        let generator_vars = generator.initial(&mut ctx.rng("generator"), initial, ctx.device())?;
        let discriminator_vars = discriminator::initial(
            &generator.layout,
            &mut ctx.rng("discriminator"),
            initial,
            ctx.device(),
        )?;
        let adam = |learning_rate: f64| AdamParams {
            learning_rate,
            beta1: train.beta1,
            beta2: train.beta2,
            eps: 1e-8,
            clip_norm: Some(train.clip_norm),
        };
        let discriminator_rate = train
            .discriminator_learning_rate
            .unwrap_or(train.learning_rate);
        Ok(Self {
            players: Adversaries::new(
                Player::new(generator_vars, adam(train.learning_rate))?,
                Player::new(discriminator_vars, adam(discriminator_rate))?,
            )?,
            ctx,
            params,
            generator,
            space,
            corpus,
            image_idx,
        })
    }

    fn step_discriminator(
        &mut self,
        rng: &mut Stream,
        real: &Tensor,
        fake: &Tensor,
    ) -> Result<f64> {
        let weights = self.players.discriminator.vars.tracked();
        let of_real = discriminator::forward(&weights, &self.noisy(rng, real)?)?.logits;
        let of_fake = discriminator::forward(&weights, &self.noisy(rng, &fake.detach())?)?.logits;
        let loss =
            (nn::softplus(&of_real.neg()?)?.mean_all()? + nn::softplus(&of_fake)?.mean_all()?)?;
        self.players.discriminator.adam.step(&loss.backward()?)?;
        Ok(f64::from(loss.to_scalar::<f32>()?))
    }

    fn step_generator(
        &mut self,
        rng: &mut Stream,
        real: &Tensor,
        fake: &Tensor,
    ) -> Result<(f64, f64)> {
        let weights = self.players.discriminator.vars.frozen();
        let of_fake = discriminator::forward(&weights, &self.noisy(rng, fake)?)?;
        let fooling = nn::softplus(&of_fake.logits.neg()?)?.mean_all()?;
        let weight = self.params.train.feature_matching.weight;
        let (loss, matching) = if weight > 0.0 {
            let of_real = discriminator::forward(&weights, &self.noisy(rng, real)?)?;
            let matching = matching(
                &self.params.train.feature_matching,
                &of_real.hidden,
                &of_fake.hidden,
            )?;
            let value = f64::from(matching.to_scalar::<f32>()?);
            ((&fooling + matching.affine(weight, 0.0)?)?, value)
        } else {
            (fooling.clone(), 0.0)
        };
        self.players.generator.adam.step(&loss.backward()?)?;
        Ok((f64::from(fooling.to_scalar::<f32>()?), matching))
    }

    fn noisy(&self, rng: &mut Stream, images: &Tensor) -> Result<Tensor> {
        if self.params.input_noise == 0.0 {
            return Ok(images.clone());
        }
        Ok((images
            + rng::normal(
                rng,
                self.params.input_noise,
                images.dims(),
                self.ctx.device(),
            )?)?)
    }
}

impl Training for Game<'_> {
    /// One step of each network. Each update draws from a stream of its own, so that a training can go on anywhere.
    fn step(&mut self, done: &History) -> Result<Vec<f64>> {
        let train = &self.params.train;
        let update = done.len();
        let factor = train.decay.factor(update, train.updates);
        let discriminator_rate = train
            .discriminator_learning_rate
            .unwrap_or(train.learning_rate);
        self.players
            .generator
            .adam
            .set_learning_rate(train.learning_rate * factor);
        self.players
            .discriminator
            .adam
            .set_learning_rate(discriminator_rate * factor);

        let mut rng = self.ctx.rng(&format!("update-{update}"));
        let drawn: Vec<usize> = (0..train.batch)
            .map(|_| self.image_idx[rng.random_range(0..self.image_idx.len())])
            .collect();
        let real = self.corpus.tensor(&drawn, self.ctx.device())?;
        let real = self.generator.masked(&real)?;
        let z = self
            .space
            .sample(&mut rng, train.batch, self.ctx.device())?;
        let weights = self.players.generator.vars.tracked();
        let fake = self
            .generator
            .unmasked(&weights, &z, &mut ByBatch::new(&weights))?;
        let fake = if (update as f64) < train.mask_from * train.updates as f64 {
            fake
        } else {
            self.generator.masked(&fake)?
        };

        let discriminator_loss = self.step_discriminator(&mut rng, &real, &fake)?;
        let (generator_loss, matching) = self.step_generator(&mut rng, &real, &fake)?;
        self.players.follow(update + 1, train.average)?;
        Ok(vec![discriminator_loss, generator_loss, matching])
    }

    fn state(&self) -> Result<Weights> {
        Ok(self.players.state())
    }

    fn restore(&mut self, state: &Weights) -> Result<()> {
        self.players.restore(state)
    }

    /// Samples of the average so far, always from the same latents.
    fn show(&self, n_done: usize) -> Result<()> {
        let z = self
            .space
            .sample(&mut self.ctx.rng("sheet"), SHEET, self.ctx.device())?;
        let images = self.generator.forward(
            &self.players.average,
            &z,
            &mut ByBatch::new(&self.players.average),
        )?;
        self.ctx.images(&format!("samples-{n_done:06}"), &images);
        Ok(())
    }
}

/// How far the discriminator's features of generated images are from those of real ones.
pub(crate) fn matching(
    settings: &FeatureMatching,
    real: &[Tensor],
    fake: &[Tensor],
) -> Result<Tensor> {
    let layer = match settings.layer {
        MatchedLayer::First => 0,
        MatchedLayer::Last => real.len() - 1,
    };
    let (real, fake) = (&real[layer], &fake[layer]);
    let difference = match settings.form {
        MatchingForm::Elementwise => (fake - real)?,
        MatchingForm::BatchMean => (fake.mean(0)? - real.mean(0)?)?,
    };
    Ok(difference.sqr()?.mean_all()?)
}
