//! `my_plugin`: a generator that is learned as the second half of an autoencoder on the sphere.
//!
//! ```text
//! z = unit(unit(tanh(x·A + a)·B + b) + noise)      encoder, only needed while it learns
//! image = tanh(tanh(z·C + c)·D + d)                generator
//! loss = mean (image − x)²
//! ```
//! To make it your own, change [`initial`] (which weights there are) and [`generate`] (what is done with them).

use candle_core::{Device, Tensor};
use lab_core::config::{Declared, Range};
use lab_core::events::Curve;
use lab_core::nn::optim::{Adam, AdamParams};
use lab_core::nn::{self, Variables, init};
use lab_core::prelude::*;
use lab_core::recording::Split;
use lab_core::rng::{self, Stream};
use lab_core::traits::{Constraint, Dataset, FittedGenerator, Generator, LatentSpace, Prior};
use lab_core::weights;
use rand::Rng;
use serde::{Deserialize, Serialize};

/// Parameters of [`MyPlugin`]; each can be set in an experiment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MyPluginParams {
    /// Numbers of a latent.
    pub latent: usize,
    /// Side of an image, in pixels.
    pub size: usize,
    /// Units of the hidden layers.
    pub hidden: usize,
    /// Standard deviation of what is added to each latent while it learns, times √latent: neighbours on the sphere become
    /// similar images.
    pub noise: f64,
    /// The dataset it learns from.
    pub corpus: PluginRef<dyn Dataset>,
    /// Steps of the training.
    pub updates: usize,
    /// Images of a step.
    pub batch: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
}

impl Default for MyPluginParams {
    fn default() -> Self {
        Self {
            latent: 32,
            size: 32,
            hidden: 256,
            noise: 0.3,
            corpus: PluginRef::of(
                "letters(n_train: 9000, n_test: 0, size: 32, series: \"corpus\")",
            ),
            updates: 2000,
            batch: 64,
            learning_rate: 0.001,
        }
    }
}

impl PluginParams for MyPluginParams {
    /// The range of every number, and where comments say what parameters mean: for checks and `lab plugins explain`.
    const DECLARED: Declared = Declared::new(
        &[include_str!("generator.rs")],
        &[
            ("latent", Range::UNITS),
            ("size", Range::SIDE),
            ("hidden", Range::UNITS),
            ("noise", Range::ZERO_OR_ABOVE),
            ("updates", Range::ONE_OR_MORE),
            ("batch", Range::ONE_OR_MORE),
            ("learning_rate", Range::ABOVE_ZERO),
        ],
    );

    /// What `--smoke` makes of them: everything that costs time is shrunk.
    fn smoke(&mut self) {
        self.updates = self.updates.min(5);
        self.hidden = self.hidden.min(32);
    }
}

/// The generator before it has learned.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `z` | `[batch, latent]` | f32 | Euclidean norm 1 |
/// | image | `[batch, 1, size, size]` | f32 | `[−1, 1]` |
///
/// # Determinism
/// First weights come from the stream `initial`, batches and noise of update k from `update-{k}`.
pub struct MyPlugin {
    params: MyPluginParams,
}

impl MyPlugin {
    /// Checks the parameters; touches no data.
    ///
    /// # Errors
    /// [`Error::Data`] for a size or number of 0.
    pub fn build(params: MyPluginParams, _ctx: &Context) -> Result<Self> {
        let counts = [
            ("latent", params.latent),
            ("size", params.size),
            ("hidden", params.hidden),
            ("batch", params.batch),
        ];
        for (name, count) in counts {
            if count == 0 {
                let what = format!("parameter '{name}' of my_plugin");
                return Err(wrong(what, "a number above 0", "0"));
            }
        }
        Ok(Self { params })
    }

    /// Trains encoder and generator together.
    fn train(&self, ctx: &Context, corpus: &Stimuli) -> Result<(Weights, Curve)> {
        let params = &self.params;
        let train = corpus.indices(Split::Train);
        if train.is_empty() {
            let what = "corpus of my_plugin";
            return Err(wrong(what, "training images", "test images only"));
        }
        let variables = initial(params, &mut ctx.rng("initial"), ctx.device())?;
        let adam = AdamParams {
            learning_rate: params.learning_rate,
            ..AdamParams::default()
        };
        let mut adam = Adam::new(variables.parameters(|_| 0.0), adam)?;
        let mut curve = Curve::new("loss", "update");
        for update in 0..params.updates {
            // A stop of the run is heard here.
            ctx.check_cancelled()?;
            let mut rng = ctx.rng(&format!("update-{update}"));
            let drawn: Vec<usize> = (0..params.batch)
                .map(|_| train[rng.random_range(0..train.len())])
                .collect();
            let real = corpus.tensor(&drawn, ctx.device())?;
            let w = variables.tracked();
            let z = encode(params, &w, &real, &mut rng)?;
            let loss = (generate(params, &w, &z)? - real)?.sqr()?.mean_all()?;
            adam.step(&loss.backward()?)?;
            let value = f64::from(loss.to_scalar::<f32>()?);
            curve.push((update + 1) as f64, value);
            let state = format!("loss {value:.4}");
            ctx.progress(update + 1, params.updates, "updates", &state);
        }
        Ok((variables.copied()?, curve))
    }
}

/// The weights before they have learned. Rows multiply on the left: `x·weight + bias`.
fn initial(params: &MyPluginParams, rng: &mut Stream, device: &Device) -> Result<Variables> {
    let n_pixels = params.size * params.size;
    let layers = [
        ("encoder-1", n_pixels, params.hidden),
        ("encoder-2", params.hidden, params.latent),
        ("generator-1", params.latent, params.hidden),
        ("generator-2", params.hidden, n_pixels),
    ];
    let mut variables = Variables::default();
    for (name, n_in, n_out) in layers {
        let weight = init::he_normal(rng, n_in, &[n_in, n_out], device)?;
        variables.insert(format!("{name}.weight"), weight);
        variables.insert(format!("{name}.bias"), init::zeros(&[n_out], device)?);
    }
    Ok(variables)
}

/// One linear layer of the weights `w`.
fn layer(w: &Weights, name: &str, x: &Tensor) -> Result<Tensor> {
    let weight = weights::get(w, &format!("{name}.weight"))?;
    let bias = weights::get(w, &format!("{name}.bias"))?;
    Ok(nn::linear(x, weight, Some(bias))?)
}

/// Latents of images, under noise.
fn encode(params: &MyPluginParams, w: &Weights, x: &Tensor, rng: &mut Stream) -> Result<Tensor> {
    let hidden = layer(w, "encoder-1", &x.flatten_from(1)?)?.tanh()?;
    let z = nn::unit_norm(&layer(w, "encoder-2", &hidden)?)?;
    let sd = params.noise / (params.latent as f64).sqrt();
    let noise = rng::normal(rng, sd, z.dims(), z.device())?;
    Ok(nn::unit_norm(&(z + noise)?)?)
}

/// Images that the network makes of latents.
fn generate(params: &MyPluginParams, w: &Weights, z: &Tensor) -> Result<Tensor> {
    let hidden = layer(w, "generator-1", z)?.tanh()?;
    let pixels = layer(w, "generator-2", &hidden)?.tanh()?;
    let shape = ImageShape::grey(params.size).batch(z.dims()[0]);
    Ok(pixels.reshape(&shape[..])?)
}

impl Generator for MyPlugin {
    fn latent_space(&self) -> LatentSpace {
        LatentSpace {
            n_latents: self.params.latent,
            prior: Prior::Normal,
            constraint: Constraint::UnitSphere,
        }
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape::grey(self.params.size)
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        Some(&self.params.corpus)
    }

    fn prepare(&self, ctx: &Context, corpus: Option<&Stimuli>) -> Result<Box<dyn FittedGenerator>> {
        let found = corpus.map_or("none".into(), |corpus| corpus.shape().to_string());
        let Some(corpus) = corpus.filter(|corpus| corpus.shape() == self.image_shape()) else {
            let expected = self.image_shape().to_string();
            return Err(wrong("images of my_plugin's corpus", expected, found));
        };
        let (weights, curve) = self.train(ctx, corpus)?;
        Ok(Box::new(FittedMyPlugin {
            params: self.params.clone(),
            space: self.latent_space(),
            weights,
            curves: vec![curve],
        }))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedGenerator>> {
        let variables = initial(&self.params, &mut ctx.rng("shapes"), ctx.device())?;
        variables.set(weights)?;
        Ok(Box::new(FittedMyPlugin {
            params: self.params.clone(),
            space: self.latent_space(),
            weights: variables.frozen(),
            curves: Vec::new(),
        }))
    }
}

/// The generator, frozen.
pub struct FittedMyPlugin {
    params: MyPluginParams,
    space: LatentSpace,
    weights: Weights,
    curves: Vec<Curve>,
}

impl FittedGenerator for FittedMyPlugin {
    fn latent_space(&self) -> LatentSpace {
        self.space
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape::grey(self.params.size)
    }

    fn generate(&self, z: &Tensor) -> Result<Tensor> {
        if z.rank() != 2 || z.dims()[1] != self.space.n_latents {
            let expected = ("batch", self.space.n_latents);
            return Err(Error::shape("latents of my_plugin", expected, z.dims()));
        }
        generate(&self.params, &self.weights, z)
    }

    fn weights(&self) -> Weights {
        self.weights.clone()
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}

fn wrong(what: impl Into<String>, expected: impl Into<String>, got: impl Into<String>) -> Error {
    Error::Data {
        what: what.into(),
        expected: expected.into(),
        got: got.into(),
        remedy: "change the parameters of my_plugin in the experiment".into(),
    }
}

lab_core::register! {
    Generator "my_plugin" => MyPlugin, MyPluginParams;
    summary: "The second half of an autoencoder whose latents lie on the unit sphere",
    equation: "image = tanh(tanh(z·C + c)·D + d);   loss = mean (image − x)²",
    source: "your paper, with its DOI",
    parity: "",
}

#[cfg(test)]
mod tests {
    use lab_core::config::NoParams;
    use lab_core::testing::{ToyCorpus, check_generator};

    use super::*;

    // The default corpus is another crate's, which these tests do without: they hand over their own images.
    lab_core::register! {
        Dataset "no_corpus" => ToyCorpus, NoParams;
        summary: "stands in for a corpus", equation: "", source: "", parity: "",
    }

    fn small() -> MyPluginParams {
        MyPluginParams {
            latent: 6,
            size: 8,
            hidden: 24,
            updates: 200,
            batch: 16,
            corpus: PluginRef::of("no_corpus()"),
            ..MyPluginParams::default()
        }
    }

    /// Images of one bright column each.
    fn columns(size: usize) -> Result<Stimuli> {
        let pixel = |idx: usize| {
            let (image, x) = (idx / (size * size), idx % size);
            if image == x { 1.0 } else { -1.0 }
        };
        let pixels = (0..size * size * size).map(pixel).collect();
        Stimuli::from_pixels(ImageShape::grey(size), pixels)
    }

    #[test]
    fn keeps_the_promises_of_a_generator() -> Result<()> {
        let ctx = Context::new(1);
        let generator = MyPlugin::build(small(), &ctx)?;
        let fitted = generator.prepare(&ctx, Some(&columns(8)?))?;
        // A smooth network; 0.05 suits those with kinks, such as relu.
        check_generator(&ctx, &generator, fitted.as_ref(), 0.02)
    }

    #[test]
    fn learns() -> Result<()> {
        let ctx = Context::new(1);
        let fitted = MyPlugin::build(small(), &ctx)?.prepare(&ctx, Some(&columns(8)?))?;
        let points = &fitted.curves()[0].points;
        let (first, last) = (points[0].1, points[points.len() - 1].1);
        assert!(last < 0.5 * first, "{first} became {last}");
        Ok(())
    }

    #[test]
    fn refuses_a_corpus_of_another_size() -> Result<()> {
        let ctx = Context::new(1);
        let generator = MyPlugin::build(small(), &ctx)?;
        let complaint = generator.prepare(&ctx, Some(&columns(4)?)).err();
        let text = complaint.map(|error| error.to_string()).unwrap_or_default();
        assert!(text.contains("my_plugin's corpus"), "{text}");
        Ok(())
    }
}
