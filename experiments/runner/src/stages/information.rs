//! Information: what is left of the result if less may pass between responses and latents.

use candle_core::{DType, Tensor};
use lab_core::Result;
use lab_score::Rows;
use lab_score::information::Bottleneck;
use lab_score::record::{Condition, InformationFacts};

use super::basis::Basis;
use super::decode::{Decoded, Fit, combine};
use super::images::Images;
use crate::scoring::rows;

/// The images behind bottlenecks, and the dimensions of the decoder.
pub(crate) struct Information {
    /// What was looked at.
    pub(crate) facts: InformationFacts,
    /// Images of each width, through the leading and through random directions.
    pub(crate) images: Vec<Images>,
}

/// Looks at what the decoder predicted through ever wider bottlenecks, which its predictions on the training rows tell.
pub(crate) fn information(
    basis: Basis<'_>,
    decoded: &Decoded,
    of_training_rows: &Tensor,
) -> crate::Result<Information> {
    let experiment = &basis.session.plan.experiment;
    let fit = Fit::of_experiment(basis);
    let raw = combine(&decoded.raw, experiment.ensemble.combine)?;
    let test = flat(&raw)?;
    let train = flat(of_training_rows)?;
    let bottleneck = Bottleneck::fit(&train)?;
    let widths = bottleneck.widths();
    let mut images = Vec::new();
    for &width in &widths {
        let leading = bottleneck.leading(&test, width);
        let random = bottleneck.random(&test, width, experiment.seed);
        let named = [
            (Condition::Bottleneck(width), leading),
            (Condition::RandomBottleneck(width), random),
        ];
        for (condition, passed) in named {
            images.push(through(&fit, condition, passed, &raw)?);
        }
    }
    Ok(Information {
        facts: InformationFacts {
            n_train_images: basis.data.train_idx.len(),
            n_train_rows: train.n_rows(),
            n_latents: train.n_columns,
            rank: bottleneck.rank(),
            widths,
        },
        images,
    })
}

/// The images of predictions that passed a bottleneck.
fn through(fit: &Fit<'_>, condition: Condition, passed: Rows, raw: &Tensor) -> Result<Images> {
    let passed = Tensor::from_vec(passed.values, raw.shape(), raw.device())?;
    let prediction = fit.prediction(&passed)?;
    Ok(Images {
        latents: prediction.latents,
        ..Images::of_a_series(condition, prediction.images)
    })
}

/// Predictions as rows of 32-bit numbers.
fn flat(predictions: &Tensor) -> Result<Rows> {
    rows(&predictions.to_dtype(DType::F32)?)
}
