//! The convnet against PyTorch (`tests/reference/networks/make.py`), and the contract of both observers.

use candle_core::{DType, Device, Tensor, Var};
use lab_core::Result;
use lab_core::config::NoParams;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::nn::{self, Variables};
use lab_core::recording::{Labels, Stimuli};
use lab_core::rng;
use lab_core::testing::{
    ToyCorpus, check_feature_net, read_reference, relative_distance as distance,
};
use lab_core::traits::FeatureNet;
use lab_core::weights::{self, Weights};

use crate::convnet::network;
use crate::{ConvNet, ConvNetParams, Gabor, GaborParams, TrainParams};

lab_core::register! {
    Dataset "training_stimuli" => ToyCorpus, NoParams;
    summary: "stands in for the default corpus",
    equation: "",
    source: "",
    parity: "",
}

fn fixture() -> Weights {
    read_reference(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/networks/convnet.safetensors"
    ))
    .unwrap()
}

#[test]
fn the_trained_convnet_is_that_of_pytorch() -> Result<()> {
    let fixture = fixture();
    let w = weights::under("w", &fixture);
    for (layer, values) in
        network::activations(&w, &fixture["images"], &network::NAMES.map(String::from))?
    {
        let apart = distance(&values, &fixture[&format!("a.{layer}")]);
        assert!(apart < 1e-5, "{layer}: {apart:.1e}");
    }
    assert!(
        distance(
            &network::scores(&w, &fixture["images"])?,
            &fixture["fixed.scores"]
        ) < 1e-5
    );
    Ok(())
}

#[test]
fn the_convnet_in_training_is_that_of_pytorch() -> Result<()> {
    let fixture = fixture();
    let mut variables = Variables::default();
    for (name, value) in weights::under("w", &fixture) {
        if !name.ends_with("mean") && !name.ends_with("variance") {
            variables.insert(name, Var::from_tensor(&value)?);
        }
    }
    let tracked = variables.tracked();
    let (scores, _) = network::training_scores(&tracked, &fixture["images"])?;
    assert!(distance(&scores, &fixture["batch.scores"]) < 1e-4);
    let labels = fixture["labels"].to_dtype(DType::U32)?;
    let gradients = nn::cross_entropy(&scores, &labels)?.backward()?;
    for (name, var) in &tracked {
        let apart = distance(gradients.get(var).unwrap(), &fixture[&format!("d.{name}")]);
        assert!(apart < 1e-4, "{name}: {apart:.1e}");
    }
    Ok(())
}

#[test]
fn the_gabor_bank_keeps_the_contract() -> Result<()> {
    let ctx = Context::new(1);
    let net = Gabor::build(GaborParams::default(), &ctx)?;
    let fitted = net.prepare(&ctx, None)?;
    check_feature_net(&ctx, &net, fitted.as_ref(), ImageShape::grey(16), 0.02)
}

#[test]
fn energy_does_not_depend_on_phase_and_ignores_uniform_light() -> Result<()> {
    let ctx = Context::new(1);
    let fitted = Gabor::build(GaborParams::default(), &ctx)?.prepare(&ctx, None)?;
    let energy = |image: &dyn Fn(f64) -> f64| -> Result<Vec<f32>> {
        let pixels: Vec<f32> = (0..1024)
            .map(|idx| image((f64::from(idx % 32) + 0.5) / 32.0) as f32)
            .collect();
        let image = Tensor::from_vec(pixels, (1, 1, 32, 32), &Device::Cpu)?;
        Ok(fitted.activations(&image, &["energy".into()])?["energy"]
            .flatten_all()?
            .to_vec1()?)
    };
    let wave = |phase: f64| energy(&|x| (std::f64::consts::TAU * 8.0 * x + phase).cos());
    let (one, two) = (wave(0.3)?, wave(1.7)?);
    let strongest = one.iter().copied().fold(0.0, f32::max);
    // The channels of 8 cycles an image, across the wave, and away from the edge.
    for (one, two) in one
        .iter()
        .zip(&two)
        .filter(|(one, _)| **one > 0.9 * strongest)
    {
        assert!((one - two).abs() < 0.1 * strongest, "{one} and {two}");
    }
    assert!(energy(&|_| 0.7)?.iter().all(|energy| *energy < 5e-3));
    Ok(())
}

#[test]
fn the_convnet_keeps_the_contract_and_learns() -> Result<()> {
    let ctx = Context::new(4);
    let shape = ImageShape::grey(24);
    let centres = rng::normal(&mut ctx.rng("centres"), 0.5, &[3, 576], ctx.device())?;
    let noise = rng::normal(&mut ctx.rng("noise"), 0.2, &[60, 576], ctx.device())?;
    let pixels = (noise + Tensor::cat(&vec![centres; 20], 0)?)?.clamp(-1.0, 1.0)?;
    let mut corpus = Stimuli::from_pixels(shape, pixels.flatten_all()?.to_vec1()?)?;
    let names = ["one", "two", "three"].map(String::from).to_vec();
    corpus.labels = Some(Labels {
        names,
        of: (0..60).map(|idx| idx % 3).collect(),
    });
    let train = TrainParams {
        updates: 60,
        batch: 16,
        noise: 0.1,
        shift: 0,
        ..TrainParams::default()
    };
    let net = ConvNet::build(
        ConvNetParams {
            channels: [4, 4, 6],
            train,
        },
        &ctx,
    )?;
    let fitted = net.prepare(&ctx, Some(&corpus))?;
    check_feature_net(&ctx, &net, fitted.as_ref(), shape, 0.05)?;
    let images = corpus.tensor(&(0..30).collect::<Vec<_>>(), ctx.device())?;
    let scores = fitted.classify(&images)?.unwrap();
    let named: Vec<u32> = scores.argmax(1)?.to_vec1()?;
    let n_right = named
        .iter()
        .enumerate()
        .filter(|(idx, class)| *idx as u32 % 3 == **class)
        .count();
    assert!(n_right >= 27, "{n_right} of 30");
    Ok(())
}

/// A rate that no 32-bit number holds spoils the first step, which is refused with the update and what to lower.
#[test]
fn a_training_that_diverges_is_refused() -> Result<()> {
    let ctx = Context::new(4);
    let shape = ImageShape::grey(24);
    let pixels = rng::normal(&mut ctx.rng("pixels"), 0.3, &[20, 576], ctx.device())?;
    let pixels = pixels.clamp(-1.0, 1.0)?.flatten_all()?.to_vec1()?;
    let mut corpus = Stimuli::from_pixels(shape, pixels)?;
    corpus.labels = Some(Labels {
        names: ["one", "two"].map(String::from).to_vec(),
        of: (0..20).map(|idx| idx % 2).collect(),
    });
    let mut params = ConvNetParams::default();
    params.train.learning_rate = 1e39;
    let error = ConvNet::build(params, &ctx)?.prepare(&ctx, Some(&corpus));
    let error = error.err().unwrap().to_string();
    assert!(
        error.contains("of convnet at update 0") && error.contains("lower train.learning_rate"),
        "{error}"
    );
    Ok(())
}
