//! The training of both networks among encoded latents, update by update.
//!
//! ```text
//! discriminator   mean softplus(−d) + γ/2·(R(y) + R(G(z)))                       y encoded images, z drawn
//! generator       mean softplus(d) + w·mean (G(c) − y)² + v·mean (D(G(c)) − x)²      c codes of images x, D the frozen decoder
//! ```
//! The last two draw training images again (Larsen et al. 2016, arXiv:1512.09300, among others): without them no latent of an
//! image is known, and what a search finds is far from it.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::context::Context;
use lab_core::events::Curve;
use lab_core::recording::{Split, Stimuli};
use lab_core::rng;
use lab_core::training::{self, Adversaries, Course, History, Keep, Training};
use lab_core::traits::FittedGenerator;
use lab_core::weights::Weights;
use rand::Rng;

use super::code::Code;
use super::discriminator::Discriminator;
use super::generator::{Generator, Guess};
use super::params::LatentR3ganParams;
use crate::error::R3ganError;
use crate::game;
use crate::steps::{self, number};

/// Updates that a point of the curves averages.
const POINT: usize = 20;
/// Sheets of samples over a training, and images of a sheet.
const N_SHEETS: usize = 4;
const SHEET: usize = 36;
/// Images encoded at a time.
const CHUNK: usize = 64;

/// What the losses of an update are; penalties repeat the latest where an update has none.
const NAMES: [&str; 6] = [
    "discriminator loss",
    "generator loss",
    "penalty on encoded images",
    "penalty on generated latents",
    "latents of images drawn again",
    "pixels of images drawn again",
];

/// What a training leaves.
pub(super) struct Trained {
    /// Weights of the generator: the moving average over its training.
    pub(super) weights: Weights,
    pub(super) code: Code,
    pub(super) curves: Vec<Curve>,
}

/// The game under way.
pub(super) struct Game<'a> {
    ctx: &'a Context,
    params: &'a LatentR3ganParams,
    generator: Generator,
    discriminator: Discriminator,
    players: Adversaries,
    through: &'a dyn FittedGenerator,
    corpus: &'a Stimuli,
    image_idx: Vec<usize>,
    known: Known,
}

/// What is known of the training images.
struct Known {
    /// Their latents by the autoencoder's encoder: `[n_images, n_numbers]`.
    encoded: Tensor,
    /// Their codes: `[n_images, n_latents]`.
    codes: Tensor,
    code: Code,
}

/// Trains on the training images of a corpus.
pub(super) fn train(
    ctx: &Context,
    params: &LatentR3ganParams,
    networks: (Generator, Discriminator),
    through: &dyn FittedGenerator,
    corpus: &Stimuli,
) -> Result<Trained> {
    let course = Course {
        said: Some(|losses| {
            format!(
                "D {:.3}  G {:.3}  drawn again {:.3}",
                losses[0], losses[1], losses[4]
            )
        }),
        n_sheets: N_SHEETS,
        keep: Some(Keep::new("latent-r3gan")),
        remedy: "lower train.learning_rate or raise train.penalty.weight",
        ..Course::new("latent_r3gan", params.train.updates)
    };
    let mut game = Game::new(ctx, params, networks, through, corpus)?;
    let history = training::train(ctx, &course, &mut game)?;
    Ok(Trained {
        curves: history.curves(&NAMES, "update", POINT),
        weights: game.players.average,
        code: game.known.code,
    })
}

/// Encodes the training images, once.
fn known(
    ctx: &Context,
    through: &dyn FittedGenerator,
    corpus: &Stimuli,
    image_idx: &[usize],
    n_latents: usize,
) -> Result<Known> {
    let device = ctx.device();
    let code = Code::of(corpus, image_idx, n_latents, &mut ctx.rng("code"), device)?;
    let (mut encoded, mut codes) = (Vec::new(), Vec::new());
    for (done, chunk) in image_idx.chunks(CHUNK).enumerate() {
        ctx.check_cancelled()?;
        let images = corpus.tensor(chunk, device)?;
        let latents = through.encode(&images)?;
        encoded.push(latents.ok_or(R3ganError::NoEncoder)?);
        codes.push(code.read(&images)?);
        ctx.progress(done * CHUNK + chunk.len(), image_idx.len(), "images", "");
    }
    Ok(Known {
        encoded: Tensor::cat(&encoded, 0)?,
        codes: Tensor::cat(&codes, 0)?,
        code,
    })
}

/// The regression of encoded images on their codes, whose numbers are uncorrelated and of variance 1.
fn guess(known: &Known) -> Result<Guess> {
    let n_images = known.codes.dim(0)? as f64;
    let bias = known.encoded.mean(0)?;
    let centred = known.encoded.broadcast_sub(&bias)?;
    let weight = known.codes.t()?.contiguous()?.matmul(&centred)?;
    Ok(Guess {
        weight: weight.affine(1.0 / n_images, 0.0)?,
        bias,
    })
}

impl<'a> Game<'a> {
    fn new(
        ctx: &'a Context,
        params: &'a LatentR3ganParams,
        (generator, discriminator): (Generator, Discriminator),
        through: &'a dyn FittedGenerator,
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
        let known = known(ctx, through, corpus, &image_idx, params.latent)?;
        let device = ctx.device();
        let guess = guess(&known)?;
        let of_generator = generator.initial(&mut ctx.rng("generator"), device, &guess)?;
        let of_discriminator = discriminator.initial(&mut ctx.rng("discriminator"), device)?;
        Ok(Self {
            players: train.rates().players(of_generator, of_discriminator)?,
            ctx,
            params,
            generator,
            discriminator,
            through,
            corpus,
            image_idx,
            known,
        })
    }

    /// Maps of latents as rows.
    fn maps(&self, rows: &Tensor) -> Result<Tensor> {
        Ok(rows.reshape(&self.generator.maps.batch(rows.dim(0)?)[..])?)
    }

    fn step_discriminator(
        &mut self,
        done: &History,
        rng: &mut rng::Stream,
        real: &Tensor,
        fake: &Tensor,
    ) -> Result<(f64, [f64; 2])> {
        let train = &self.params.train;
        let tracked = self.players.discriminator.vars.tracked();
        let discriminator = self.discriminator;
        let judge = |maps: &Tensor| discriminator.forward(&tracked, maps);
        let course = (&train.penalty, done, train.updates);
        steps::of_discriminator(&mut self.players, course, rng, [real, fake], &judge)
    }

    fn step_generator(
        &mut self,
        drawn: &[usize],
        real: &Tensor,
        fake: &Tensor,
    ) -> Result<[f64; 3]> {
        let train = &self.params.train;
        let frozen = self.players.discriminator.vars.frozen();
        let of_real = self.discriminator.forward(&frozen, real)?;
        let of_fake = self.discriminator.forward(&frozen, fake)?;
        let pairing = game::pairing(&of_real, &of_fake)?;
        let mut loss = pairing.clone();
        let mut said = [number(&pairing)?, 0.0, 0.0];
        if train.redrawn_latents > 0.0 || train.redrawn_pixels > 0.0 {
            let tracked = self.players.generator.vars.tracked();
            let again = self
                .generator
                .forward(&tracked, &rows(&self.known.codes, drawn)?)?;
            let latents = (&again - real)?.sqr()?.mean_all()?;
            said[1] = number(&latents)?;
            loss = (loss + latents.affine(train.redrawn_latents, 0.0)?)?;
            let n = train.n_redrawn.min(drawn.len());
            if train.redrawn_pixels > 0.0 && n > 0 {
                let made = self
                    .through
                    .generate(&again.narrow(0, 0, n)?.flatten_from(1)?)?;
                let image_idx: Vec<usize> =
                    drawn[..n].iter().map(|&at| self.image_idx[at]).collect();
                let images = self.corpus.tensor(&image_idx, self.ctx.device())?;
                let pixels = (made - images)?.sqr()?.mean_all()?;
                said[2] = number(&pixels)?;
                loss = (loss + pixels.affine(train.redrawn_pixels, 0.0)?)?;
            }
        }
        self.players.generator.adam.step(&loss.backward()?)?;
        Ok(said)
    }
}

impl Training for Game<'_> {
    /// One step of each network. Each update draws from a stream of its own, so that a training can go on anywhere.
    fn step(&mut self, done: &History) -> Result<Vec<f64>> {
        let train = &self.params.train;
        let update = done.len();
        let factor = train.decay.factor(update, train.updates);
        train.rates().set(&mut self.players, factor);
        let mut rng = self.ctx.rng(&format!("update-{update}"));
        let drawn: Vec<usize> = (0..train.batch)
            .map(|_| rng.random_range(0..self.image_idx.len()))
            .collect();
        let real = self.maps(&rows(&self.known.encoded, &drawn)?)?;
        let space = self.generator.space();
        let z = space.sample(&mut rng, train.batch, self.ctx.device())?;
        let tracked = self.players.generator.vars.tracked();
        let fake = self.generator.forward(&tracked, &z)?;
        let average = train.average;
        let (of_pairs, penalties) = self.step_discriminator(done, &mut rng, &real, &fake)?;
        let [of_generator, latents, pixels] = self.step_generator(&drawn, &real, &fake)?;
        self.players.follow(update + 1, average)?;
        Ok(vec![
            of_pairs,
            of_generator,
            penalties[0],
            penalties[1],
            latents,
            pixels,
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
        let space = self.generator.space();
        let z = space.sample(&mut rng, SHEET, self.ctx.device())?;
        let maps = self.generator.forward(&self.players.average, &z)?;
        let images = self.through.generate(&maps.flatten_from(1)?.detach())?;
        self.ctx.images(&format!("samples-{n_done:06}"), &images);
        Ok(())
    }
}

/// Some rows of a matrix.
fn rows(of: &Tensor, idx: &[usize]) -> Result<Tensor> {
    let idx: Vec<u32> = idx.iter().map(|&at| at as u32).collect();
    Ok(of.index_select(&Tensor::new(idx, of.device())?, 0)?)
}
