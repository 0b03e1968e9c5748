//! `my_plugin`: a feature network of two convolutions with fixed random weights.
//!
//! ```text
//! conv1 = x ∗ A + a      conv2 = relu(conv1) ∗ B + b      5×5 and 3×3, stride 2
//! ```
//! Random convolutions already tell edges and textures apart. To make it your own, change [`initial`] (which weights there
//! are) and [`MyPlugin::layers`] with [`FittedMyPlugin::activations`]; train in [`MyPlugin::prepare`], from the corpus that
//! [`MyPlugin::corpus`] names.

use candle_core::{Device, Tensor};
use lab_core::config::{Declared, Range};
use lab_core::dims::ValueRange;
use lab_core::events::Curve;
use lab_core::nn::{self, Variables, init};
use lab_core::prelude::*;
use lab_core::rng::Stream;
use lab_core::traits::{Dataset, FeatureNet, Features, FittedFeatureNet};
use lab_core::weights;
use serde::{Deserialize, Serialize};

/// Names of the layers, from input to output.
const LAYERS: [&str; 2] = ["conv1", "conv2"];
/// Kernel sides of the layers.
const KERNELS: [usize; 2] = [5, 3];

/// Parameters of [`MyPlugin`]; each can be set in an experiment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MyPluginParams {
    /// Side of an image, in pixels.
    pub size: usize,
    /// Channels of the two layers.
    pub channels: [usize; 2],
}

impl Default for MyPluginParams {
    fn default() -> Self {
        Self {
            size: 32,
            channels: [12, 24],
        }
    }
}

impl PluginParams for MyPluginParams {
    /// The range of every number, and where comments say what parameters mean: for checks and `lab plugins explain`.
    const DECLARED: Declared = Declared::new(
        &[include_str!("feature_net.rs")],
        &[("size", Range::SIDE), ("channels", Range::UNITS)],
    );

    /// What `--smoke` makes of them: everything that costs time is shrunk.
    fn smoke(&mut self) {
        self.channels = self.channels.map(|channels| channels.min(4));
    }
}

/// The network before it is ready.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | images | `[batch, 1, size, size]` | f32 | `[−1, 1]` |
/// | `conv1` | `[batch, channels.0, size/2, size/2]` | f32 | unitless |
/// | `conv2` | `[batch, channels.1, size/4, size/4]` | f32 | unitless |
///
/// # Determinism
/// Weights come from the stream `initial`.
#[derive(Debug)]
pub struct MyPlugin {
    params: MyPluginParams,
}

impl MyPlugin {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`Error::Data`] for a size below 4 or no channels.
    pub fn build(params: MyPluginParams, _ctx: &Context) -> Result<Self> {
        if params.size >= 4 && !params.channels.contains(&0) {
            return Ok(Self { params });
        }
        Err(Error::Data {
            what: "parameters of my_plugin".into(),
            expected: "a size of at least 4 and channels above 0".into(),
            got: format!("size {} and channels {:?}", params.size, params.channels),
            remedy: "change them in the experiment".into(),
        })
    }

    fn fitted(&self, variables: &Variables) -> FittedMyPlugin {
        FittedMyPlugin {
            size: self.params.size,
            weights: variables.frozen(),
        }
    }
}

/// First values of the weights.
fn initial(params: &MyPluginParams, rng: &mut Stream, device: &Device) -> Result<Variables> {
    let mut variables = Variables::default();
    let mut n_in = 1;
    for ((name, side), n_out) in LAYERS.into_iter().zip(KERNELS).zip(params.channels) {
        let kernel = init::he_normal(rng, n_in * side * side, &[n_out, n_in, side, side], device)?;
        variables.insert(format!("{name}.kernel"), kernel);
        variables.insert(format!("{name}.bias"), init::zeros(&[n_out], device)?);
        n_in = n_out;
    }
    Ok(variables)
}

impl FeatureNet for MyPlugin {
    fn layers(&self) -> Vec<String> {
        LAYERS.map(str::to_owned).to_vec()
    }

    fn image_shape(&self) -> Option<ImageShape> {
        Some(ImageShape::grey(self.params.size))
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        None
    }

    fn prepare(&self, ctx: &Context, _: Option<&Stimuli>) -> Result<Box<dyn FittedFeatureNet>> {
        let variables = initial(&self.params, &mut ctx.rng("initial"), ctx.device())?;
        Ok(Box::new(self.fitted(&variables)))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedFeatureNet>> {
        let variables = initial(&self.params, &mut ctx.rng("shapes"), ctx.device())?;
        variables.set(weights)?;
        Ok(Box::new(self.fitted(&variables)))
    }
}

/// The network, frozen.
#[derive(Debug)]
pub struct FittedMyPlugin {
    size: usize,
    weights: Weights,
}

impl FittedFeatureNet for FittedMyPlugin {
    fn layers(&self) -> Vec<String> {
        LAYERS.map(str::to_owned).to_vec()
    }

    fn value_range(&self) -> ValueRange {
        ValueRange {
            low: -1.0,
            high: 1.0,
        }
    }

    fn activations(&self, images: &Tensor, layers: &[String]) -> Result<Features> {
        let expected =
            ImageShape::grey(self.size).batch(images.dims().first().copied().unwrap_or(1));
        if images.dims() != expected {
            return Err(Error::shape("images of my_plugin", expected, images.dims()));
        }
        if let Some(layer) = layers
            .iter()
            .find(|layer| !LAYERS.contains(&layer.as_str()))
        {
            return Err(Error::Data {
                what: "layers of my_plugin".into(),
                expected: LAYERS.join(" or "),
                got: layer.clone(),
                remedy: "name one of its layers in the loss terms".into(),
            });
        }
        let mut found = Features::new();
        let mut x = images.clone();
        for (idx, (name, side)) in LAYERS.into_iter().zip(KERNELS).enumerate() {
            if idx > 0 {
                x = nn::relu(&x)?;
            }
            let kernel = weights::get(&self.weights, &format!("{name}.kernel"))?;
            let bias = weights::get(&self.weights, &format!("{name}.bias"))?;
            x = nn::conv2d(&x, kernel, Some(bias), 2, side / 2)?;
            if layers.iter().any(|layer| layer == name) {
                found.insert(name.to_owned(), x.clone());
            }
            if found.len() == layers.len() {
                break;
            }
        }
        Ok(found)
    }

    fn classes(&self) -> &[String] {
        &[]
    }

    fn classify(&self, _images: &Tensor) -> Result<Option<Tensor>> {
        Ok(None)
    }

    fn weights(&self) -> Weights {
        self.weights.clone()
    }

    fn curves(&self) -> Vec<Curve> {
        Vec::new()
    }
}

lab_core::register! {
    FeatureNet "my_plugin" => MyPlugin, MyPluginParams;
    summary: "Two convolutions with fixed random weights",
    equation: "conv1 = x ∗ A + a;   conv2 = relu(conv1) ∗ B + b",
    source: "your paper, with its DOI",
    parity: "",
}

#[cfg(test)]
mod tests {
    use lab_core::testing::check_feature_net;

    use super::*;

    #[test]
    fn keeps_the_promises_of_a_feature_network() -> Result<()> {
        let ctx = Context::new(1);
        let params = MyPluginParams {
            size: 12,
            channels: [3, 5],
        };
        let net = MyPlugin::build(params, &ctx)?;
        let fitted = net.prepare(&ctx, None)?;
        check_feature_net(&ctx, &net, fitted.as_ref(), ImageShape::grey(12), 0.05)
    }
}
