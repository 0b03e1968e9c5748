//! Descent on the cross-entropy of a labelled corpus.
//!
//! ```text
//! v ← μ·v + ∂/∂w mean_batch −log softmax(scores(x + noise))_label        w ← w − η·v
//! ```

use candle_core::Tensor;
use lab_core::context::Context;
use lab_core::dims::ValueRange;
use lab_core::events::Curve;
use lab_core::nn::optim::{Sgd, SgdParams};
use lab_core::nn::{self, Variables};
use lab_core::recording::{Split, Stimuli};
use lab_core::{Error, Result, rng};
use rand::Rng;

use crate::checkpoint;
use crate::error::AlexNetError;
use crate::layout::Layout;
use crate::network::{self, Dropout};
use crate::params::AlexNetParams;

/// Updates that a point of the curves averages.
const POINT: usize = 5;
/// Updates between two checkpoints.
const CHECKPOINT: usize = 50;

/// A training under way.
pub(crate) struct Training<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) vars: Variables,
    pub(crate) sgd: Sgd,
    /// Loss and share of right answers of each update so far.
    pub(crate) history: Vec<[f64; 2]>,
    params: &'a AlexNetParams,
    layout: &'a Layout,
    range: ValueRange,
    corpus: &'a Stimuli,
    image_idx: Vec<usize>,
}

/// Trains on the training images of a labelled corpus.
pub(crate) fn train(
    ctx: &Context,
    params: &AlexNetParams,
    layout: &Layout,
    range: ValueRange,
    corpus: &Stimuli,
) -> Result<(Variables, Vec<Curve>)> {
    let mut training = Training::new(ctx, params, layout, range, corpus)?;
    checkpoint::resume(&mut training)?;
    let updates = params.train.updates;
    while training.history.len() < updates {
        ctx.check_cancelled()?;
        let [loss, right] = training.update()?;
        training.history.push([loss, right]);
        let done = training.history.len();
        ctx.progress(
            done,
            updates,
            "updates",
            &format!("loss {loss:.3}  right {:.0} %", right * 100.0),
        );
        if done.is_multiple_of(CHECKPOINT) && done < updates {
            checkpoint::keep(&training)?;
        }
    }
    let curves = training.curves();
    Ok((training.vars, curves))
}

impl<'a> Training<'a> {
    fn new(
        ctx: &'a Context,
        params: &'a AlexNetParams,
        layout: &'a Layout,
        range: ValueRange,
        corpus: &'a Stimuli,
    ) -> Result<Self> {
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
            return Err(AlexNetError::Corpus {
                expected: "labelled training images of at least 2 classes".into(),
                got,
            }
            .into());
        }
        let train = &params.train;
        let vars = network::initial(
            layout,
            n_classes,
            &mut ctx.rng("initial"),
            train.initial,
            ctx.device(),
        )?;
        let sgd = SgdParams {
            learning_rate: train.learning_rate,
            momentum: train.momentum,
            clip_norm: None,
        };
        let sgd = Sgd::new(vars.parameters(|_| 0.0), sgd)?;
        Ok(Self {
            ctx,
            vars,
            sgd,
            history: Vec::new(),
            params,
            layout,
            range,
            corpus,
            image_idx,
        })
    }

    /// One step; each draws from a stream of its own, so that a training can go on anywhere.
    fn update(&mut self) -> Result<[f64; 2]> {
        let train = &self.params.train;
        let update = self.history.len();
        let mut rng = self.ctx.rng(&format!("update-{update}"));
        let drawn: Vec<usize> = (0..train.batch)
            .map(|_| self.image_idx[rng.random_range(0..self.image_idx.len())])
            .collect();
        let images = ValueRange::SIGNED
            .map_to(self.range, &self.corpus.tensor(&drawn, self.ctx.device())?)?;
        let noise = rng::normal(
            &mut rng,
            train.input_noise,
            images.dims(),
            self.ctx.device(),
        )?;
        let labels = self.corpus.classes(&drawn).unwrap_or_default();
        let labels = Tensor::new(labels, self.ctx.device())?;
        let dropout = Dropout {
            rng: &mut rng,
            share: train.dropout,
        };
        let scores = network::scores(
            self.layout,
            &self.vars.tracked(),
            &(images + noise)?,
            Some(dropout),
        )?;
        let loss = nn::cross_entropy(&scores, &labels)?;
        self.sgd
            .set_learning_rate(train.learning_rate * train.decay.factor(update, train.updates));
        self.sgd.step(&loss.backward()?)?;
        let loss = f64::from(loss.to_scalar::<f32>()?);
        let right = scores
            .argmax(1)?
            .eq(&labels)?
            .to_dtype(scores.dtype())?
            .mean_all()?
            .to_scalar::<f32>()?;
        if loss.is_finite() {
            Ok([loss, f64::from(right)])
        } else {
            Err(diverged(update))
        }
    }

    /// The loss and the share of right answers; a point is the mean over [`POINT`] updates.
    fn curves(&self) -> Vec<Curve> {
        ["loss", "right answers"]
            .into_iter()
            .enumerate()
            .map(|(which, name)| {
                let mut curve = Curve::new(name, "update");
                for (point, rows) in self.history.chunks(POINT).enumerate() {
                    let mean = rows.iter().map(|row| row[which]).sum::<f64>() / rows.len() as f64;
                    curve.push((point * POINT + rows.len()) as f64, mean);
                }
                curve
            })
            .collect()
    }
}

fn diverged(update: usize) -> Error {
    Error::Data {
        what: format!("loss of alexnet at update {update}"),
        expected: "a finite number".into(),
        got: "NaN or infinity".into(),
        remedy: "lower train.learning_rate".into(),
    }
}
