//! The whole objective, from latents through generator, feature network and all terms, against PyTorch
//! (`tests/reference/objective/make.py`) and central differences.

use std::sync::Arc;

use candle_core::{DType, Device, Tensor, Var};
use lab_core::config::{Capable, PluginRef};
use lab_core::context::Context;
use lab_core::objective::{Objective, WeightedTerm};
use lab_core::testing::check_gradient;
use lab_core::traits::{FeatureNet, Generator, LossTerm};
use lab_core::weights::{self, Weights};
use lab_core::{Error, Result};

// The linker drops plugins that nothing names.
use lab_all as _;

use crate::lab_test::root;

const TERMS: [(&str, f64, &str); 3] = [
    ("pixel", 10.0, "pixel()"),
    ("presence", 50.0, "feature_presence()"),
    ("magnitude", 1.0, "feature_magnitude()"),
];
const TARGET_IDX: [usize; 4] = [2, 0, 1, 2];
const TOLERANCE: f64 = 1e-5;

fn fixture() -> Weights {
    let path = root().join("tests/reference/objective/objective.safetensors");
    weights::from_bytes(&std::fs::read(path).unwrap(), &Device::Cpu).unwrap()
}

fn build<T: ?Sized + Capable>(ctx: &Context, text: &str) -> Result<Box<T>> {
    PluginRef::<T>::of(text).build(ctx)
}

/// The fixture's networks under some of the terms.
fn objective(ctx: &Context, fixture: &Weights, names: &[&str]) -> Result<Objective> {
    let generator = build::<dyn Generator>(ctx, "dcgan(latent: 6, size: 32, width: 0.015625)")?
        .restore(ctx, &weights::under("g", fixture))?;
    let mut of_features = weights::under("f", fixture);
    let classes: Vec<String> = (0..6).map(|class| format!("class {class}")).collect();
    of_features.insert(
        "classes".into(),
        weights::from_names(&classes, ctx.device())?,
    );
    let features = "alexnet(size: 32, width: 0.0416667, hidden: 12, padding: Same, range: Signed)";
    let features = build::<dyn FeatureNet>(ctx, features)?.restore(ctx, &of_features)?;
    let terms = TERMS
        .iter()
        .filter(|(name, _, _)| names.contains(name))
        .map(|(name, weight, text)| {
            Ok(WeightedTerm {
                name: (*name).to_owned(),
                weight: *weight,
                term: build::<dyn LossTerm>(ctx, text)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Objective::new(
        generator.into(),
        Some(features.into()),
        Arc::new(terms),
        fixture["targets"].clone(),
    )
}

fn all() -> Vec<&'static str> {
    TERMS.iter().map(|(name, _, _)| *name).collect()
}

/// ‖a − b‖∞ / ‖b‖∞
fn distance(a: &Tensor, b: &Tensor) -> Result<f64> {
    assert_eq!(a.dims(), b.dims());
    let largest = |t: &Tensor| -> Result<f64> {
        let flat = t.abs()?.flatten_all()?.max(0)?;
        Ok(flat.to_dtype(DType::F64)?.to_scalar::<f64>()?)
    };
    Ok(largest(&(a - b)?)? / largest(b)?)
}

/// The gradient of a sum with respect to the latents.
fn gradient(sum: &Tensor, z: &Var) -> Result<Tensor> {
    sum.backward()?.get(z).cloned().ok_or_else(|| Error::Data {
        what: "gradient of the objective".into(),
        expected: "one with respect to the latents".into(),
        got: "none".into(),
        remedy: "do not detach the reconstruction".into(),
    })
}

#[test]
fn values_and_gradients_are_those_of_pytorch() -> Result<()> {
    let (ctx, fixture) = (Context::new(1), fixture());
    let z = Var::from_tensor(&fixture["z"])?;
    let objective = objective(&ctx, &fixture, &all())?;
    let values = objective.values(&ctx, z.as_tensor(), &TARGET_IDX)?;
    for ((name, _, _), value) in TERMS.iter().zip(&values) {
        let of_value = distance(value, &fixture[&format!("value.{name}")])?;
        let of_gradient = distance(
            &gradient(&value.sum_all()?, &z)?,
            &fixture[&format!("d.z.{name}")],
        )?;
        assert!(
            of_value < TOLERANCE && of_gradient < TOLERANCE,
            "{name}: value {of_value:e}, gradient {of_gradient:e}"
        );
    }
    let total = objective.loss(&ctx, z.as_tensor(), &TARGET_IDX)?;
    let of_total = distance(&total, &fixture["total"])?;
    let of_gradient = distance(&gradient(&total.sum_all()?, &z)?, &fixture["d.z"])?;
    assert!(
        of_total < TOLERANCE && of_gradient < TOLERANCE,
        "total {of_total:e}, gradient {of_gradient:e}"
    );
    Ok(())
}

#[test]
fn the_gradient_is_that_of_central_differences() -> Result<()> {
    let (ctx, fixture) = (Context::new(1), fixture());
    let objective = objective(&ctx, &fixture, &all())?;
    check_gradient("the whole objective", &fixture["z"], 0.05, &|z| {
        Ok(objective.loss(&ctx, z, &TARGET_IDX)?.sum_all()?)
    })
}

#[test]
fn each_feature_term_alone_moves_the_latents() -> Result<()> {
    let (ctx, fixture) = (Context::new(1), fixture());
    let z = Var::from_tensor(&fixture["z"])?;
    for name in ["presence", "magnitude"] {
        let objective = objective(&ctx, &fixture, &[name])?;
        let loss = objective
            .loss(&ctx, z.as_tensor(), &TARGET_IDX)?
            .sum_all()?;
        let largest = gradient(&loss, &z)?.abs()?.max_all()?.to_scalar::<f32>()?;
        assert!(largest > 1e-3, "{name}: {largest:e}");
    }
    Ok(())
}
