//! The contract, the descent, and what is left out.

use candle_core::{D, Tensor};
use lab_core::Result;
use lab_core::context::Context;
use lab_core::invert::InversionParams;
use lab_core::objective::Objective;
use lab_core::rng::{normal, stream};
use lab_core::testing::{check_decoder, toy_objective};
use lab_core::traits::{Decoder, FittedDecoder, TrainingSet};

use super::fitted::FittedPerImage;
use super::{PerImage, PerImageParams};
use crate::ridge::{Design, LeftOut, Penalty, matrix};

fn plugin(params: PerImageParams) -> PerImage {
    PerImage::build(params, &Context::new(0)).unwrap()
}

fn quick() -> PerImageParams {
    PerImageParams {
        units: 40,
        n_steps: 30,
        inversion: InversionParams {
            n_starts: 2,
            n_steps: 30,
            learning_rate: 0.1,
        },
        ..PerImageParams::default()
    }
}

#[test]
fn it_keeps_the_contract() -> Result<()> {
    check_decoder(&Context::new(5), &plugin(quick()))
}

/// Responses that are noisy mixtures of the pixels of the targets.
fn responses(ctx: &Context, objective: &Objective, noise: f64) -> Result<Tensor> {
    let flat = objective.targets().flatten_from(1)?;
    let mut draws = stream(1, "per-image/responses");
    let mixing = normal(&mut draws, 0.3, &[flat.dim(1)?, 20], ctx.device())?;
    let clean = flat.matmul(&mixing)?;
    let noise = normal(&mut draws, noise, clean.dims(), ctx.device())?;
    Ok((clean + noise)?)
}

fn member(
    ctx: &Context,
    params: PerImageParams,
    objective: &Objective,
    features: &Tensor,
) -> Result<FittedPerImage> {
    let target_idx: Vec<usize> = (0..objective.n_targets()).collect();
    let train = TrainingSet {
        features,
        target_idx: &target_idx,
        targets: objective.targets(),
        picture_of: None,
        objective,
    };
    let design = Design::of(&train)?;
    plugin(params).member(ctx, &train, &design, 0)
}

/// Training rows of the first targets, and responses and images of the others.
fn split(ctx: &Context) -> Result<(Objective, [Tensor; 3])> {
    let all = toy_objective(ctx, 80)?;
    let responses = responses(ctx, &all, 1.0)?;
    let train = all.with_targets(all.targets().narrow(0, 0, 60)?)?;
    let images = all.targets().narrow(0, 60, 20)?;
    Ok((
        train,
        [
            responses.narrow(0, 0, 60)?.contiguous()?,
            responses.narrow(0, 60, 20)?.contiguous()?,
            images,
        ],
    ))
}

fn pixel_error(objective: &Objective, z: &Tensor, images: &Tensor) -> Result<f32> {
    let made = objective.generator().generate(z)?;
    Ok((made - images)?
        .sqr()?
        .flatten_from(1)?
        .mean(D::Minus1)?
        .mean_all()?
        .to_scalar()?)
}

#[test]
fn a_search_ends_below_where_ridge_regression_starts_it() -> Result<()> {
    let ctx = Context::new(3);
    let (objective, [train, new, _]) = split(&ctx)?;
    let fitted = member(&ctx, quick(), &objective, &train)?;
    let (start, found) = (fitted.start(&new)?, fitted.decode(&new)?);
    let (before, after) = (fitted.energy(&new, &start)?, fitted.energy(&new, &found)?);
    assert!(
        before
            .iter()
            .zip(&after)
            .all(|(before, after)| after <= before),
        "{before:?} → {after:?}"
    );
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
    assert!(
        mean(&after) < 0.9 * mean(&before),
        "{} → {}",
        mean(&before),
        mean(&after)
    );
    Ok(())
}

/// Inversions that end where they start give latents that no response predicts; features and pixels still lead the search.
#[test]
fn it_does_without_latents_that_can_be_predicted() -> Result<()> {
    let ctx = Context::new(3);
    let (objective, [train, new, images]) = split(&ctx)?;
    let mut params = quick();
    params.inversion.n_starts = 1;
    params.inversion.n_steps = 0;
    let fitted = member(&ctx, params, &objective, &train)?;
    let before = pixel_error(&objective, &fitted.start(&new)?, &images)?;
    let after = pixel_error(&objective, &fitted.decode(&new)?, &images)?;
    assert!(after < 0.6 * before, "{before} → {after}");
    Ok(())
}

#[test]
fn with_the_prior_alone_it_is_ridge_to_latents() -> Result<()> {
    let ctx = Context::new(3);
    let (objective, [train, new, _]) = split(&ctx)?;
    let params = PerImageParams {
        features: 0.0,
        pixels: 0.0,
        ..quick()
    };
    let fitted = member(&ctx, params, &objective, &train)?;
    let (start, found) = (fitted.start(&new)?, fitted.decode(&new)?);
    assert_eq!(start.to_vec2::<f32>()?, found.to_vec2::<f32>()?);
    Ok(())
}

#[test]
fn pure_noise_leaves_hardly_any_trust() -> Result<()> {
    let ctx = Context::new(3);
    let objective = toy_objective(&ctx, 60)?;
    let told = responses(&ctx, &objective, 0.1)?;
    let noise = normal(&mut stream(4, "noise"), 1.0, told.dims(), ctx.device())?;
    let shares = |features: &Tensor| -> Result<Vec<f64>> {
        let design = Design::new(matrix(features)?.as_ref(), LeftOut::Rows(60))?;
        let pixels = objective.targets().flatten_from(1)?;
        let solution = design.fit(matrix(&pixels)?.as_ref(), Penalty::Shared)?;
        let pairs = solution.left_out.iter().zip(&solution.left_out_of_mean);
        Ok(pairs
            .map(|(error, of_mean)| 1.0 - error / of_mean)
            .collect())
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (signal, noise) = (mean(&shares(&told)?), mean(&shares(&noise)?));
    assert!(signal > 0.9, "{signal}");
    assert!(noise < 0.05, "{noise}");
    Ok(())
}

#[test]
fn mistakes_are_named() -> Result<()> {
    let ctx = Context::new(3);
    let refused = |params: PerImageParams| PerImage::build(params, &ctx).unwrap_err().to_string();
    for (params, word) in [
        (
            PerImageParams {
                n_starts: 0,
                ..quick()
            },
            "'n_starts'",
        ),
        (
            PerImageParams {
                prior: -1.0,
                ..quick()
            },
            "'prior'",
        ),
        (
            PerImageParams {
                learning_rate: f64::NAN,
                ..quick()
            },
            "'learning_rate'",
        ),
        (
            PerImageParams {
                features: 0.0,
                pixels: 0.0,
                prior: 0.0,
                ..quick()
            },
            "0 everywhere",
        ),
    ] {
        let message = refused(params);
        assert!(message.contains(word), "{message}");
    }
    let objective = toy_objective(&ctx, 12)?;
    let features = responses(&ctx, &objective, 0.1)?;
    let params = PerImageParams {
        layers: vec!["toy9".into()],
        ..quick()
    };
    let message = member(&ctx, params, &objective, &features)
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(
        message.contains("toy9") && message.contains("toy1, toy2"),
        "{message}"
    );
    Ok(())
}

/// The decoder that is restored beside other targets, as the runner does, is the same.
#[test]
fn it_is_restored_beside_other_targets() -> Result<()> {
    let ctx = Context::new(3);
    let (objective, [train, new, images]) = split(&ctx)?;
    let fitted = member(&ctx, quick(), &objective, &train)?;
    let other = objective.with_targets(images)?;
    let restored = plugin(quick()).restore(&ctx, &other, &fitted.weights())?;
    assert_eq!(
        restored.decode(&new)?.to_vec2::<f32>()?,
        fitted.decode(&new)?.to_vec2::<f32>()?
    );
    Ok(())
}

#[test]
fn a_search_that_diverges_is_refused_with_its_step() -> Result<()> {
    let ctx = Context::new(3);
    let (objective, [train, new, _]) = split(&ctx)?;
    let params = PerImageParams {
        learning_rate: 1e39,
        ..quick()
    };
    let error = member(&ctx, params, &objective, &train)?.decode(&new);
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("the search of per_image at step 0")
            && error.contains("lower learning_rate"),
        "{error}"
    );
    Ok(())
}
