//! What every generator promises.

use candle_core::Tensor;

use super::{broken, check_weighed_gradient, expect_close, expect_shape_error, numbers};
use crate::Result;
use crate::context::Context;
use crate::rng::stream;
use crate::traits::{FittedGenerator, Generator};
use crate::weights;

/// Latents of a batch.
const BATCH: usize = 3;

/// Checks a generator and what it became when it was prepared.
///
/// Held are: images of the declared shape in `[−1, 1]`; the same image alone, in a batch and twice; the gradient with
/// respect to `z` against central differences within `tolerance` (0.02 suits smooth ones, 0.05 those with kinks);
/// weights that survive bytes and rebuild the same images; latents of another size are an [`crate::Error::Shape`]; an encoder
/// exactly if one is declared, whose latents of an image are on the constraint and the same alone, in a batch and twice; draws from
/// the prior that are mapped to latents, of which the same holds.
///
/// # Errors
/// [`crate::Error::Data`] that names the broken promise.
pub fn check_generator(
    ctx: &Context,
    generator: &dyn Generator,
    fitted: &dyn FittedGenerator,
    tolerance: f64,
) -> Result<()> {
    if generator.latent_space() != fitted.latent_space() {
        return Err(broken(
            "latent space",
            format!("{:?}", generator.latent_space()),
            format!("{:?}", fitted.latent_space()),
        ));
    }
    let space = fitted.latent_space();
    let z = space.sample(&mut stream(0, "testing/generator"), BATCH, ctx.device())?;
    let images = fitted.generate(&z)?;
    let expected = generator.image_shape().batch(BATCH);
    if images.dims() != expected || fitted.image_shape() != generator.image_shape() {
        return Err(crate::Error::shape(
            "generated images",
            expected,
            images.dims(),
        ));
    }
    if let Some(pixel) = numbers(&images)?
        .iter()
        .find(|pixel| !(-1.0..=1.0).contains(*pixel))
    {
        return Err(broken("pixels", "numbers from −1 to 1", pixel.to_string()));
    }
    expect_close("images made twice", &fitted.generate(&z)?, &images, 0.0)?;
    expect_close(
        "an image made alone",
        &fitted.generate(&z.narrow(0, 1, 1)?)?,
        &images.narrow(0, 1, 1)?,
        1e-5,
    )?;
    check_encoder(generator, fitted, &images, tolerance)?;
    check_mapping(fitted, &z)?;
    let generate = |z: &Tensor| fitted.generate(z);
    let draws = "testing/generator/weigh";
    check_weighed_gradient("images by latents", draws, &z, tolerance, &generate)?;
    let restored = weights::from_bytes(&weights::to_bytes(&fitted.weights())?, ctx.device())?;
    let again = generator.restore(ctx, &restored)?;
    expect_close(
        "images of the restored generator",
        &again.generate(&z)?,
        &images,
        0.0,
    )?;
    let long = Tensor::cat(&[&z, &z], 1)?;
    expect_shape_error("latents of twice the size", fitted.generate(&long))
}

/// Whether what draws from the prior become are latents of its own.
fn check_mapping(fitted: &dyn FittedGenerator, draws: &Tensor) -> Result<()> {
    let latents = fitted.map_draws(draws)?;
    if latents.dims() != draws.dims() {
        return Err(crate::Error::shape(
            "mapped draws",
            draws.dims(),
            latents.dims(),
        ));
    }
    let constrained = fitted.latent_space().constrain(&latents)?;
    expect_close(
        "mapped draws on the constraint",
        &constrained,
        &latents,
        1e-5,
    )?;
    expect_close(
        "draws mapped twice",
        &fitted.map_draws(draws)?,
        &latents,
        0.0,
    )?;
    expect_close(
        "a draw mapped alone",
        &fitted.map_draws(&draws.narrow(0, 1, 1)?)?,
        &latents.narrow(0, 1, 1)?,
        1e-4,
    )
}

/// Whether there is an encoder as declared, what it makes of `images`, and whether its gradient is that of what it makes.
fn check_encoder(
    generator: &dyn Generator,
    fitted: &dyn FittedGenerator,
    images: &Tensor,
    tolerance: f64,
) -> Result<()> {
    let (space, encodes) = (fitted.latent_space(), generator.encodes());
    if let Some(maps) = generator.latent_maps()
        && maps.n_pixels() != space.n_latents
    {
        let expected = format!("maps of {} numbers", space.n_latents);
        return Err(broken("latent_maps()", expected, maps.to_string()));
    }
    let Some(latents) = fitted.encode(images)? else {
        if encodes {
            return Err(broken("encode()", "latents, as encodes() says", "none"));
        }
        return Ok(());
    };
    if !encodes {
        return Err(broken("encode()", "none, as encodes() says", "latents"));
    }
    let expected = vec![BATCH, space.n_latents];
    if latents.dims() != expected {
        return Err(crate::Error::shape(
            "encoded latents",
            expected,
            latents.dims(),
        ));
    }
    expect_close(
        "encoded latents on the constraint",
        &space.constrain(&latents)?,
        &latents,
        1e-5,
    )?;
    let of = |images: &Tensor| -> Result<Tensor> {
        let found = fitted.encode(images)?;
        found.ok_or_else(|| broken("encode()", "latents", "none, the second time"))
    };
    expect_close("latents encoded twice", &of(images)?, &latents, 0.0)?;
    expect_close(
        "a latent encoded alone",
        &of(&images.narrow(0, 1, 1)?)?,
        &latents.narrow(0, 1, 1)?,
        1e-4,
    )?;
    let draws = "testing/generator/weigh latents";
    check_weighed_gradient("latents by encoded images", draws, images, tolerance, &of)?;
    let tall = Tensor::cat(&[images, images], 2)?;
    expect_shape_error("images of twice the height", fitted.encode(&tall))
}
