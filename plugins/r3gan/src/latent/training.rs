//! The training of both networks among encoded latents, update by update.
//!
//! ```text
//! d = D(y) − D(G(z))                                         y the latents of an image x, z its code
//! discriminator   mean softplus(−d) + γ/2·(R(y) + R(G(z)))
//! generator       mean softplus(d) + v·mean (decoder(G(z)) − x)²
//! ```
//! Both of a pair come from one image, so that what tells them apart is what its code lost. The last term draws training images
//! again (Larsen et al. 2016, arXiv:1512.09300, among others): without it what the game adds to the image of a code need not be
//! what the code's own image had. It compares pixels: the mean of all latents that have one code is decoded to less than the mean
//! of their images.

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

use super::code::{self, Code};
use super::discriminator::Discriminator;
use super::generator::Generator;
use super::params::LatentR3ganParams;
use super::prior;
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
const NAMES: [&str; 5] = [
    "discriminator loss",
    "generator loss",
    "penalty on encoded images",
    "penalty on generated latents",
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
    frozen: Frozen<'a>,
    corpus: &'a Stimuli,
    image_idx: Vec<usize>,
    known: Known,
}

/// The generators that stay as they are.
#[derive(Clone, Copy)]
pub(super) struct Frozen<'a> {
    /// The autoencoder: it encodes images to the latents of the game and decodes what the game makes of them.
    pub(super) through: &'a dyn FittedGenerator,
    /// What draws images whose codes are drawn at random.
    pub(super) prior: &'a dyn FittedGenerator,
}

/// What is known of the training images.
struct Known {
    /// Their latents by the autoencoder's encoder: `[n_images, n_numbers]`.
    encoded: Tensor,
    /// Their codes: `[n_images, n_latents]`.
    codes: Tensor,
    /// Latents of the images of these codes: `[n_images, n_numbers]`.
    coded: Tensor,
    code: Code,
}

/// Trains on the training images of a corpus.
pub(super) fn train(
    ctx: &Context,
    params: &LatentR3ganParams,
    networks: (Generator, Discriminator),
    frozen: Frozen<'_>,
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
    let mut game = Game::new(ctx, params, networks, frozen, corpus)?;
    let history = training::train(ctx, &course, &mut game)?;
    Ok(Trained {
        curves: history.curves(&NAMES, "update", POINT),
        weights: game.players.average,
        code: game.known.code,
    })
}

/// Encodes training images and those of their codes, once.
fn known(
    ctx: &Context,
    through: &dyn FittedGenerator,
    corpus: &Stimuli,
    image_idx: &[usize],
    code: Code,
) -> Result<Known> {
    let device = ctx.device();
    let (mut encoded, mut codes, mut coded) = (Vec::new(), Vec::new(), Vec::new());
    for (done, chunk) in image_idx.chunks(CHUNK).enumerate() {
        ctx.check_cancelled()?;
        let images = corpus.tensor(chunk, device)?;
        let latents = through.encode(&images)?;
        encoded.push(latents.ok_or(R3ganError::NoEncoder)?);
        let of_images = code.read(&images)?;
        coded.push(self::coded(&code, through, &of_images)?);
        codes.push(of_images);
        ctx.progress(done * CHUNK + chunk.len(), image_idx.len(), "images", "");
    }
    Ok(Known {
        encoded: Tensor::cat(&encoded, 0)?,
        codes: Tensor::cat(&codes, 0)?,
        coded: Tensor::cat(&coded, 0)?,
        code,
    })
}

impl<'a> Game<'a> {
    fn new(
        ctx: &'a Context,
        params: &'a LatentR3ganParams,
        (generator, discriminator): (Generator, Discriminator),
        frozen: Frozen<'a>,
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
        let n_latents = params.latent;
        let code = Code::of(corpus, &image_idx, n_latents, &mut ctx.rng("code"), device)?;
        let image_idx = played(&mut ctx.rng("images"), &image_idx, train.n_images);
        let known = known(ctx, frozen.through, corpus, &image_idx, code)?;
        let of_generator = generator.initial(&mut ctx.rng("generator"), device)?;
        let of_discriminator = discriminator.initial(&mut ctx.rng("discriminator"), device)?;
        Ok(Self {
            players: train.rates().players(of_generator, of_discriminator)?,
            ctx,
            params,
            generator,
            discriminator,
            frozen,
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
    ) -> Result<[f64; 2]> {
        let train = &self.params.train;
        let frozen = self.players.discriminator.vars.frozen();
        let of_real = self.discriminator.forward(&frozen, real)?;
        let of_fake = self.discriminator.forward(&frozen, fake)?;
        let pairing = game::pairing(&of_real, &of_fake)?;
        let n_redrawn = train.n_redrawn.min(drawn.len());
        let mut loss = pairing.clone();
        let mut said = [number(&pairing)?, 0.0];
        if train.redrawn_pixels > 0.0 && n_redrawn > 0 {
            let pixels = self.redrawn(&drawn[..n_redrawn], &fake.narrow(0, 0, n_redrawn)?)?;
            said[1] = number(&pixels)?;
            loss = (loss + pixels.affine(train.redrawn_pixels, 0.0)?)?;
        }
        self.players.generator.adam.step(&loss.backward()?)?;
        Ok(said)
    }

    /// Mean squared error of the pixels of these training images, drawn again from these maps of their codes.
    fn redrawn(&self, drawn: &[usize], maps: &Tensor) -> Result<Tensor> {
        let again = self.frozen.through.generate(&maps.flatten_from(1)?)?;
        let image_idx: Vec<usize> = drawn.iter().map(|&at| self.image_idx[at]).collect();
        let images = self.corpus.tensor(&image_idx, self.ctx.device())?;
        Ok((again - images)?.sqr()?.mean_all()?)
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
        let z = rows(&self.known.codes, &drawn)?;
        let coded = self.maps(&rows(&self.known.coded, &drawn)?)?;
        let tracked = self.players.generator.vars.tracked();
        let fake = self.generator.forward(&tracked, &z, &coded)?;
        let average = train.average;
        let (of_pairs, penalties) = self.step_discriminator(done, &mut rng, &real, &fake)?;
        let [of_generator, pixels] = self.step_generator(&drawn, &real, &fake)?;
        self.players.follow(update + 1, average)?;
        Ok(vec![
            of_pairs,
            of_generator,
            penalties[0],
            penalties[1],
            pixels,
        ])
    }

    fn state(&self) -> Result<Weights> {
        Ok(self.players.state())
    }

    fn restore(&mut self, state: &Weights) -> Result<()> {
        self.players.restore(state)
    }

    /// Samples of the average so far, always from the same latents. They have another name than those of the prior, which may
    /// have as many updates.
    fn show(&self, n_done: usize) -> Result<()> {
        let mut rng = self.ctx.rng("sheet");
        let space = self.generator.space();
        let draws = space.sample(&mut rng, SHEET, self.ctx.device())?;
        let Frozen { through, prior } = self.frozen;
        let code = &self.known.code;
        let z = prior::codes(prior, code, through.image_shape(), &draws)?;
        let maps = made(&self.generator, &self.players.average, code, through, &z)?;
        let images = through.generate(&maps.flatten_from(1)?.detach())?;
        self.ctx.images(&format!("latents-{n_done:06}"), &images);
        Ok(())
    }
}

/// Maps that a generator makes of latents, from what they say as a code.
pub(super) fn made(
    generator: &Generator,
    w: &Weights,
    code: &Code,
    through: &dyn FittedGenerator,
    z: &Tensor,
) -> Result<Tensor> {
    let coded = coded(code, through, z)?;
    generator.forward(w, z, &coded.reshape(&generator.maps.batch(z.dim(0)?)[..])?)
}

/// Latents of the images of codes: `[batch, n_numbers]`.
fn coded(code: &Code, through: &dyn FittedGenerator, z: &Tensor) -> Result<Tensor> {
    // Unlikely codes draw what no screen shows, and an encoder is made for what one shows.
    let images = code.draw(z)?.clamp(-1f32, 1f32)?;
    let images = images.reshape(&through.image_shape().batch(z.dim(0)?)[..])?;
    Ok(through.encode(&images)?.ok_or(R3ganError::NoEncoder)?)
}

/// The images that a game is played with: all, or so many of them at random, in their order.
pub(super) fn played(rng: &mut rng::Stream, image_idx: &[usize], n_images: usize) -> Vec<usize> {
    let mut image_idx = code::some(rng, image_idx, n_images);
    image_idx.sort_unstable();
    image_idx
}

/// Some rows of a matrix.
fn rows(of: &Tensor, idx: &[usize]) -> Result<Tensor> {
    let idx: Vec<u32> = idx.iter().map(|&at| at as u32).collect();
    Ok(of.index_select(&Tensor::new(idx, of.device())?, 0)?)
}
