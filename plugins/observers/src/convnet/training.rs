//! Descent on the cross-entropy of a labelled corpus, by Adam.
//!
//! The running means and variances of the batch norms follow each batch by a tenth.

use candle_core::Tensor;
use lab_core::context::Context;
use lab_core::events::Curve;
use lab_core::nn::optim::{Adam, AdamParams};
use lab_core::nn::{self, BatchStatistics};
use lab_core::recording::{Split, Stimuli};
use lab_core::weights::Weights;
use lab_core::{Error, Result};
use rand::Rng;

use super::augment::augment;
use super::network::{self, NAMES};
use super::params::ConvNetParams;
use crate::error::ObserverError;

/// Updates that a point of the curves averages.
const POINT: usize = 10;
/// How far running statistics follow a batch.
const MOMENTUM: f32 = 0.1;

/// Trains on the training images of a labelled corpus.
pub(crate) fn train(
    ctx: &Context,
    params: &ConvNetParams,
    corpus: &Stimuli,
) -> Result<(Weights, Vec<Curve>)> {
    let image_idx = corpus.indices(Split::Train);
    let n_classes = corpus
        .labels
        .as_ref()
        .map_or(0, |labels| labels.names.len());
    if n_classes < 2 || image_idx.is_empty() {
        let got = format!(
            "{n_classes} classes and {} training images",
            image_idx.len()
        );
        let expected = "labelled training images of at least 2 classes".into();
        return Err(ObserverError::Corpus {
            observer: "convnet",
            expected,
            got,
        }
        .into());
    }
    let train = &params.train;
    let vars = network::initial(
        params.channels,
        n_classes,
        &mut ctx.rng("initial"),
        ctx.device(),
    )?;
    let mut adam = Adam::new(
        vars.parameters(|_| 0.0),
        AdamParams {
            learning_rate: train.learning_rate,
            ..AdamParams::default()
        },
    )?;
    let mut running: Vec<BatchStatistics> = Vec::new();
    let mut history: Vec<f64> = Vec::with_capacity(train.updates);
    for update in 0..train.updates {
        ctx.check_cancelled()?;
        let mut rng = ctx.rng(&format!("update-{update}"));
        let drawn: Vec<usize> = (0..train.batch)
            .map(|_| image_idx[rng.random_range(0..image_idx.len())])
            .collect();
        let images = augment(&mut rng, train, &corpus.tensor(&drawn, ctx.device())?)?;
        let labels = Tensor::new(corpus.classes(&drawn).unwrap_or_default(), ctx.device())?;
        let (scores, statistics) = network::training_scores(&vars.tracked(), &images)?;
        let loss = nn::cross_entropy(&scores, &labels)?;
        adam.set_learning_rate(train.learning_rate * (1.0 - update as f64 / train.updates as f64));
        adam.step(&loss.backward()?)?;
        follow(&mut running, statistics);
        let loss = f64::from(loss.to_scalar::<f32>()?);
        if !loss.is_finite() {
            return Err(diverged(update));
        }
        history.push(loss);
        ctx.progress(
            update + 1,
            train.updates,
            "updates",
            &format!("loss {loss:.3}"),
        );
    }
    let mut weights = vars.copied()?;
    for (name, statistics) in NAMES.iter().zip(running) {
        weights.insert(
            format!("{name}.mean"),
            Tensor::new(statistics.mean, ctx.device())?,
        );
        weights.insert(
            format!("{name}.variance"),
            Tensor::new(statistics.variance, ctx.device())?,
        );
    }
    Ok((weights, vec![curve(&history)]))
}

fn follow(running: &mut Vec<BatchStatistics>, batch: Vec<BatchStatistics>) {
    if running.is_empty() {
        *running = batch;
        return;
    }
    let step = |old: &mut Vec<f32>, new: &[f32]| {
        old.iter_mut()
            .zip(new)
            .for_each(|(old, new)| *old += MOMENTUM * (new - *old));
    };
    for (old, new) in running.iter_mut().zip(&batch) {
        step(&mut old.mean, &new.mean);
        step(&mut old.variance, &new.variance);
    }
}

fn curve(history: &[f64]) -> Curve {
    let mut curve = Curve::new("loss", "update");
    for (point, losses) in history.chunks(POINT).enumerate() {
        curve.push(
            (point * POINT + losses.len()) as f64,
            losses.iter().sum::<f64>() / losses.len() as f64,
        );
    }
    curve
}

fn diverged(update: usize) -> Error {
    Error::Data {
        what: format!("loss of convnet at update {update}"),
        expected: "a finite number".into(),
        got: "NaN or infinity".into(),
        remedy: "lower train.learning_rate".into(),
    }
}
