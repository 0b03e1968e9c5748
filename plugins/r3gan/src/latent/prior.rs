//! What latents are drawn at random: codes of images that another generator draws.
//!
//! ```text
//! z = (up(P(u)) − x̄)·Vᵀ/σ        P a generator of images that may be smaller, u drawn as it asks for
//! ```
//! Numbers that are drawn one by one are codes of no photograph: their images have the variances of photographs and nothing in
//! them. That several numbers go together is what has to be learned, and a generator of small images learns it in minutes; the
//! code of its image says what to draw, and the decoder draws it at the full size.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::nn::{resize_area, resize_bilinear};
use lab_core::recording::{Split, Stimuli};
use lab_core::traits::{Dataset, FittedGenerator, Generator, Prior};

use super::code::Code;
use crate::error::R3ganError;

/// Images resized at a time.
const CHUNK: usize = 64;

/// The corpus of a prior whose parameters name none.
const UNNAMED: &str = "training_stimuli()";

/// Refuses a prior that cannot be drawn from, where codes have `n_latents` numbers, images this shape and the corpus that name.
pub(super) fn check(
    prior: &dyn Generator,
    n_latents: usize,
    shape: ImageShape,
    corpus: &PluginRef<dyn Dataset>,
) -> Result<(), R3ganError> {
    let refused = |expected: String, got: String| {
        let name = "prior";
        Err(R3ganError::Part {
            name,
            expected,
            got,
        })
    };
    // Its training would be kept under the name of this one.
    if prior.encodes() {
        let expected = "a generator without an encoder, such as r3gan(size: 32)";
        return refused(expected.into(), "one with an encoder".into());
    }
    let small = prior.image_shape();
    let fits = small.channels == shape.channels
        && small.height <= shape.height
        && small.width <= shape.width;
    if !fits {
        let expected = format!("images of {shape}, or smaller ones of as many channels");
        return refused(expected, small.to_string());
    }
    let n_drawn = prior.latent_space().n_latents;
    if n_drawn > n_latents {
        let expected = format!("at most {n_latents} latents, as many as a code has numbers");
        return refused(expected, n_drawn.to_string());
    }
    if let Some(named) = prior.corpus()
        && *named != PluginRef::of(UNNAMED)
        && named != corpus
    {
        let expected = "no corpus of its own, as it learns from that of latent_r3gan".to_owned();
        return refused(expected, named.one_line());
    }
    Ok(())
}

/// The prior, ready: trained on the training images of the corpus in its own size, if it has to learn.
pub(super) fn prepared(
    ctx: &Context,
    prior: &dyn Generator,
    corpus: &Stimuli,
) -> Result<Box<dyn FittedGenerator>> {
    let reduced = prior
        .corpus()
        .map(|_| reduced(ctx, corpus, prior.image_shape()))
        .transpose()?;
    prior.prepare(ctx, reduced.as_ref())
}

/// The training images of a corpus in another size.
pub(super) fn reduced(ctx: &Context, corpus: &Stimuli, shape: ImageShape) -> Result<Stimuli> {
    let mut pixels = Vec::new();
    for chunk in corpus.indices(Split::Train).chunks(CHUNK) {
        let images = corpus.tensor(chunk, ctx.device())?;
        let small = resize_area(&images, shape.height, shape.width)?;
        pixels.extend(small.flatten_all()?.to_vec1::<f32>()?);
    }
    Stimuli::from_pixels(shape, pixels)
}

/// Codes of the images that the prior draws, from standard normal numbers `[batch, n_latents]` of which it takes the first.
pub(super) fn codes(
    prior: &dyn FittedGenerator,
    code: &Code,
    shape: ImageShape,
    draws: &Tensor,
) -> Result<Tensor> {
    let u = prior.map_draws(&latents(prior, draws)?)?;
    let n_images = u.dim(0)?;
    let mut codes = Vec::with_capacity(n_images.div_ceil(CHUNK));
    for start in (0..n_images).step_by(CHUNK) {
        let images = prior.generate(&u.narrow(0, start, CHUNK.min(n_images - start))?)?;
        codes.push(code.read(&resize_bilinear(&images, shape.height, shape.width)?)?);
    }
    Ok(Tensor::cat(&codes, 0)?)
}

/// Standard normal numbers as the prior's own latents are drawn.
fn latents(prior: &dyn FittedGenerator, draws: &Tensor) -> Result<Tensor> {
    let space = prior.latent_space();
    let normal = draws.narrow(1, 0, space.n_latents)?.contiguous()?;
    let drawn = match space.prior {
        Prior::Normal => normal,
        // 2Φ(x) − 1 of a standard normal x is uniform in [−1, 1].
        Prior::UniformCube => normal.affine(std::f64::consts::FRAC_1_SQRT_2, 0.0)?.erf()?,
    };
    space.constrain(&drawn)
}
