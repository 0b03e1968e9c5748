//! The contract, resuming, and what moves the weights.

mod parity;

use std::sync::Arc;

use candle_core::{DType, Tensor};
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::objective::{Objective, WeightedTerm};
use lab_core::testing::{
    MemoryCheckpoints, ToyGenerator, ToyNet, ToyTerm, check_decoder, stopping_at, toy_features,
    toy_objective,
};
use lab_core::traits::{Decoder, FittedDecoder, TrainingSet};
use lab_core::{Error, Result};

use crate::dense::Dense;
use crate::linear::{Linear, LinearParams};
use crate::mlp::{Mlp, MlpParams};

fn worst(a: &Tensor, b: &Tensor) -> f64 {
    let difference = (a - b)
        .unwrap()
        .abs()
        .unwrap()
        .flatten_all()
        .unwrap()
        .max(0)
        .unwrap();
    difference
        .to_dtype(DType::F64)
        .unwrap()
        .to_scalar()
        .unwrap()
}

fn linear(epochs: usize) -> Dense {
    Linear::build(
        LinearParams {
            epochs,
            learning_rate: 0.02,
            ..LinearParams::default()
        },
        &Context::new(0),
    )
    .unwrap()
}

fn mlp(epochs: usize) -> Dense {
    Mlp::build(
        MlpParams {
            epochs,
            hidden: 20,
            learning_rate: 0.01,
            ..MlpParams::default()
        },
        &Context::new(0),
    )
    .unwrap()
}

#[test]
fn decoders_keep_the_contract() -> Result<()> {
    let ctx = Context::new(7);
    check_decoder(&ctx, &linear(4))?;
    check_decoder(&ctx, &mlp(4))
}

/// Fits members on the toy objective.
fn fit(
    ctx: &Context,
    decoder: &dyn Decoder,
    objective: &Objective,
    members: &[usize],
) -> Result<Vec<Box<dyn FittedDecoder>>> {
    let features = toy_features(ctx, objective.n_targets(), 5)?;
    let target_idx: Vec<usize> = (0..objective.n_targets()).collect();
    let targets = Tensor::zeros((1, 1, 8, 8), DType::F32, ctx.device())?;
    decoder.fit(
        ctx,
        &TrainingSet {
            features: &features,
            target_idx: &target_idx,
            targets: &targets,
            picture_of: None,
            objective,
        },
        members,
    )
}

fn bits(fitted: &dyn FittedDecoder) -> Vec<u8> {
    lab_core::weights::to_bytes(&fitted.weights()).unwrap()
}

#[test]
fn training_lowers_the_loss_and_the_mlp_memorises() -> Result<()> {
    let ctx = Context::new(1);
    let objective = toy_objective(&ctx, 12)?;
    for (decoder, bound) in [(&linear(60) as &dyn Decoder, 0.8), (&mlp(500), 0.1)] {
        let fitted = fit(&ctx, decoder, &objective, &[0])?;
        let curves = fitted[0].curves();
        let losses = &curves[0].points;
        let (first, last) = (losses[0].1, losses[losses.len() - 1].1);
        assert!(last < bound * first, "loss {first} → {last}");
        let names: Vec<&str> = curves.iter().map(|curve| curve.name.as_str()).collect();
        assert_eq!(
            names,
            ["loss", "pixel, after training", "feature, after training"]
        );
    }
    Ok(())
}

/// With the toy objective's kernels a member's bytes do not depend on its company; on larger networks only the contract's
/// tolerance is promised, as products of matrices are cut by their size.
#[test]
fn a_member_is_the_same_bytes_in_any_pass() -> Result<()> {
    let ctx = Context::new(2);
    let objective = toy_objective(&ctx, 12)?;
    let together = fit(&ctx, &linear(3), &objective, &[0, 1, 2, 3, 4])?;
    let pair = fit(&ctx, &linear(3), &objective, &[3, 1])?;
    assert_eq!(bits(together[3].as_ref()), bits(pair[0].as_ref()));
    assert_eq!(bits(together[1].as_ref()), bits(pair[1].as_ref()));
    assert_ne!(bits(together[0].as_ref()), bits(together[1].as_ref()));
    Ok(())
}

#[test]
fn a_stopped_training_goes_on_to_the_same_bytes() -> Result<()> {
    let ctx = Context::new(3);
    let objective = toy_objective(&ctx, 12)?;
    let whole = fit(&ctx, &linear(12), &objective, &[0, 1])?;
    let memory = Arc::new(MemoryCheckpoints::default());
    let kept = ctx.clone().with_checkpoints(memory.clone());
    // Twelve rows in batches of three are four steps an epoch: step 32 ends epoch 8, which is kept before the end.
    let stopped = stopping_at(&kept, 32);
    assert!(matches!(
        fit(&stopped, &linear(12), &objective, &[0, 1]),
        Err(Error::Cancelled)
    ));
    assert_eq!(memory.n_names(), 1);
    let resumed = fit(&kept, &linear(12), &objective, &[0, 1])?;
    for (whole, resumed) in whole.iter().zip(&resumed) {
        assert_eq!(bits(whole.as_ref()), bits(resumed.as_ref()));
        assert_eq!(whole.curves(), resumed.curves());
    }
    Ok(())
}

#[test]
fn feature_terms_move_the_weights() -> Result<()> {
    let ctx = Context::new(4);
    let shape = ImageShape::grey(8);
    let objective = |feature_weight: f64| -> Result<Objective> {
        let terms = [
            ("pixel", 1.0, None),
            ("feature", feature_weight, Some("toy2".to_owned())),
        ];
        let terms = terms.map(|(name, weight, layer)| WeightedTerm {
            name: name.into(),
            weight,
            term: Box::new(ToyTerm { layer }),
        });
        let targets = Tensor::zeros((6, 1, 8, 8), DType::F32, ctx.device())?;
        let (generator, net) = (
            ToyGenerator::new(&ctx, 6, shape)?,
            ToyNet::new(&ctx, shape)?,
        );
        Objective::new(
            Arc::new(generator),
            Some(Arc::new(net)),
            Arc::new(Vec::from(terms)),
            targets,
        )
    };
    let without = fit(&ctx, &linear(1), &objective(0.0)?, &[0])?;
    let with = fit(&ctx, &linear(1), &objective(50.0)?, &[0])?;
    let moved = worst(
        &without[0].weights()["layer-0.weight"],
        &with[0].weights()["layer-0.weight"],
    );
    assert!(
        moved > 1e-3,
        "the feature term moved the weights by {moved:.1e} only"
    );
    Ok(())
}

#[test]
fn bad_parameters_and_rows_are_refused() -> Result<()> {
    let ctx = Context::new(5);
    let built = Linear::build(
        LinearParams {
            l2: -1.0,
            ..LinearParams::default()
        },
        &ctx,
    );
    assert_eq!(
        built.unwrap_err().to_string(),
        "parameter 'l2' of linear: expected 0 or a number above 0, got -1"
    );
    let built = Mlp::build(
        MlpParams {
            hidden: 0,
            ..MlpParams::default()
        },
        &ctx,
    );
    assert_eq!(
        built.unwrap_err().to_string(),
        "parameter 'hidden' of mlp: expected at least 1, got 0"
    );
    let objective = toy_objective(&ctx, 4)?;
    let targets = Tensor::zeros((1, 1, 8, 8), DType::F32, ctx.device())?;
    let zeros = Tensor::zeros((3, 5), DType::F32, ctx.device())?;
    let refused = |target_idx: &[usize]| {
        let train = TrainingSet {
            features: &zeros,
            target_idx,
            targets: &targets,
            picture_of: None,
            objective: &objective,
        };
        linear(1)
            .fit(&ctx, &train, &[0])
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    assert!(
        refused(&[0, 1]).contains("training rows"),
        "{}",
        refused(&[0, 1])
    );
    assert!(
        refused(&[0, 1, 4]).contains("below 4"),
        "{}",
        refused(&[0, 1, 4])
    );
    assert!(
        refused(&[0, 1, 2]).contains("not all 0"),
        "{}",
        refused(&[0, 1, 2])
    );
    let mut saved = fit(&ctx, &linear(1), &objective, &[0])?[0].weights();
    assert!(mlp(1).restore(&ctx, &objective, &saved).is_err());
    saved.insert(
        "layer-0.bias".into(),
        Tensor::zeros(9, DType::F32, ctx.device())?,
    );
    let message = linear(1)
        .restore(&ctx, &objective, &saved)
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(
        message.contains("'layer-0.weight': expected [5, 9], got [5, 6]"),
        "{message}"
    );
    Ok(())
}

/// Every decoder that learns ends with the step and what to lower, and never with weights that are no numbers.
#[test]
fn a_decoder_that_diverges_is_refused() -> Result<()> {
    let ctx = Context::new(1);
    let objective = toy_objective(&ctx, 12)?;
    let rate = 1e39;
    let inversion = lab_core::invert::InversionParams {
        learning_rate: rate,
        ..lab_core::invert::InversionParams::default()
    };
    let linear = LinearParams {
        learning_rate: rate,
        epochs: 2,
        ..LinearParams::default()
    };
    let mlp = MlpParams {
        learning_rate: rate,
        epochs: 2,
        ..MlpParams::default()
    };
    let latents = crate::ridge::RidgeToLatentsParams {
        inversion,
        ..crate::ridge::RidgeToLatentsParams::default()
    };
    let search = crate::per_image::PerImageParams {
        inversion,
        ..crate::per_image::PerImageParams::default()
    };
    let decoders: [(Box<dyn Decoder>, [&str; 2]); 4] = [
        (
            Box::new(Linear::build(linear, &ctx)?),
            ["the decoders at epoch 0", "lower learning_rate"],
        ),
        (
            Box::new(Mlp::build(mlp, &ctx)?),
            ["the decoders at epoch 0", "lower learning_rate"],
        ),
        (
            Box::new(crate::ridge::RidgeToLatents::build(latents, &ctx)?),
            ["the inversion at step 0", "lower inversion.learning_rate"],
        ),
        (
            Box::new(crate::per_image::PerImage::build(search, &ctx)?),
            ["the inversion at step 0", "lower inversion.learning_rate"],
        ),
    ];
    for (decoder, words) in decoders {
        let error = fit(&ctx, decoder.as_ref(), &objective, &[0]).err().unwrap();
        let error = error.to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
    Ok(())
}
