//! Ridge regression against scikit-learn, and the contract.

use std::path::Path;

use candle_core::{Device, Tensor};
use faer::Mat;
use lab_core::Result;
use lab_core::context::Context;
use lab_core::testing::check_decoder;
use lab_core::traits::{Decoder, TrainingSet};
use lab_core::weights::{self, Weights};

use super::components::Components;
use super::latents::RidgeToLatents;
use super::left_out::LeftOut;
use super::params::{LatentsBy, RidgeToLatentsParams};
use super::pixels::{RidgeToPixels, RidgeToPixelsParams};
use super::solve::{Design, Penalty};

fn fixture(name: &str) -> Result<Weights> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/reference/alignment")
        .join(name);
    Ok(weights::from_bytes(
        &std::fs::read(&path).map_err(lab_core::Error::io("reading", &path))?,
        &Device::Cpu,
    )?)
}

fn matrix(tensor: &Tensor) -> Result<Mat<f64>> {
    let rows = tensor.to_vec2::<f64>()?;
    Ok(Mat::from_fn(rows.len(), tensor.dim(1)?, |row, column| {
        rows[row][column]
    }))
}

/// Numbers of images or pictures, if a fixture has them.
fn labels(reference: &Weights, name: &str) -> Result<Option<Vec<usize>>> {
    let Some(labels) = reference.get(name) else {
        return Ok(None);
    };
    let labels = labels.to_vec1::<f64>()?.into_iter();
    Ok(Some(labels.map(|label| label as usize).collect()))
}

/// The rows of a fixture, with their images and pictures if it has some.
fn design(reference: &Weights) -> Result<Design> {
    let x = matrix(weights::get(reference, "x")?)?;
    let each = || (0..x.nrows()).collect();
    let images = labels(reference, "images")?.unwrap_or_else(each);
    let left_out = LeftOut::of(&images, labels(reference, "pictures")?.as_deref())?;
    Ok(Design::new(x.as_ref(), left_out)?)
}

/// A design whose rows are left out one by one.
fn by_rows(x: &Mat<f64>) -> Result<Design> {
    Ok(Design::new(x.as_ref(), LeftOut::Rows(x.nrows()))?)
}

fn like_scikit_learn(name: &str) -> Result<()> {
    let reference = fixture(name)?;
    let get = |name: &str| weights::get(&reference, name);
    let solution = design(&reference)?.fit(matrix(get("y")?)?.as_ref(), Penalty::Shared)?;
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-8 * b.abs().max(1.0);
    let alphas = get("alphas")?.to_vec1::<f64>()?;
    for ((alpha, error), (expected, left_out)) in solution
        .tried
        .iter()
        .zip(alphas.iter().zip(get("left_out")?.to_vec1::<f64>()?))
    {
        assert!(
            close(*alpha, *expected),
            "penalty {alpha}, expected {expected}"
        );
        assert!(
            close(*error, left_out),
            "error {error}, expected {left_out}"
        );
    }
    assert!(close(solution.alphas[0], get("best")?.to_vec1::<f64>()?[0]));
    for (of_ours, of_theirs) in [
        (&solution.left_out, "left_out_targets"),
        (&solution.left_out_of_mean, "left_out_of_mean"),
    ] {
        let expected = get(of_theirs)?.to_vec1::<f64>()?;
        assert_eq!(of_ours.len(), expected.len());
        for (error, expected) in of_ours.iter().zip(expected) {
            assert!(
                close(*error, expected),
                "{of_theirs}: {error}, expected {expected}"
            );
        }
    }
    let x_test = matrix(get("x_test")?)?;
    let predicted = get("predicted")?.to_vec2::<f64>()?;
    for (row, expected) in predicted.iter().enumerate() {
        for (target, expected) in expected.iter().enumerate() {
            let product: f64 = (0..x_test.ncols())
                .map(|column| {
                    (x_test[(row, column)] - solution.x_mean[column])
                        * solution.weights[(column, target)]
                })
                .sum();
            assert!(close(product + solution.y_mean[target], *expected));
        }
    }
    Ok(())
}

#[test]
fn more_samples_than_features_as_scikit_learn() -> Result<()> {
    like_scikit_learn("ridge_tall.safetensors")
}

#[test]
fn fewer_samples_than_features_as_scikit_learn() -> Result<()> {
    like_scikit_learn("ridge_wide.safetensors")
}

/// Each target's own penalty, and the one that rows left out one by one would ask for.
fn own_and_by_rows(reference: &Weights) -> Result<f64> {
    let y = matrix(weights::get(reference, "y")?)?;
    let own = design(reference)?.fit(y.as_ref(), Penalty::Own)?;
    let best = weights::get(reference, "best_targets")?.to_vec1::<f64>()?;
    for (alpha, expected) in own.alphas.iter().zip(&best) {
        assert!(
            (alpha - expected).abs() <= 1e-8 * expected,
            "{alpha}, expected {expected}"
        );
    }
    let x = matrix(weights::get(reference, "x")?)?;
    Ok(by_rows(&x)?.fit(y.as_ref(), Penalty::Shared)?.alphas[0])
}

#[test]
fn pictures_are_left_out_whole_as_by_scikit_learn() -> Result<()> {
    for name in [
        "ridge_pictures_wide.safetensors",
        "ridge_pictures_tall.safetensors",
    ] {
        like_scikit_learn(name)?;
        let reference = fixture(name)?;
        // Crops of a picture that stay tell of the one that is left out, and the penalty comes out too small.
        let best = weights::get(&reference, "best")?.to_vec1::<f64>()?[0];
        assert!(own_and_by_rows(&reference)? < 0.99 * best, "{name}");
    }
    Ok(())
}

#[test]
fn repeats_are_left_out_together_as_by_scikit_learn() -> Result<()> {
    for (name, what) in [
        ("ridge_repeats.safetensors", "images"),
        ("ridge_repeats_of_pictures.safetensors", "pictures"),
    ] {
        like_scikit_learn(name)?;
        let reference = fixture(name)?;
        let y = matrix(weights::get(&reference, "y")?)?;
        let together = design(&reference)?.fit(y.as_ref(), Penalty::Shared)?;
        assert_eq!(together.of_what, what);
        // A row by itself has the noise of one trial, and the penalty comes out too large for averages.
        let expected = weights::get(&reference, "best_by_rows")?.to_vec1::<f64>()?[0];
        let found = own_and_by_rows(&reference)?;
        assert!(
            (found - expected).abs() <= 1e-8 * expected,
            "{name}: {found}"
        );
        assert!(found > 1.01 * together.alphas[0], "{name}: {found}");
    }
    Ok(())
}

#[test]
fn rows_of_pictures_of_their_own_are_left_out_as_rows() -> Result<()> {
    let reference = fixture("ridge_tall.safetensors")?;
    let x = matrix(weights::get(&reference, "x")?)?;
    let y = matrix(weights::get(&reference, "y")?)?;
    let images: Vec<usize> = (0..x.nrows()).collect();
    let tried = |pictures: Option<&[usize]>| -> Result<Vec<(f64, f64)>> {
        let design = Design::new(x.as_ref(), LeftOut::of(&images, pictures)?)?;
        Ok(design.fit(y.as_ref(), Penalty::Shared)?.tried)
    };
    let each: Vec<usize> = (0..x.nrows()).rev().collect();
    assert_eq!(tried(Some(&each))?, tried(None)?);
    let refused = |pictures: &[usize]| tried(Some(pictures)).unwrap_err().to_string();
    let error = refused(&vec![3; x.nrows()]);
    assert!(error.contains("at least 2 pictures"), "{error}");
    let error = refused(&[1, 2]);
    assert!(error.contains("30 for 2"), "{error}");
    let error = LeftOut::of(&vec![3; x.nrows()], None)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("expected at least 2 images, got all of one image"),
        "{error}"
    );
    let error = Design::new(x.as_ref(), LeftOut::Rows(7))
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("30 for 7"), "{error}");
    Ok(())
}

/// Twelve images of three pictures, each seen twice.
#[test]
fn decoders_leave_out_the_images_or_pictures_of_targets() -> Result<()> {
    let ctx = Context::new(3);
    let objective = lab_core::testing::toy_objective(&ctx, 12)?;
    let features = lab_core::testing::toy_features(&ctx, 24, 5)?;
    let target_idx: Vec<usize> = (0..24).map(|row| row / 2).collect();
    let pictures: Vec<usize> = (0..12).map(|image| image % 3).collect();
    let decoder = RidgeToPixels::build(RidgeToPixelsParams::default(), &ctx)?;
    let fit = |picture_of| {
        let train = TrainingSet {
            features: &features,
            target_idx: &target_idx,
            targets: objective.targets(),
            picture_of,
            objective: &objective,
        };
        Ok::<_, lab_core::Error>(decoder.fit(&ctx, &train, &[0])?[0].curves())
    };
    let (by_pictures, by_images) = (fit(Some(&pictures[..]))?, fit(None)?);
    assert_eq!(by_pictures[0].name, "squared error of pictures left out");
    assert_eq!(by_images[0].name, "squared error of images left out");
    let of_rows: Vec<usize> = target_idx.iter().map(|&target| pictures[target]).collect();
    let rows: Vec<u32> = target_idx.iter().map(|&target| target as u32).collect();
    let rows = Tensor::new(rows, &Device::Cpu)?;
    let y = objective.targets().flatten_from(1)?;
    let y = super::matrix(&y.index_select(&rows, 0)?)?;
    let x = super::matrix(&features)?;
    for (curves, pictures) in [(&by_pictures, Some(&of_rows[..])), (&by_images, None)] {
        let left_out = LeftOut::of(&target_idx, pictures)?;
        let expected = Design::new(x.as_ref(), left_out)?.fit(y.as_ref(), Penalty::Shared)?;
        assert_eq!(curves[0].points, expected.tried);
    }
    let error = fit(Some(&pictures[..7])).unwrap_err();
    assert!(matches!(error, lab_core::Error::Shape { .. }), "{error}");
    Ok(())
}

#[test]
fn components_under_penalties_of_their_own_as_scikit_learn() -> Result<()> {
    let reference = fixture("ridge_components.safetensors")?;
    let get = |name: &str| matrix(weights::get(&reference, name)?);
    let best = weights::get(&reference, "best")?.to_vec1::<f64>()?;
    let (x, x_test, predicted) = (get("x")?, get("x_test")?, get("predicted")?);
    let components = Components::of(get("y")?.as_ref(), best.len())?;
    let n_images = components.scores.nrows();
    let scores = Mat::from_fn(x.nrows(), best.len(), |row, component| {
        components.scores[(row % n_images, component)]
    });
    let of_scores = by_rows(&x)?.fit(scores.as_ref(), Penalty::Own)?;
    for (alpha, expected) in of_scores.alphas.iter().zip(&best) {
        assert!(
            (alpha - expected).abs() <= 1e-8 * expected,
            "{alpha}, expected {expected}"
        );
    }
    let whole = components.whole(of_scores);
    for (row, target) in
        (0..predicted.nrows()).flat_map(|row| (0..predicted.ncols()).map(move |t| (row, t)))
    {
        let product: f64 = (0..x.ncols())
            .map(|column| {
                (x_test[(row, column)] - whole.x_mean[column]) * whole.weights[(column, target)]
            })
            .sum();
        let (got, expected) = (product + whole.y_mean[target], predicted[(row, target)]);
        assert!((got - expected).abs() <= 1e-8, "{got}, expected {expected}");
    }
    Ok(())
}

#[test]
fn components_beyond_a_latent_and_a_missing_encoder_are_refused() -> Result<()> {
    let ctx = Context::new(3);
    let objective = lab_core::testing::toy_objective(&ctx, 6)?;
    let n_latents = objective.latent_space().n_latents;
    let features = Tensor::arange(0f32, 12.0, &Device::Cpu)?.reshape((6, 2))?;
    let complaint = |params: RidgeToLatentsParams| -> Result<String> {
        let train = TrainingSet {
            features: &features,
            targets: objective.targets(),
            target_idx: &[0, 1, 2, 3, 4, 5],
            picture_of: None,
            objective: &objective,
        };
        let error = RidgeToLatents::build(params, &ctx)?
            .fit(&ctx, &train, &[0])
            .err();
        Ok(error.map(|error| error.to_string()).unwrap_or_default())
    };
    let many = RidgeToLatentsParams {
        components: Some(n_latents + 1),
        ..RidgeToLatentsParams::default()
    };
    let error = complaint(many)?;
    assert!(
        error.contains(&format!("at most the {n_latents} numbers")),
        "{error}"
    );
    let by_encoder = RidgeToLatentsParams {
        latents_by: LatentsBy::Encoder,
        ..RidgeToLatentsParams::default()
    };
    let error = complaint(by_encoder)?;
    assert!(error.contains("a generator with an encoder"), "{error}");
    Ok(())
}

#[test]
fn both_keep_the_contract() -> Result<()> {
    let ctx = Context::new(3);
    check_decoder(
        &ctx,
        &RidgeToPixels::build(RidgeToPixelsParams::default(), &ctx)?,
    )?;
    check_decoder(
        &ctx,
        &RidgeToLatents::build(RidgeToLatentsParams::default(), &ctx)?,
    )?;
    let few = RidgeToLatentsParams {
        components: Some(2),
        ..RidgeToLatentsParams::default()
    };
    check_decoder(&ctx, &RidgeToLatents::build(few, &ctx)?)?;
    let own = RidgeToLatentsParams {
        own_penalties: true,
        ..RidgeToLatentsParams::default()
    };
    check_decoder(&ctx, &RidgeToLatents::build(own, &ctx)?)
}

#[test]
fn numbers_have_penalties_of_their_own_if_asked_for() -> Result<()> {
    let ctx = Context::new(3);
    let objective = lab_core::testing::toy_objective(&ctx, 12)?;
    let features = lab_core::testing::toy_features(&ctx, 12, 4)?;
    let target_idx: Vec<usize> = (0..12).collect();
    let train = TrainingSet {
        features: &features,
        targets: objective.targets(),
        target_idx: &target_idx,
        picture_of: None,
        objective: &objective,
    };
    let chosen = |own_penalties: bool| -> Result<Vec<f64>> {
        let params = RidgeToLatentsParams {
            own_penalties,
            ..RidgeToLatentsParams::default()
        };
        let fitted = RidgeToLatents::build(params, &ctx)?.fit(&ctx, &train, &[0])?;
        let curves = fitted[0].curves();
        let penalties = curves
            .iter()
            .find(|curve| curve.name == "penalty chosen")
            .unwrap();
        Ok(penalties.points.iter().map(|point| point.1).collect())
    };
    assert_eq!(chosen(false)?.len(), 1);
    let own = chosen(true)?;
    assert_eq!(own.len(), objective.latent_space().n_latents);
    let first = own[0].to_bits();
    assert!(own.iter().any(|alpha| alpha.to_bits() != first), "{own:?}");
    Ok(())
}

#[test]
fn a_regression_without_finite_weights_is_refused() -> Result<()> {
    let x = Mat::from_fn(5, 2, |row, column| (row * 3 + column * column) as f64);
    // Their squares are beyond what numbers hold.
    let y = Mat::from_fn(5, 1, |row, _| 1e300 * (row as f64 - 2.0) * 1e8);
    let solution = by_rows(&x)?.fit(y.as_ref(), Penalty::Shared)?;
    let error = super::map::LinearMap::of(solution, &Device::Cpu)
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("weights of a ridge regression"),
        "{error}"
    );
    Ok(())
}
