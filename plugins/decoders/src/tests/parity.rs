//! Three steps of training against PyTorch (`tests/reference/decoders/three_steps.py`).

use std::path::Path;
use std::sync::Arc;

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::nn::init::Initial;
use lab_core::nn::optim::{AdamParams, Decay};
use lab_core::objective::{Objective, WeightedTerm};
use lab_core::testing::{ToyGenerator, ToyTerm};
use lab_core::traits::TrainingSet;
use serde::Deserialize;

use super::worst;
use crate::network::{Architecture, NonLinearity};
use crate::training::{Descent, Pass};

#[derive(Deserialize)]
struct Fixture {
    features: Vec<Vec<f32>>,
    generator: Vec<Vec<f32>>,
    targets: Vec<Vec<Vec<Vec<f32>>>>,
    target_idx: Vec<usize>,
    rows: Vec<Vec<Vec<usize>>>,
    learning_rate: f64,
    l2: f64,
    floor: f64,
    linear: Steps,
    mlp: Steps,
}

#[derive(Deserialize)]
struct Steps {
    start: Vec<OfLayer>,
    end: Vec<OfLayer>,
    losses: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct OfLayer {
    weight: Vec<Vec<Vec<f32>>>,
    bias: Vec<Vec<Vec<f32>>>,
}

fn fixture() -> Fixture {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/reference/decoders/three_steps.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn tensor3(values: &[Vec<Vec<f32>>]) -> Tensor {
    let shape = (values.len(), values[0].len(), values[0][0].len());
    Tensor::from_vec(values.concat().concat(), shape, &Device::Cpu).unwrap()
}

/// Three steps from PyTorch's start on PyTorch's rows.
fn three_steps(architecture: &Architecture, fixture: &Fixture, expected: &Steps) -> Result<()> {
    let ctx = Context::new(0);
    let weight = Tensor::new(fixture.generator.clone(), &Device::Cpu)?;
    let generator = ToyGenerator::with_weight(weight, ImageShape::grey(5))?;
    let targets: Vec<Tensor> = fixture.targets.iter().map(|image| tensor3(image)).collect();
    let targets = Tensor::stack(&targets, 0)?;
    let term = WeightedTerm {
        name: "pixel".into(),
        weight: 10.0,
        term: Box::new(ToyTerm { layer: None }),
    };
    let objective = Objective::new(
        Arc::new(generator),
        None,
        Arc::new(vec![term]),
        targets.clone(),
    )?;
    let features = Tensor::new(fixture.features.clone(), &Device::Cpu)?;
    let train = TrainingSet {
        features: &features,
        target_idx: &fixture.target_idx,
        targets: &targets,
        picture_of: None,
        objective: &objective,
    };
    let adam = AdamParams {
        learning_rate: fixture.learning_rate,
        ..AdamParams::default()
    };
    let decay = Decay::Halfway { to: fixture.floor };
    let training = Descent {
        adam,
        l2: fixture.l2,
        batch: 3,
        epochs: 1,
        decay,
        initial: Initial::He,
        scale_input: true,
    };
    let mut pass = Pass::new(&ctx, architecture, &training, &train, &[0, 1])?;
    for (layer, start) in pass.layers.iter().zip(&expected.start) {
        layer.weight.set(&tensor3(&start.weight))?;
        layer.bias.set(&tensor3(&start.bias))?;
    }
    for (step, rows) in fixture.rows.iter().enumerate() {
        let rows: Vec<&[usize]> = rows.iter().map(Vec::as_slice).collect();
        let losses = pass.batch(&rows, fixture.learning_rate * decay.factor(step, 3))?;
        for (ours, theirs) in losses.iter().zip(&expected.losses[step]) {
            assert!(
                (ours - theirs).abs() < 1e-5 * theirs,
                "step {step}: {ours} and {theirs}"
            );
        }
    }
    for (layer, end) in pass.layers.iter().zip(&expected.end) {
        let (weight, bias) = (
            worst(layer.weight.as_tensor(), &tensor3(&end.weight)),
            worst(layer.bias.as_tensor(), &tensor3(&end.bias)),
        );
        assert!(
            weight < 1e-5 && bias < 1e-5,
            "weights differ by {weight:.2e}, biases by {bias:.2e}"
        );
    }
    Ok(())
}

#[test]
fn three_steps_of_the_linear_decoder_are_those_of_pytorch() -> Result<()> {
    let fixture = fixture();
    let architecture = Architecture {
        hidden: Vec::new(),
        non_linearity: NonLinearity::Identity,
    };
    three_steps(&architecture, &fixture, &fixture.linear)
}

#[test]
fn three_steps_of_the_mlp_are_those_of_pytorch() -> Result<()> {
    let fixture = fixture();
    let architecture = Architecture {
        hidden: vec![6],
        non_linearity: NonLinearity::GoldenTanh,
    };
    three_steps(&architecture, &fixture, &fixture.mlp)
}
