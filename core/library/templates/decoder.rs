//! `my_plugin`: a linear map from features to latents, trained through the generator.
//!
//! ```text
//! z = constrain(x·W + b)      W, b = argmin mean_i L(z_i, target_i) + l2·|W|²/2
//! ```
//! L is the objective of the experiment: its loss terms on the images that the frozen generator makes of z.
//! To make it your own, change [`initial`] (which weights there are) and [`latents`] (what is done with them).

use candle_core::{Device, Tensor};
use lab_core::config::{Declared, Range};
use lab_core::events::Curve;
use lab_core::nn::optim::{Adam, AdamParams};
use lab_core::nn::{self, Variables, init};
use lab_core::objective::Objective;
use lab_core::prelude::*;
use lab_core::rng::Stream;
use lab_core::traits::{Decoder, FittedDecoder, LatentSpace, Output, TrainingSet};
use lab_core::weights;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

/// Parameters of [`MyPlugin`]; each can be set in an experiment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MyPluginParams {
    /// Passes through the training rows.
    pub epochs: usize,
    /// Rows of a step.
    pub batch: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// What share of each weight is added to its gradient; biases are left alone.
    pub l2: f64,
}

impl Default for MyPluginParams {
    fn default() -> Self {
        Self {
            epochs: 40,
            batch: 8,
            learning_rate: 0.003,
            l2: 0.01,
        }
    }
}

impl PluginParams for MyPluginParams {
    /// The range of every number, and where comments say what parameters mean: for checks and `lab plugins explain`.
    const DECLARED: Declared = Declared::new(
        &[include_str!("decoder.rs")],
        &[
            ("epochs", Range::ONE_OR_MORE),
            ("batch", Range::ONE_OR_MORE),
            ("learning_rate", Range::ABOVE_ZERO),
        ],
    );

    /// What `--smoke` makes of them: everything that costs time is shrunk.
    fn smoke(&mut self) {
        self.epochs = 1;
    }
}

/// The decoder before it is fitted.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `x` | `[n_samples, n_features]` | f32 | as the alignment gives it |
/// | `z` | `[n_samples, n_latents]` | f32 | on the latent space's constraint |
///
/// # Determinism
/// Member `m` draws its weights from the stream `member-{m}/initial` and its order of rows from `member-{m}/epoch-{e}`.
#[derive(Debug)]
pub struct MyPlugin {
    params: MyPluginParams,
}

impl MyPlugin {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`Error::Data`] if there are no rows in a step.
    pub fn build(params: MyPluginParams, _ctx: &Context) -> Result<Self> {
        if params.batch > 0 {
            return Ok(Self { params });
        }
        Err(Error::Data {
            what: "parameter 'batch' of my_plugin".into(),
            expected: "a number above 0".into(),
            got: "0".into(),
            remedy: "change it in the experiment".into(),
        })
    }

    fn member(&self, ctx: &Context, train: &TrainingSet<'_>, member: usize) -> Result<Fitted> {
        let n_features = train.features.dims2()?.1;
        let space = train.objective.latent_space();
        let ctx = ctx.child(&format!("member-{member}"));
        let mut rng = ctx.rng("initial");
        let variables = initial(n_features, space.n_latents, &mut rng, ctx.device())?;
        let decay = |name: &str| {
            if name == "weight" {
                self.params.l2
            } else {
                0.0
            }
        };
        let adam = AdamParams {
            learning_rate: self.params.learning_rate,
            ..AdamParams::default()
        };
        let mut adam = Adam::new(variables.parameters(decay), adam)?;
        let mut curve = Curve::new("loss", "epoch");
        for epoch in 0..self.params.epochs {
            let loss = self.epoch(&ctx, train, epoch, &variables, &mut adam)?;
            curve.push((epoch + 1) as f64, loss);
            let state = format!("loss {loss:.4}");
            ctx.progress(epoch + 1, self.params.epochs, "epochs", &state);
        }
        Ok(Fitted {
            space,
            weights: variables.copied()?,
            curves: vec![curve],
        })
    }

    /// One pass through the training rows in a random order; the mean loss.
    fn epoch(
        &self,
        ctx: &Context,
        train: &TrainingSet<'_>,
        epoch: usize,
        variables: &Variables,
        adam: &mut Adam,
    ) -> Result<f64> {
        let space = train.objective.latent_space();
        let mut order: Vec<u32> = (0..train.target_idx.len() as u32).collect();
        order.shuffle(&mut ctx.rng(&format!("epoch-{epoch}")));
        let mut sum = 0.0;
        for rows in order.chunks(self.params.batch) {
            // A stop of the run is heard here.
            ctx.check_cancelled()?;
            let idx = Tensor::new(rows, ctx.device())?;
            let x = train.features.index_select(&idx, 0)?;
            let of_row = |&row: &u32| train.target_idx[row as usize];
            let seen: Vec<usize> = rows.iter().map(of_row).collect();
            let z = latents(&variables.tracked(), &space, &x)?;
            let loss = train.objective.loss(ctx, &z, &seen)?.mean_all()?;
            adam.step(&loss.backward()?)?;
            sum += f64::from(loss.to_scalar::<f32>()?) * rows.len() as f64;
        }
        Ok(sum / order.len() as f64)
    }
}

/// The weights before they have learned. Rows multiply on the left: `x·weight + bias`.
fn initial(n_in: usize, n_out: usize, rng: &mut Stream, device: &Device) -> Result<Variables> {
    let mut variables = Variables::default();
    variables.insert(
        "weight",
        init::he_normal(rng, n_in, &[n_in, n_out], device)?,
    );
    variables.insert("bias", init::zeros(&[n_out], device)?);
    Ok(variables)
}

/// Latents that the network predicts from features.
fn latents(w: &Weights, space: &LatentSpace, x: &Tensor) -> Result<Tensor> {
    let bias = weights::get(w, "bias")?;
    space.constrain(&nn::linear(x, weights::get(w, "weight")?, Some(bias))?)
}

impl Decoder for MyPlugin {
    fn output(&self) -> Output {
        Output::Latents
    }

    fn fit(
        &self,
        ctx: &Context,
        train: &TrainingSet<'_>,
        members: &[usize],
    ) -> Result<Vec<Box<dyn FittedDecoder>>> {
        let mut fitted: Vec<Box<dyn FittedDecoder>> = Vec::new();
        for &member in members {
            fitted.push(Box::new(self.member(ctx, train, member)?));
        }
        Ok(fitted)
    }

    fn restore(
        &self,
        ctx: &Context,
        objective: &Objective,
        weights: &Weights,
    ) -> Result<Box<dyn FittedDecoder>> {
        let space = objective.latent_space();
        let (n_features, n_latents) = weights::get(weights, "weight")?.dims2()?;
        if n_latents != space.n_latents {
            let what = "latents of my_plugin";
            return Err(Error::shape(what, space.n_latents, n_latents));
        }
        let mut rng = ctx.rng("shapes");
        let variables = initial(n_features, n_latents, &mut rng, ctx.device())?;
        variables.set(weights)?;
        Ok(Box::new(Fitted {
            space,
            weights: variables.frozen(),
            curves: Vec::new(),
        }))
    }
}

/// One member of the ensemble, fitted.
#[derive(Debug)]
struct Fitted {
    space: LatentSpace,
    weights: Weights,
    curves: Vec<Curve>,
}

impl FittedDecoder for Fitted {
    fn decode(&self, features: &Tensor) -> Result<Tensor> {
        let n_features = weights::get(&self.weights, "weight")?.dims()[0];
        if features.rank() != 2 || features.dims()[1] != n_features {
            let expected = ("n_samples", n_features);
            return Err(Error::shape(
                "features of my_plugin",
                expected,
                features.dims(),
            ));
        }
        latents(&self.weights, &self.space, features)
    }

    fn weights(&self) -> Weights {
        self.weights.clone()
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}

lab_core::register! {
    Decoder "my_plugin" => MyPlugin, MyPluginParams;
    summary: "A linear map from features to latents, trained through the generator",
    equation: "z = constrain(x·W + b);   W, b = argmin mean L(z, target) + l2·|W|²/2",
    source: "your paper, with its DOI",
    parity: "",
}

#[cfg(test)]
mod tests {
    use lab_core::testing::{check_decoder, toy_features, toy_objective};

    use super::*;

    fn decoder(epochs: usize) -> Result<MyPlugin> {
        let params = MyPluginParams {
            epochs,
            ..MyPluginParams::default()
        };
        MyPlugin::build(params, &Context::new(1))
    }

    #[test]
    fn keeps_the_promises_of_a_decoder() -> Result<()> {
        check_decoder(&Context::new(1), &decoder(3)?)
    }

    #[test]
    fn learns() -> Result<()> {
        let ctx = Context::new(1);
        let (objective, features) = (toy_objective(&ctx, 12)?, toy_features(&ctx, 12, 20)?);
        let target_idx: Vec<usize> = (0..12).collect();
        let train = TrainingSet {
            features: &features,
            target_idx: &target_idx,
            targets: objective.targets(),
            picture_of: None,
            objective: &objective,
        };
        let fitted = decoder(60)?.fit(&ctx, &train, &[0])?;
        let points = &fitted[0].curves()[0].points;
        let (first, last) = (points[0].1, points[points.len() - 1].1);
        assert!(last < 0.8 * first, "{first} became {last}");
        Ok(())
    }
}
