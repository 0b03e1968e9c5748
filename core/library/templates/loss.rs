//! `my_plugin`: a rounded absolute difference of pixels or activations.
//!
//! ```text
//! loss = mean_i ( √((reconstruction_i − target_i)² + ε²) − ε )
//! ```
//! Quadratic for differences below ε, linear above: a few wrong pixels weigh less than in a squared difference.
//! To make it your own, change [`difference`].

use candle_core::{D, Tensor};
use lab_core::config::{Declared, Range};
use lab_core::prelude::*;
use lab_core::traits::{LossTerm, View};
use serde::{Deserialize, Serialize};

/// Parameters of [`MyPlugin`]; each can be set in an experiment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MyPluginParams {
    /// Layers of the feature network that are compared; the pixels if there are none.
    pub layers: Vec<String>,
    /// ε: where the difference begins to count as it is, in the unit of what is compared.
    pub epsilon: f64,
}

impl Default for MyPluginParams {
    fn default() -> Self {
        Self {
            layers: Vec::new(),
            epsilon: 0.1,
        }
    }
}

impl PluginParams for MyPluginParams {
    /// The range of every number, and where comments say what parameters mean: for checks and `lab plugins explain`.
    const DECLARED: Declared = Declared::new(
        &[include_str!("loss.rs")],
        &[("epsilon", Range::ABOVE_ZERO)],
    );
}

/// The loss term.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | images | `[batch, channels, height, width]` | f32 | `[−1, 1]` |
/// | activations | `[batch, …]` a layer | f32 | unitless |
/// | value | `[batch]` | f32 | mean over pixels, or over units and then over layers |
///
/// # Determinism
/// Nothing is random.
#[derive(Debug)]
pub struct MyPlugin {
    params: MyPluginParams,
}

impl MyPlugin {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`Error::Data`] if ε is not above 0.
    pub fn build(params: MyPluginParams, _ctx: &Context) -> Result<Self> {
        if params.epsilon > 0.0 && params.epsilon.is_finite() {
            return Ok(Self { params });
        }
        Err(wrong(
            "parameter 'epsilon' of my_plugin",
            "a finite number above 0",
            params.epsilon.to_string(),
        ))
    }
}

/// One value for each row.
fn difference(target: &Tensor, reconstruction: &Tensor, epsilon: f64) -> Result<Tensor> {
    if target.dims() != reconstruction.dims() {
        let (expected, got) = (target.dims(), reconstruction.dims());
        return Err(Error::shape("the two sides of my_plugin", expected, got));
    }
    let squared = (reconstruction - target)?.sqr()?.flatten_from(1)?;
    let rounded = squared.affine(1.0, epsilon * epsilon)?.sqrt()?;
    Ok(rounded.affine(1.0, -epsilon)?.mean(D::Minus1)?)
}

impl LossTerm for MyPlugin {
    fn layers(&self) -> Vec<String> {
        self.params.layers.clone()
    }

    fn evaluate(&self, _ctx: &Context, target: &View<'_>, made: &View<'_>) -> Result<Tensor> {
        let epsilon = self.params.epsilon;
        let layers = &self.params.layers;
        if layers.is_empty() {
            return difference(target.image, made.image, epsilon);
        }
        let mut values = Vec::new();
        for layer in layers {
            let (Some(one), Some(two)) = (target.features.get(layer), made.features.get(layer))
            else {
                let expected = format!("activations of layer '{layer}'");
                return Err(wrong("features of my_plugin", expected, "none"));
            };
            values.push(difference(one, two, epsilon)?);
        }
        Ok(Tensor::stack(&values, 0)?.mean(0)?)
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
    LossTerm "my_plugin" => MyPlugin, MyPluginParams;
    summary: "A rounded absolute difference of pixels or activations",
    equation: "mean_i (√((reconstruction_i − target_i)² + ε²) − ε)",
    source: "your paper, with its DOI",
    parity: "",
}

#[cfg(test)]
mod tests {
    use lab_core::testing::{AtIdentity, check_loss_term};

    use super::*;

    fn term(layers: &[&str]) -> Result<MyPlugin> {
        let layers = layers.iter().map(ToString::to_string).collect();
        let params = MyPluginParams {
            layers,
            ..MyPluginParams::default()
        };
        MyPlugin::build(params, &Context::new(1))
    }

    #[test]
    fn keeps_the_promises_of_a_loss_term() -> Result<()> {
        let image = ImageShape::grey(6);
        check_loss_term(&term(&[])?, &[], image, AtIdentity::Zero)?;
        let layers: [(&str, &[usize]); 2] = [("conv1", &[3, 4, 4]), ("fc6", &[7])];
        check_loss_term(&term(&["conv1", "fc6"])?, &layers, image, AtIdentity::Zero)
    }

    #[test]
    fn is_quadratic_for_small_and_linear_for_large_differences() -> Result<()> {
        let device = candle_core::Device::Cpu;
        let zero = Tensor::zeros((2, 1), candle_core::DType::F32, &device)?;
        let moved = Tensor::new(&[[0.001_f32], [10.0]], &device)?;
        let values = difference(&zero, &moved, 0.1)?.to_vec1::<f32>()?;
        // d²/2ε and |d| − ε.
        assert!((values[0] - 5e-6).abs() < 1e-7, "{values:?}");
        assert!((values[1] - 9.9).abs() < 1e-3, "{values:?}");
        Ok(())
    }
}
