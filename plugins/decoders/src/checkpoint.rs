//! A pass in training, as bytes and back.
//!
//! One safetensors blob holds the members, their layers, Adam's moments and the losses so far.
//! The order of rows is drawn anew for each epoch from a stream of its own, so that nothing random needs keeping.

use candle_core::{DType, Tensor};
use lab_core::Result;
use lab_core::weights::{self, Weights};

use crate::training::Pass;

/// Epochs between two checkpoints.
const EVERY: usize = 5;

/// Saves the pass where a checkpoint is due.
pub(crate) fn keep(pass: &Pass<'_>) -> Result<()> {
    let done = pass.losses.len();
    if !done.is_multiple_of(EVERY) || done >= pass.training.epochs {
        return Ok(());
    }
    pass.ctx
        .checkpoints()
        .save(&name(pass.members), &weights::to_bytes(&state(pass)?)?)
}

/// Brings the pass to its newest checkpoint, if there is one of the same members.
pub(crate) fn resume(pass: &mut Pass<'_>) -> Result<()> {
    let Some(bytes) = pass.ctx.checkpoints().load(&name(pass.members))? else {
        return Ok(());
    };
    let saved = weights::from_bytes(&bytes, pass.ctx.device())?;
    if weights::get(&saved, "members")?.to_vec1::<u32>()? != member_ids(pass) {
        return Ok(());
    }
    for (layer, vars) in pass.layers.iter().enumerate() {
        vars.weight
            .set(weights::get(&saved, &format!("layer-{layer}.weight"))?)?;
        vars.bias
            .set(weights::get(&saved, &format!("layer-{layer}.bias"))?)?;
    }
    pass.adam.restore(&saved)?;
    pass.losses = weights::get(&saved, "losses")?.to_vec2::<f64>()?;
    Ok(())
}

/// Passes of one stage hold different members, so that the first and their number tell them apart.
fn name(members: &[usize]) -> String {
    format!(
        "decoder-{}-of-{}",
        members.first().copied().unwrap_or_default(),
        members.len()
    )
}

fn member_ids(pass: &Pass<'_>) -> Vec<u32> {
    pass.members.iter().map(|&member| member as u32).collect()
}

fn state(pass: &Pass<'_>) -> Result<Weights> {
    let device = pass.ctx.device();
    let mut state: Weights = pass.adam.state();
    for (layer, vars) in pass.layers.iter().enumerate() {
        state.insert(
            format!("layer-{layer}.weight"),
            vars.weight.as_tensor().detach(),
        );
        state.insert(
            format!("layer-{layer}.bias"),
            vars.bias.as_tensor().detach(),
        );
    }
    state.insert("members".into(), Tensor::new(member_ids(pass), device)?);
    let losses: Vec<f64> = pass.losses.iter().flatten().copied().collect();
    state.insert(
        "losses".into(),
        Tensor::from_vec(losses, (pass.losses.len(), pass.members.len()), device)?
            .to_dtype(DType::F64)?,
    );
    Ok(state)
}
