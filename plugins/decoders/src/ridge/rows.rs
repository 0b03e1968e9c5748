//! The target of each training row.

use candle_core::Tensor;
use lab_core::context::Context;
use lab_core::traits::TrainingSet;
use lab_core::{Error, Result};

/// Indices of the targets, `[n_samples]`, to select rows by; refuses one that is not below `n_targets`.
pub(crate) fn target_rows(
    ctx: &Context,
    train: &TrainingSet<'_>,
    n_targets: usize,
) -> Result<Tensor> {
    if let Some(target) = train.target_idx.iter().find(|&&target| target >= n_targets) {
        return Err(Error::shape(
            "target of a training row",
            format!("below {n_targets}"),
            target,
        ));
    }
    let rows: Vec<u32> = train
        .target_idx
        .iter()
        .map(|&target| target as u32)
        .collect();
    Ok(Tensor::new(rows, ctx.device())?)
}
