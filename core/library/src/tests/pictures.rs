//! Which targets were cut from one picture, told to decoders of libraries that were built for this interface and for older ones.

use std::path::Path;

use lab_core::Result;
use lab_core::context::Context;
use lab_core::registry::{Build, Origin};
use lab_core::testing::{toy_features, toy_objective};
use lab_core::traits::{Decoder, TrainingSet};

use crate::abi::{ABI_MAJOR, ABI_MINOR, Manifest};
use crate::{adapters, manifest};

/// The decoder `lines` of a library that was built for this minor version.
fn lines(abi_minor: u32) -> Box<dyn Decoder> {
    let ours = super::lab_plugin_entry(ABI_MAJOR << 16 | ABI_MINOR);
    // SAFETY: the manifest is static.
    let ours = unsafe { *ours };
    let theirs: &'static Manifest = Box::leak(Box::new(Manifest { abi_minor, ..ours }));
    let (_, entries) =
        manifest::read(Path::new("liblines.so"), std::ptr::from_ref(theirs)).unwrap();
    let entry = entries.into_iter().find(|of| of.name == "lines").unwrap();
    let origin = Origin::Library {
        path: "liblines.so",
        hash: "0",
        built_by: "a test",
    };
    let plugin = adapters::plugin("liblines.so", origin, Box::leak(Box::new(entry)));
    match plugin.build {
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
