//! Descent through the frozen generator, shared by every dense decoder.
//!
//! ```text
//! minimise Σ_members mean_batch L(constrain(f(s·x)), target)     by Adam, with l2·W added to the gradient of W
//! ```
//! The mean runs over the batch and the sum over members, and no norm is taken across members, so that each of them sees
//! the gradients that it would see alone.

use candle_core::{DType, Tensor, Var};
use lab_core::config::{Range, Ranges};
use lab_core::context::Context;
use lab_core::events::Curve;
use lab_core::nn::init::Initial;
use lab_core::nn::optim::{Adam, AdamParams, Decay, Parameter};
use lab_core::training::{self, Course, History, Keep};
use lab_core::traits::{FittedDecoder, TrainingSet, constrain};
use lab_core::weights::{self, Weights};
use lab_core::{Error, Result, rng};
use rand::seq::SliceRandom;

use crate::error::DecoderError;
use crate::network::{Architecture, FittedNetwork, Layer, forward, scale_features};

/// Rows whose terms are evaluated at a time once training has ended.
const CHUNK: usize = 64;

/// The ranges of what all dense decoders let the experiment set.
pub(crate) const RANGES: Ranges = &[
    ("learning_rate", Range::ABOVE_ZERO),
    ("beta1", Range::BELOW_ONE),
    ("beta2", Range::BELOW_ONE),
    ("eps", Range::ABOVE_ZERO),
    ("l2", Range::ZERO_OR_ABOVE.named("0 or a number above 0")),
    ("batch", Range::ONE_OR_MORE),
    ("epochs", Range::ONE_OR_MORE),
];

/// What all dense decoders let the experiment set.
#[derive(Debug, Clone)]
pub(crate) struct Descent {
    pub(crate) adam: AdamParams,
    pub(crate) l2: f64,
    pub(crate) batch: usize,
    pub(crate) epochs: usize,
    pub(crate) decay: Decay,
    pub(crate) initial: Initial,
    pub(crate) scale_input: bool,
}

/// Fits the given members in one pass.
pub(crate) fn fit(
    ctx: &Context,
    architecture: &Architecture,
    training: &Descent,
    train: &TrainingSet<'_>,
    members: &[usize],
) -> Result<Vec<Box<dyn FittedDecoder>>> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = members.iter().map(ToString::to_string).collect();
    let course = Course {
        unit: "epoch",
        keep: Some(Keep::new(format!("decoder-{}", names.join("-")))),
        remedy: "lower learning_rate, or the weights of losses",
        ..Course::new("the decoders", training.epochs)
    };
    let mut pass = Pass::new(ctx, architecture, training, train, members)?;
    let history = training::train(ctx, &course, &mut pass)?;
    (0..members.len())
        .map(|slot| pass.finish(slot, &history))
        .collect()
}

/// The members that are trained together, in one pass.
pub(crate) struct Pass<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) members: &'a [usize],
    pub(crate) layers: Vec<Layer<Var>>,
    pub(crate) adam: Adam,
    pub(crate) training: &'a Descent,
    architecture: &'a Architecture,
    train: &'a TrainingSet<'a>,
    features: Tensor,
    scale: f32,
}

impl<'a> Pass<'a> {
    pub(crate) fn new(
        ctx: &'a Context,
        architecture: &'a Architecture,
        training: &'a Descent,
        train: &'a TrainingSet<'a>,
        members: &'a [usize],
    ) -> Result<Self> {
        let n_features = check_rows(train)?;
        let scale = if training.scale_input {
            unit_mean_square(train.features)?
        } else {
            1.0
        };
        let features = scale_features(&train.features.to_device(ctx.device())?, scale)?;
        let sizes = architecture.layers(n_features, train.objective.latent_space().n_latents);
        let layers = initial_layers(ctx, training.initial, &sizes, members)?;
        let adam = Adam::new(parameters(&layers, training.l2), training.adam.clone())?;
        Ok(Self {
            ctx,
            members,
            layers,
            adam,
            training,
            architecture,
            train,
            features,
            scale,
        })
    }

    /// One step on the given rows of each member; returns the mean loss of each member before it.
    pub(crate) fn batch(&mut self, rows: &[&[usize]], learning_rate: f64) -> Result<Vec<f64>> {
        let batch = rows[0].len();
        let flat: Vec<u32> = rows
            .iter()
            .flat_map(|rows| rows.iter().map(|&row| row as u32))
            .collect();
        let targets: Vec<usize> = flat
            .iter()
            .map(|&row| self.train.target_idx[row as usize])
            .collect();
        let idx = Tensor::new(flat, self.features.device())?;
        let x = self
            .features
            .index_select(&idx, 0)?
            .reshape((rows.len(), batch, ()))?;
        let layers: Vec<Layer<Tensor>> = self.layers.iter().map(Layer::tracked).collect();
        let z = forward(&layers, self.architecture.non_linearity, &x)?.flatten(0, 1)?;
        let z = constrain(self.train.objective.latent_space().constraint, &z)?;
        let slope = self.train.objective.slope(self.ctx, &z, &targets)?;
        // The chain rule: of this sum the gradient to the weights is that of the mean loss.
        let along = (z * slope.gradient)?.sum_all()?;
        let gradients = along.affine(1.0 / batch as f64, 0.0)?.backward()?;
        self.adam.set_learning_rate(learning_rate);
        self.adam.step(&gradients)?;
        let losses = slope
            .losses
            .to_dtype(DType::F64)?
            .reshape((rows.len(), batch))?
            .mean(1)?;
        Ok(losses.to_vec1()?)
    }

    /// The finished member in this slot of the pass, with its curves.
    fn finish(&self, slot: usize, history: &History) -> Result<Box<dyn FittedDecoder>> {
        let layers = self
            .layers
            .iter()
            .map(|layer| layer.member(slot))
            .collect::<Result<_>>()?;
        let mut curve = Curve::new("loss", "epoch");
        for (epoch, losses) in history.steps().iter().enumerate() {
            curve.push((epoch + 1) as f64, losses[slot]);
        }
        let constraint = self.train.objective.latent_space().constraint;
        let non_linearity = self.architecture.non_linearity;
        let mut fitted =
            FittedNetwork::new(layers, non_linearity, self.scale, constraint, vec![curve])?;
        for (term, value) in self
            .train
            .objective
            .terms()
            .iter()
            .zip(self.final_terms(&fitted)?)
        {
            let mut curve = Curve::new(format!("{}, after training", term.name), "epoch");
            curve.push(history.len() as f64, value);
            fitted.push_curve(curve);
        }
        Ok(Box::new(fitted))
    }

    /// The mean of each unweighted term over the training rows.
    fn final_terms(&self, fitted: &FittedNetwork) -> Result<Vec<f64>> {
        let n_samples = self.train.target_idx.len();
        let mut sums = vec![0.0; self.train.objective.terms().len()];
        for start in (0..n_samples).step_by(CHUNK) {
            self.ctx.check_cancelled()?;
            let n = CHUNK.min(n_samples - start);
            let z = fitted.latents(&self.features.narrow(0, start, n)?)?;
            let values = self.train.objective.values(
                self.ctx,
                &z,
                &self.train.target_idx[start..start + n],
            )?;
            for (sum, values) in sums.iter_mut().zip(values) {
                *sum += values.to_dtype(DType::F64)?.sum_all()?.to_scalar::<f64>()?;
            }
        }
        Ok(sums.into_iter().map(|sum| sum / n_samples as f64).collect())
    }
}

impl training::Training for Pass<'_> {
    /// One epoch: every member sees its own order of the rows; rows that fill no whole batch wait for the next epoch. The
    /// order is drawn from a stream of the epoch, so that nothing random needs keeping. Returns each member's mean loss.
    fn step(&mut self, done: &History) -> Result<Vec<f64>> {
        let n_samples = self.train.target_idx.len();
        let batch = self.training.batch.min(n_samples);
        let (epoch, n_steps) = (done.len(), n_samples / batch);
        let orders: Vec<Vec<usize>> = self
            .members
            .iter()
            .map(|&member| order(self.ctx, member, epoch, n_samples))
            .collect();
        let mut sums = vec![0.0; self.members.len()];
        let total = self.training.epochs * n_steps;
        for step in 0..n_steps {
            if step > 0 {
                self.ctx.check_cancelled()?;
            }
            let done = epoch * n_steps + step;
            let rate = self.training.adam.learning_rate * self.training.decay.factor(done, total);
            let rows: Vec<&[usize]> = orders
                .iter()
                .map(|order| &order[step * batch..(step + 1) * batch])
                .collect();
            let losses = self.batch(&rows, rate)?;
            let mean = losses.iter().sum::<f64>() / losses.len() as f64;
            sums.iter_mut()
                .zip(&losses)
                .for_each(|(sum, loss)| *sum += loss);
            self.ctx
                .progress(done + 1, total, "steps", &format!("loss {mean:.4}"));
        }
        Ok(sums.into_iter().map(|sum| sum / n_steps as f64).collect())
    }

    fn state(&self) -> Result<Weights> {
        let mut state: Weights = self.adam.state();
        for (layer, vars) in self.layers.iter().enumerate() {
            for (part, var) in [("weight", &vars.weight), ("bias", &vars.bias)] {
                state.insert(format!("layer-{layer}.{part}"), var.as_tensor().detach());
            }
        }
        Ok(state)
    }

    fn restore(&mut self, state: &Weights) -> Result<()> {
        for (layer, vars) in self.layers.iter().enumerate() {
            for (part, var) in [("weight", &vars.weight), ("bias", &vars.bias)] {
                var.set(weights::get(state, &format!("layer-{layer}.{part}"))?)?;
            }
        }
        Ok(self.adam.restore(state)?)
    }
}

/// Checks that rows and targets match; returns the number of features.
fn check_rows(train: &TrainingSet<'_>) -> Result<usize> {
    let (n_samples, n_features) = train.features.dims2()?;
    if n_samples != train.target_idx.len() || n_samples == 0 {
        return Err(Error::shape(
            "training rows",
            [train.target_idx.len().max(1), n_features],
            [n_samples, n_features],
        ));
    }
    let n_targets = train.objective.n_targets();
    match train.target_idx.iter().find(|&&target| target >= n_targets) {
        Some(target) => Err(Error::shape(
            "target of a training row",
            format!("below {n_targets}"),
            target,
        )),
        None => Ok(n_features),
    }
}

/// The scalar that brings the mean square of a training coordinate to 1.
fn unit_mean_square(features: &Tensor) -> Result<f32> {
    let values = features
        .to_dtype(DType::F64)?
        .flatten_all()?
        .to_vec1::<f64>()?;
    let mean_square = values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64;
    if mean_square.is_finite() && mean_square > 0.0 {
        return Ok((1.0 / mean_square.sqrt()) as f32);
    }
    Err(DecoderError::Features {
        expected: "finite numbers that are not all 0",
        got: format!("a mean square of {mean_square}"),
    }
    .into())
}

/// The order in which a member sees the rows in an epoch.
fn order(ctx: &Context, member: usize, epoch: usize, n_samples: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n_samples).collect();
    order.shuffle(&mut ctx.rng(&format!("member-{member}/epoch-{epoch}")));
    order
}

fn initial_layers(
    ctx: &Context,
    initial: Initial,
    sizes: &[(usize, usize)],
    members: &[usize],
) -> Result<Vec<Layer<Var>>> {
    let mut streams: Vec<_> = members
        .iter()
        .map(|member| ctx.rng(&format!("member-{member}/initial")))
        .collect();
    let mut layers = Vec::with_capacity(sizes.len());
    for &(n_in, n_out) in sizes {
        let sd = initial.sd(n_in);
        let weights: Vec<Tensor> = streams
            .iter_mut()
            .map(|stream| Ok(rng::normal(stream, sd, &[n_in, n_out], ctx.device())?))
            .collect::<Result<_>>()?;
        let bias = Tensor::zeros((members.len(), 1, n_out), DType::F32, ctx.device())?;
        layers.push(Layer {
            weight: Var::from_tensor(&Tensor::stack(&weights, 0)?)?,
            bias: Var::from_tensor(&bias)?,
        });
    }
    Ok(layers)
}

/// Weights are decayed, biases are not.
fn parameters(layers: &[Layer<Var>], l2: f64) -> Vec<Parameter> {
    let of_layer = |(layer, Layer { weight, bias }): (usize, &Layer<Var>)| {
        [("weight", weight, l2), ("bias", bias, 0.0)].map(|(name, var, weight_decay)| Parameter {
            name: format!("layer-{layer}.{name}"),
            var: var.clone(),
            weight_decay,
        })
    };
    layers.iter().enumerate().flat_map(of_layer).collect()
}
