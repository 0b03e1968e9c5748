//! Which targets were cut from one picture, told to decoders of libraries that were built for this interface and for older ones.

use lab_core::Result;
use lab_core::context::Context;
use lab_core::registry::Build;
use lab_core::testing::{toy_features, toy_objective};
use lab_core::traits::{Decoder, TrainingSet};

use super::older;
use crate::abi::ABI_MINOR;

/// The decoder `lines` of a library that was built for this minor version.
fn lines(abi_minor: u32) -> Box<dyn Decoder> {
    match older::plugin("lines", abi_minor, 0) {
        Build::Decoder(build) => build("()", &Context::new(1)).unwrap(),
        _ => panic!("lines is a decoder"),
    }
}

/// The pictures that the decoder says its rows have seen.
fn heard(abi_minor: u32, picture_of: Option<&[usize]>) -> Result<Option<Vec<f64>>> {
    let ctx = Context::new(5).child("decode");
    let (features, objective) = (toy_features(&ctx, 4, 3)?, toy_objective(&ctx, 4)?);
    let train = TrainingSet {
        features: &features,
        target_idx: &[3, 2, 1, 0],
        targets: objective.targets(),
        picture_of,
        objective: &objective,
    };
    let fitted = lines(abi_minor).fit(&ctx, &train, &[0])?;
    let curves = fitted[0].curves();
    let seen = curves.iter().find(|curve| curve.name == "picture");
    Ok(seen.map(|curve| curve.points.iter().map(|point| point.1).collect()))
}

#[test]
fn pictures_reach_libraries_that_know_of_them() -> Result<()> {
    let pictures = [7, 0, 7, 9];
    assert_eq!(
        heard(ABI_MINOR, Some(&pictures))?,
        Some(vec![9.0, 7.0, 0.0, 7.0])
    );
    assert_eq!(heard(ABI_MINOR, None)?, None);
    assert_eq!(heard(3, Some(&pictures))?, None);
    Ok(())
}
