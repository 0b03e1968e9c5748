//! A training under way, as bytes and back.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::weights::{self, Weights};

use crate::training::{Losses, Training};

const NAME: &str = "r3gan";

/// Saves the training.
pub(crate) fn keep(training: &Training<'_>) -> Result<()> {
    let mut state = Weights::new();
    state.extend(weights::prefixed(
        "generator",
        training.generator_vars.frozen(),
    ));
    state.extend(weights::prefixed(
        "generator-adam",
        training.generator_adam.state(),
    ));
    state.extend(weights::prefixed(
        "discriminator",
        training.discriminator_vars.frozen(),
    ));
    state.extend(weights::prefixed(
        "discriminator-adam",
        training.discriminator_adam.state(),
    ));
    state.extend(weights::prefixed("average", training.average.clone()));
    let losses: Vec<f64> = training.losses.iter().flatten().copied().collect();
    let shape = (training.losses.len(), losses.len() / training.losses.len());
    state.insert(
        "losses".into(),
        Tensor::from_vec(losses, shape, training.ctx.device())?,
    );
    training
        .ctx
        .checkpoints()
        .save(NAME, &weights::to_bytes(&state)?)
}

/// Brings the training to its newest checkpoint, if there is one.
pub(crate) fn resume(training: &mut Training<'_>) -> Result<()> {
    let Some(bytes) = training.ctx.checkpoints().load(NAME)? else {
        return Ok(());
    };
    let state = weights::from_bytes(&bytes, training.ctx.device())?;
    training
        .generator_vars
        .set(&weights::under("generator", &state))?;
    training
        .generator_adam
        .restore(&weights::under("generator-adam", &state))?;
    training
        .discriminator_vars
        .set(&weights::under("discriminator", &state))?;
    training
        .discriminator_adam
        .restore(&weights::under("discriminator-adam", &state))?;
    training.average = weights::under("average", &state);
    let losses = weights::get(&state, "losses")?.to_vec2::<f64>()?;
    training.losses = losses
        .into_iter()
        .map(|row| Losses::try_from(row).unwrap_or_default())
        .collect();
    Ok(())
}
