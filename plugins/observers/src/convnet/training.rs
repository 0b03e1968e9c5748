//! Descent on the cross-entropy of a labelled corpus, by Adam.
//!
//! The running means and variances of the batch norms follow each batch by a tenth.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::context::Context;
use lab_core::events::Curve;
use lab_core::nn::optim::{Adam, AdamParams};
use lab_core::nn::{self, BatchStatistics, Variables};
use lab_core::recording::{Split, Stimuli};
use lab_core::training::{self, Course, History, Keep, Training};
use lab_core::weights::{self, Weights};
use rand::Rng;

use super::augment::augment;
use super::network::{self, NAMES};
use super::params::{ConvNetParams, TrainParams};
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
    // An image without a class teaches none.
    let image_idx = corpus.labelled(Split::Train);
    let n_classes = corpus
        .labels
        .as_ref()
        .map_or(0, |labels| labels.names.len());
    if n_classes < 2 || image_idx.is_empty() {
        let got = format!(
            "{n_classes} classes and {} training images with one",
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
    let course = Course {
        said: Some(|losses| format!("loss {:.3}", losses[0])),
        keep: Some(Keep::new("convnet")),
        ..Course::new("convnet", params.train.updates)
    };
    let mut descent = Descent::new(ctx, params, corpus, image_idx, n_classes)?;
    let history = training::train(ctx, &course, &mut descent)?;
    let mut weights = descent.vars.copied()?;
    weights.extend(descent.statistics()?);
    Ok((weights, history.curves(&["loss"], "update", POINT)))
}

/// The descent under way.
struct Descent<'a> {
    ctx: &'a Context,
    train: &'a TrainParams,
    corpus: &'a Stimuli,
    image_idx: Vec<usize>,
    vars: Variables,
    adam: Adam,
    /// Running means and variances of the batch norms; empty before the first update.
    running: Vec<BatchStatistics>,
}

impl<'a> Descent<'a> {
    fn new(
        ctx: &'a Context,
        params: &'a ConvNetParams,
        corpus: &'a Stimuli,
        image_idx: Vec<usize>,
        n_classes: usize,
    ) -> Result<Self> {
        let vars = network::initial(
            params.channels,
            n_classes,
            &mut ctx.rng("initial"),
            ctx.device(),
        )?;
        let adam = Adam::new(
            vars.parameters(|_| 0.0),
            AdamParams {
                learning_rate: params.train.learning_rate,
                ..AdamParams::default()
            },
        )?;
        Ok(Self {
            ctx,
            train: &params.train,
            corpus,
            image_idx,
            vars,
            adam,
            running: Vec::new(),
        })
    }

    /// The running statistics under the names of their layers.
    fn statistics(&self) -> Result<Weights> {
        let mut found = Weights::new();
        for (name, statistics) in NAMES.iter().zip(&self.running) {
            for (part, values) in [
                ("mean", &statistics.mean),
                ("variance", &statistics.variance),
            ] {
                let values = Tensor::new(values.as_slice(), self.ctx.device())?;
                found.insert(format!("{name}.{part}"), values);
            }
        }
        Ok(found)
    }
}

impl Training for Descent<'_> {
    /// One step; each draws from a stream of its own, so that a training can go on anywhere.
    fn step(&mut self, done: &History) -> Result<Vec<f64>> {
        let (train, update) = (self.train, done.len());
        let mut rng = self.ctx.rng(&format!("update-{update}"));
        let drawn: Vec<usize> = (0..train.batch)
            .map(|_| self.image_idx[rng.random_range(0..self.image_idx.len())])
            .collect();
        let images = self.corpus.tensor(&drawn, self.ctx.device())?;
        let images = augment(&mut rng, train, &images)?;
        let labels = self.corpus.classes(&drawn).unwrap_or_default();
        let labels = Tensor::new(labels, self.ctx.device())?;
        let (scores, statistics) = network::training_scores(&self.vars.tracked(), &images)?;
        let loss = nn::cross_entropy(&scores, &labels)?;
        self.adam
            .set_learning_rate(train.learning_rate * (1.0 - update as f64 / train.updates as f64));
        self.adam.step(&loss.backward()?)?;
        follow(&mut self.running, statistics);
        Ok(vec![f64::from(loss.to_scalar::<f32>()?)])
    }

    fn state(&self) -> Result<Weights> {
        let mut state: Weights = weights::prefixed("weights", self.vars.frozen()).collect();
        state.extend(weights::prefixed("adam", self.adam.state()));
        state.extend(weights::prefixed("running", self.statistics()?));
        Ok(state)
    }

    fn restore(&mut self, state: &Weights) -> Result<()> {
        self.vars.set(&weights::under("weights", state))?;
        self.adam.restore(&weights::under("adam", state))?;
        let running = weights::under("running", state);
        let values =
            |name: String| -> Result<Vec<f32>> { Ok(weights::get(&running, &name)?.to_vec1()?) };
        let statistics = |name: &&str| {
            Ok(BatchStatistics {
                mean: values(format!("{name}.mean"))?,
                variance: values(format!("{name}.variance"))?,
                // Running statistics are of no one batch.
                n: 0,
            })
        };
        self.running = NAMES.iter().map(statistics).collect::<Result<_>>()?;
        Ok(())
    }
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
