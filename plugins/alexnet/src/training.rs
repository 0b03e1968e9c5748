//! Descent on the cross-entropy of a labelled corpus.
//!
//! ```text
//! v ← μ·v + ∂/∂w mean_batch −log softmax(scores(x + noise))_label        w ← w − η·v
//! ```

use candle_core::Tensor;
use lab_core::context::Context;
use lab_core::dims::ValueRange;
use lab_core::events::Curve;
use lab_core::nn::Variables;
use lab_core::nn::optim::{Sgd, SgdParams};
use lab_core::recording::{Split, Stimuli};
use lab_core::training::{self, Course, History, Keep, Training};
use lab_core::weights::{self, Weights};
use lab_core::{Result, rng};
use rand::Rng;

use crate::descended::{Descended, descended};
use crate::error::AlexNetError;
use crate::layout::Layout;
use crate::network::{self, Dropout};
use crate::params::AlexNetParams;

/// Images that the convolutional part goes back through at a time.
const SLICE: usize = 16;
/// Updates that a point of the curves averages.
const POINT: usize = 5;

/// The descent under way.
struct Descent<'a> {
    ctx: &'a Context,
    vars: Variables,
    sgd: Sgd,
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
    let course = Course {
        said: Some(|losses| format!("loss {:.3}  right {:.0} %", losses[0], losses[1] * 100.0)),
        keep: Some(Keep::new("alexnet")),
        ..Course::new("alexnet", params.train.updates)
    };
    let mut descent = Descent::new(ctx, params, layout, range, corpus)?;
    let history = training::train(ctx, &course, &mut descent)?;
    let curves = history.curves(&["loss", "right answers"], "update", POINT);
    Ok((descent.vars, curves))
}

impl<'a> Descent<'a> {
    fn new(
        ctx: &'a Context,
        params: &'a AlexNetParams,
        layout: &'a Layout,
        range: ValueRange,
        corpus: &'a Stimuli,
    ) -> Result<Self> {
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
            params,
            layout,
            range,
            corpus,
            image_idx,
        })
    }
}

impl Training for Descent<'_> {
    /// One step; each draws from a stream of its own, so that a training can go on anywhere.
    fn step(&mut self, done: &History) -> Result<Vec<f64>> {
        let train = &self.params.train;
        let update = done.len();
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
        let Descended {
            loss,
            scores,
            gradients,
        } = descended(
            self.layout,
            &self.vars.tracked(),
            (&(images + noise)?, &labels),
            Some(dropout),
            SLICE,
        )?;
        self.sgd
            .set_learning_rate(train.learning_rate * train.decay.factor(update, train.updates));
        self.sgd.step(&gradients)?;
        let loss = f64::from(loss.to_scalar::<f32>()?);
        let right = scores
            .argmax(1)?
            .eq(&labels)?
            .to_dtype(scores.dtype())?
            .mean_all()?
            .to_scalar::<f32>()?;
        Ok(vec![loss, f64::from(right)])
    }

    fn state(&self) -> Result<Weights> {
        let mut state: Weights = weights::prefixed("weights", self.vars.frozen()).collect();
        state.extend(weights::prefixed("sgd", self.sgd.state()));
        Ok(state)
    }

    fn restore(&mut self, state: &Weights) -> Result<()> {
        self.vars.set(&weights::under("weights", state))?;
        Ok(self.sgd.restore(&weights::under("sgd", state))?)
    }
}
