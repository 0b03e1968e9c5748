//! Activations and gradients against PyTorch (`tests/reference/networks/make.py`), the contract, and resuming.

use candle_core::{DType, Tensor, Var};
use lab_core::config::NoParams;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::nn::Variables;
use lab_core::recording::{Labels, Stimuli};
use lab_core::rng;
use lab_core::testing::{
    ToyCorpus, check_feature_net, read_reference, relative_distance as distance,
};
use lab_core::traits::FeatureNet;
use lab_core::weights::{self, Weights};
use lab_core::{Error, Result};

use crate::descended::{Descended, descended};
use crate::layout::{Layout, NAMES};
use crate::{AlexNet, AlexNetParams, Padding, TrainParams, network};

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
        "/../../tests/reference/networks/alexnet.safetensors"
    ))
    .unwrap()
}

fn params() -> AlexNetParams {
    AlexNetParams {
        size: 20,
        width: 1.0 / 24.0,
        hidden: 12,
        padding: Padding::Same,
        train: TrainParams {
            updates: 6,
            batch: 8,
            ..TrainParams::default()
        },
        ..AlexNetParams::default()
    }
}

/// The fixture's weights as variables.
fn variables(fixture: &Weights) -> Variables {
    let mut variables = Variables::default();
    for (name, value) in weights::under("w", fixture) {
        variables.insert(name, Var::from_tensor(&value).unwrap());
    }
    variables
}

#[test]
fn activations_and_scores_are_those_of_pytorch() -> Result<()> {
    let (fixture, layout) = (fixture(), Layout::new(&params())?);
    let w = variables(&fixture).frozen();
    let all = NAMES.map(String::from);
    for (layer, values) in network::activations(&layout, &w, &fixture["images"], &all)? {
        let apart = distance(&values, &fixture[&format!("a.{layer}")]);
        assert!(apart < 1e-5, "{layer}: {apart:.1e}");
    }
    let scores = network::scores(&layout, &w, &fixture["images"])?;
    assert!(distance(&scores, &fixture["scores"]) < 1e-5);
    Ok(())
}

#[test]
fn gradients_are_those_of_pytorch() -> Result<()> {
    let (fixture, layout) = (fixture(), Layout::new(&params())?);
    let variables = variables(&fixture);
    let tracked = variables.tracked();
    let labels = fixture["labels"].to_dtype(DType::U32)?;
    let batch = (&fixture["images"], &labels);
    // Image by image, two at a time, and as a whole.
    for slice in [1, 2, 1000] {
        let Descended {
            loss,
            scores,
            gradients,
        } = descended(&layout, &tracked, batch, None, slice)?;
        assert!(distance(&loss.reshape(1)?, &fixture["loss"]) < 1e-5);
        assert!(distance(&scores, &fixture["scores"]) < 1e-5);
        for (name, var) in &tracked {
            let apart = distance(gradients.get(var).unwrap(), &fixture[&format!("d.{name}")]);
            assert!(apart < 1e-4, "{name} by {slice}: {apart:.1e}");
        }
    }
    let images = Var::from_tensor(&fixture["images"])?;
    let wanted = ["conv3".to_owned()];
    let found = network::activations(&layout, &variables.frozen(), images.as_tensor(), &wanted)?;
    let weighed = (&found["conv3"] * &fixture["weigh.conv3"])?.sum_all()?;
    let apart = distance(
        weighed.backward()?.get(&images).unwrap(),
        &fixture["d.images"],
    );
    assert!(apart < 1e-5, "images: {apart:.1e}");
    Ok(())
}

#[test]
fn the_papers_network_has_the_papers_sizes() -> Result<()> {
    let paper = Layout::new(&AlexNetParams::default())?;
    let channels: Vec<usize> = paper.convolutions.iter().map(|conv| conv.c_out).collect();
    assert_eq!(channels, [96, 256, 384, 384, 256]);
    assert_eq!((paper.n_flat, paper.hidden), (256 * 3 * 3, 4096));
    let small = Layout::new(&AlexNetParams {
        size: 9,
        ..AlexNetParams::default()
    });
    assert!(small.is_err());
    Ok(())
}

/// Noise around six different images.
fn corpus(ctx: &Context) -> Result<Stimuli> {
    let shape = ImageShape::grey(20);
    let centres = rng::normal(&mut ctx.rng("centres"), 0.5, &[6, 400], ctx.device())?;
    let noise = rng::normal(&mut ctx.rng("noise"), 0.2, &[60, 400], ctx.device())?;
    let pixels = (noise + Tensor::cat(&vec![centres; 10], 0)?)?.clamp(-1.0, 1.0)?;
    let mut stimuli = Stimuli::from_pixels(shape, pixels.flatten_all()?.to_vec1()?)?;
    let names = ["B", "R", "A", "I", "N", "S"].map(String::from).to_vec();
    stimuli.labels = Some(Labels {
        names,
        of: (0..60).map(|idx| idx % 6).collect(),
    });
    Ok(stimuli)
}

#[test]
fn the_network_keeps_the_contract() -> Result<()> {
    let ctx = Context::new(3);
    // Wide enough that no layer falls silent, which would leave nothing to differentiate.
    let params = AlexNetParams {
        width: 0.125,
        hidden: 64,
        ..params()
    };
    let net = AlexNet::build(params, &ctx)?;
    let fitted = net.prepare(&ctx, Some(&corpus(&ctx)?))?;
    // Pools and rectifiers have kinks; the tight comparison is the one with PyTorch.
    check_feature_net(&ctx, &net, fitted.as_ref(), ImageShape::grey(20), 0.15)
}

#[test]
fn training_lowers_the_loss() -> Result<()> {
    let ctx = Context::new(3);
    let mut params = params();
    params.train.updates = 150;
    params.train.dropout = 0.0;
    let fitted = AlexNet::build(params, &ctx)?.prepare(&ctx, Some(&corpus(&ctx)?))?;
    let curves = fitted.curves();
    let (first, last) = (curves[0].points[0].1, curves[0].points.last().unwrap().1);
    assert!(last < 0.7 * first, "loss {first} → {last}");
    Ok(())
}

#[test]
fn a_corpus_without_labels_is_refused() -> Result<()> {
    let ctx = Context::new(3);
    let mut corpus = corpus(&ctx)?;
    corpus.labels = None;
    let refused = AlexNet::build(params(), &ctx)?.prepare(&ctx, Some(&corpus));
    let complaint = refused
        .err()
        .map(|error: Error| error.to_string())
        .unwrap_or_default();
    assert!(
        complaint.contains("labelled training images"),
        "{complaint}"
    );
    Ok(())
}

fn weights_fixture(name: &str) -> String {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/weights/"
    );
    format!("{folder}{name}")
}

/// The shape of the authors' network in `tests/reference/weights/make.py`.
fn authors(file: &str) -> AlexNetParams {
    AlexNetParams {
        size: 56,
        width: 0.02,
        hidden: 6,
        weights: Some(file.to_owned()),
        ..AlexNetParams::default()
    }
}

#[test]
fn the_authors_weights_give_their_activations() -> Result<()> {
    let ctx = Context::new(1);
    let bytes = std::fs::read(weights_fixture("expected.safetensors")).unwrap();
    let expected = weights::from_bytes(&bytes, ctx.device())?;
    for file in ["authors_alexnet.npz", "authors_alexnet_snapshot.npz"] {
        let net = AlexNet::build(authors(&weights_fixture(file)), &ctx)?;
        assert!(net.corpus().is_none() && net.files()[0].exists());
        let fitted = net.prepare(&ctx, None)?;
        assert_eq!(fitted.classes(), ["0", "1", "2"]);
        let images = Var::from_tensor(&expected["authors_alexnet.x"])?;
        let layers = ["conv3", "conv5", "fc6", "fc7"].map(str::to_owned);
        for (layer, values) in fitted.activations(images.as_tensor(), &layers)? {
            let apart = distance(&values, &expected[&format!("authors_alexnet.{layer}")]);
            assert!(apart < 1e-5, "{file}, {layer}: {apart:.1e}");
        }
        let scores = fitted.classify(images.as_tensor())?.unwrap();
        assert!(distance(&scores, &expected["authors_alexnet.scores"]) < 1e-5);
        let gradients = scores.sum_all()?.backward()?;
        let apart = distance(
            gradients.get(&images).unwrap(),
            &expected["authors_alexnet.d.x"],
        );
        assert!(apart < 1e-5, "{file}, gradient: {apart:.1e}");
    }
    Ok(())
}

#[test]
fn weights_of_a_run_are_given_to_another() -> Result<()> {
    let ctx = Context::new(3);
    let fitted = AlexNet::build(params(), &ctx)?.prepare(&ctx, Some(&corpus(&ctx)?))?;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("features.safetensors");
    std::fs::write(&path, weights::to_bytes(&fitted.weights())?).unwrap();
    let given = AlexNetParams {
        weights: Some(path.to_string_lossy().into_owned()),
        ..params()
    };
    let again = AlexNet::build(given.clone(), &ctx)?.prepare(&ctx, None)?;
    assert_eq!(again.classes(), ["B", "R", "A", "I", "N", "S"]);
    assert_eq!(
        weights::to_bytes(&again.weights())?,
        weights::to_bytes(&fitted.weights())?
    );
    let misnamed = AlexNetParams {
        classes: vec!["B".into()],
        ..given
    };
    let refused = AlexNet::build(misnamed, &ctx)?.prepare(&ctx, None);
    let complaint = refused
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(complaint.contains("6 classes"), "{complaint}");
    Ok(())
}

/// A rate that no 32-bit number holds spoils the first step, which is refused with the update and what to lower.
#[test]
fn a_training_that_diverges_is_refused() -> Result<()> {
    let ctx = Context::new(5);
    let mut params = params();
    params.train.learning_rate = 1e39;
    let error = AlexNet::build(params, &ctx)?.prepare(&ctx, Some(&corpus(&ctx)?));
    let error = error.err().unwrap().to_string();
    assert!(
        error.contains("of alexnet at update 0") && error.contains("lower train.learning_rate"),
        "{error}"
    );
    Ok(())
}
