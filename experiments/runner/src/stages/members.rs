//! Members: how many of the ensemble it takes, and how much they differ.

use candle_core::{DType, Tensor};
use lab_core::Result;
use lab_score::record::{Condition, SpreadRow};

use super::basis::Basis;
use super::decode::{Decoded, Fit, combine};
use super::images::Images;

/// Most members of the ensemble that are scored alone, and most that are combined.
pub(super) const N_MEMBERS_SCORED: usize = 15;

/// Each member alone.
pub(super) fn alone(decoded: &Decoded) -> impl Iterator<Item = Images> + '_ {
    let members = decoded.members.iter().take(N_MEMBERS_SCORED).enumerate();
    members.map(|(member, prediction)| Images {
        latents: prediction.latents.clone(),
        ..Images::of_a_series(Condition::Member(member), prediction.images.clone())
    })
}

/// The first 2, 3, … members combined as all of them are; one alone is a member, and all are the result.
pub(super) fn first(basis: Basis<'_>, decoded: &Decoded) -> Result<Vec<Images>> {
    let fit = Fit::of_experiment(basis);
    let how = basis.session.plan.experiment.ensemble.combine;
    let numbers = 2..decoded.raw.len().min(N_MEMBERS_SCORED + 1);
    numbers
        .map(|n| {
            let prediction = fit.prediction(&combine(&decoded.raw[..n], how)?)?;
            Ok(Images {
                latents: prediction.latents,
                ..Images::of_a_series(Condition::FirstMembers(n), prediction.images)
            })
        })
        .collect()
}

/// The standard deviation of each pixel over members, with n − 1 below the root: `[n_test, channels, height, width]`; `None` for
/// one member.
pub(crate) fn spread(decoded: &Decoded) -> Result<Option<Tensor>> {
    let n_members = decoded.members.len();
    if n_members < 2 {
        return Ok(None);
    }
    let images: Vec<&Tensor> = decoded.members.iter().map(|of| &of.images).collect();
    let stacked = Tensor::stack(&images, 0)?.to_dtype(DType::F64)?;
    let offset = stacked.broadcast_sub(&stacked.mean_keepdim(0)?)?;
    let variance = (offset.sqr()?.sum(0)? / (n_members - 1) as f64)?;
    Ok(Some(variance.sqrt()?.to_dtype(DType::F32)?))
}

/// The mean of it over the pixels of each image.
pub(crate) fn spread_rows(spread: Option<&Tensor>) -> Result<Vec<SpreadRow>> {
    let Some(spread) = spread else {
        return Ok(Vec::new());
    };
    let means = spread
        .flatten_from(1)?
        .to_dtype(DType::F64)?
        .mean(1)?
        .to_vec1::<f64>()?;
    let rows = means.into_iter().enumerate();
    Ok(rows
        .map(|(test_image, spread)| SpreadRow { test_image, spread })
        .collect())
}
