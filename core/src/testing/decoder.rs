//! What every decoder promises.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use candle_core::{D, Tensor};

use super::{broken, expect_close, expect_shape_error, numbers, toy_features, toy_objective};
use crate::context::Context;
use crate::objective::Objective;
use crate::rng::{self, stream};
use crate::traits::{Constraint, Decoder, FittedDecoder, Output, TrainingSet};
use crate::{Error, Result, weights};

/// Training rows.
const N_SAMPLES: usize = 12;
/// Features of a training row.
const N_FEATURES: usize = 5;
/// Relative tolerance between a member trained alone and one trained beside others.
const TOLERANCE: f64 = 1e-4;

/// Checks a decoder on [`toy_objective`]; give it few epochs.
///
/// Held are: one output a row, on the latent space's constraint or in `[−1, 1]`; a member is the same whether trained
/// alone or beside others, and members differ if the decoder draws anything; weights survive bytes and rebuild the same
/// outputs; features of another size are an [`Error::Shape`]; a cancelled fit ends with [`Error::Cancelled`].
///
/// # Errors
/// [`Error::Data`] that names the broken promise.
pub fn check_decoder(ctx: &Context, decoder: &dyn Decoder) -> Result<()> {
    let objective = toy_objective(ctx, N_SAMPLES)?;
    let features = toy_features(ctx, N_SAMPLES, N_FEATURES)?;
    let target_idx: Vec<usize> = (0..N_SAMPLES).rev().collect();
    let train = TrainingSet {
        features: &features,
        target_idx: &target_idx,
        targets: objective.targets(),
        picture_of: None,
        objective: &objective,
    };
    let new = rng::normal(
        &mut stream(0, "testing/decoder"),
        1.0,
        &[4, N_FEATURES],
        ctx.device(),
    )?;

    let both = decoder.fit(ctx, &train, &[0, 3])?;
    let [first, second] = both.as_slice() else {
        return Err(broken("fitted members", "2", both.len().to_string()));
    };
    let decoded = second.decode(&new)?;
    outputs(decoder.output(), &objective, &decoded)?;
    expect_close("decoding twice", &second.decode(&new)?, &decoded, 0.0)?;
    let alone = decoder.fit(ctx, &train, &[3])?;
    expect_close(
        "a member trained alone",
        &alone[0].decode(&new)?,
        &decoded,
        TOLERANCE,
    )?;
    differ(decoder, first.as_ref(), second.as_ref(), &new)?;

    let bytes = weights::to_bytes(&second.weights())?;
    let restored = decoder.restore(ctx, &objective, &weights::from_bytes(&bytes, ctx.device())?)?;
    expect_close(
        "outputs of the restored decoder",
        &restored.decode(&new)?,
        &decoded,
        0.0,
    )?;
    expect_shape_error(
        "features of twice the size",
        second.decode(&Tensor::cat(&[&new, &new], 1)?),
    )?;

    let stopped = ctx
        .clone()
        .with_cancellation(Arc::new(AtomicBool::new(true)));
    match decoder.fit(&stopped, &train, &[0]) {
        Err(Error::Cancelled) => Ok(()),
        Err(other) => Err(broken(
            "a cancelled fit",
            "Error::Cancelled",
            other.to_string(),
        )),
        Ok(_) => Err(broken(
            "a cancelled fit",
            "Error::Cancelled",
            "a fitted decoder",
        )),
    }
}

fn outputs(output: Output, objective: &Objective, decoded: &Tensor) -> Result<()> {
    let values = numbers(decoded)?;
    match output {
        Output::Latents => {
            let space = objective.latent_space();
            if decoded.dims() != [4, space.n_latents] {
                return Err(Error::shape(
                    "decoded latents",
                    [4, space.n_latents],
                    decoded.dims(),
                ));
            }
            let norms = numbers(&decoded.sqr()?.sum(D::Minus1)?.sqrt()?)?;
            match norms.iter().find(|norm| (*norm - 1.0).abs() > 1e-4) {
                Some(norm) if space.constraint == Constraint::UnitSphere => {
                    Err(broken("norm of a decoded latent", "1", norm.to_string()))
                }
                _ => Ok(()),
            }
        }
        Output::Images => {
            let expected = objective.generator().image_shape().batch(4);
            if decoded.dims() != expected {
                return Err(Error::shape("decoded images", expected, decoded.dims()));
            }
            match values.iter().find(|pixel| !(-1.0..=1.0).contains(*pixel)) {
                Some(pixel) => Err(broken(
                    "decoded pixels",
                    "numbers from −1 to 1",
                    pixel.to_string(),
                )),
                None => Ok(()),
            }
        }
    }
}

/// Members that were trained by steps must not be copies of each other.
fn differ(
    decoder: &dyn Decoder,
    first: &dyn FittedDecoder,
    second: &dyn FittedDecoder,
    new: &Tensor,
) -> Result<()> {
    let by_steps = decoder.output() == Output::Latents
        && first.curves().iter().any(|curve| curve.points.len() > 1);
    if by_steps && numbers(&first.decode(new)?)? == numbers(&second.decode(new)?)? {
        return Err(broken(
            "members 0 and 3",
            "different decoders",
            "the same latents",
        ));
    }
    Ok(())
}
