//! A training under way, as bytes and back.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::weights::{self, Weights};

use crate::training::Training;

const NAME: &str = "alexnet";

/// Saves the state of the training as a checkpoint.
pub(crate) fn keep(training: &Training<'_>) -> Result<()> {
    let mut state = Weights::new();
    state.extend(weights::prefixed("weights", training.vars.frozen()));
    state.extend(weights::prefixed("sgd", training.sgd.state()));
    let history: Vec<f64> = training.history.iter().flatten().copied().collect();
    state.insert(
        "history".into(),
        Tensor::from_vec(history, (training.history.len(), 2), training.ctx.device())?,
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
    training.vars.set(&weights::under("weights", &state))?;
    training.sgd.restore(&weights::under("sgd", &state))?;
    let history = weights::get(&state, "history")?.to_vec2::<f64>()?;
    training.history = history
        .into_iter()
        .map(|row| <[f64; 2]>::try_from(row).unwrap_or_default())
        .collect();
    Ok(())
}
