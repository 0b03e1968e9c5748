//! `ImageNet64` against files that numpy and Python wrote (`tests/reference/datasets/make_corpora.py`).

use std::fs;
use std::path::Path;

use lab_core::prelude::*;
use lab_core::recording::Split;
use lab_core::testing::check_dataset;
use lab_core::traits::Dataset;

use super::{ImageNet64, ImageNet64Params};
use crate::contrast::Contrast;
use crate::tests::fixture;
use lab_formats::npy;

/// The fixtures in a folder of their own, beside a file that is none of them.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["batch_1", "batch_2.npz", "batch_10.npz", "val"] {
        let name = format!("imagenet64_{name}");
        fs::copy(fixture(&name), folder.path().join(&name)).unwrap();
    }
    fs::write(
        folder.path().join("map_clsloc.txt"),
        "n02119789 1 kit_fox\n",
    )
    .unwrap();
    folder
}

fn params(path: &Path) -> ImageNet64Params {
    ImageNet64Params {
        path: path.to_string_lossy().into_owned(),
        contrast: Contrast::AsStored,
        ..ImageNet64Params::default()
    }
}

fn load(params: ImageNet64Params) -> Result<Stimuli> {
    let ctx = Context::new(1);
    Ok(check_dataset(&ctx, &ImageNet64::build(params, &ctx)?)?
        .unwrap()
        .stimuli)
}

#[test]
fn every_container_is_read_in_the_order_in_which_people_count() -> Result<()> {
    let folder = folder();
    let stimuli = load(params(folder.path()))?;
    assert_eq!(
        (stimuli.n_images(), stimuli.shape()),
        (14, ImageShape::grey(16))
    );
    let labels = stimuli.labels.as_ref().unwrap();
    assert_eq!(labels.of, [2, 0, 999, 2, 1, 4, 0, 8, 8, 7, 3, 3, 6, 5]);
    assert_eq!(
        (labels.names.len(), labels.names[8].as_str()),
        (1000, "class 9")
    );
    // Batches 2, 10 and val repeat the first images, brighter by 20, 40 and 60.
    let (_, grey) = npy::read(&fixture("imagenet64_grey.npy"))?;
    let first = |n: usize, more: f32| grey[..n * 256].iter().map(move |pixel| pixel + more);
    let expected = first(7, 0.0)
        .chain(first(3, 20.0))
        .chain(first(2, 40.0))
        .chain(first(2, 60.0));
    let found = stimuli.images.read(&(0..14).collect::<Vec<_>>())?;
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - (expected / 127.5 - 1.0)).abs() < 2e-6,
            "pixel {place}"
        );
    }
    assert!(stimuli.images.read(&[14]).is_err());
    Ok(())
}

#[test]
fn limits_test_images_and_contrast_are_kept() -> Result<()> {
    let folder = folder();
    let some = ImageNet64Params {
        limit: Some(6),
        n_test: 2,
        contrast: Contrast::Stretch,
        files: vec!["imagenet64_batch_1".into(), "imagenet64_val".into()],
        ..params(folder.path())
    };
    let stimuli = load(some)?;
    assert_eq!(stimuli.indices(Split::Test), [1, 4]);
    assert_eq!(stimuli.labels.as_ref().unwrap().of, [2, 0, 999, 2, 1, 4]);
    for idx in 0..6 {
        let image = stimuli.images.read(&[idx])?;
        let (low, high) = (
            image.iter().copied().fold(1.0, f32::min),
            image.iter().copied().fold(-1.0, f32::max),
        );
        assert!((low + 1.0).abs() < 1e-6 && (high - 1.0).abs() < 1e-6);
    }
    let last = ImageNet64Params {
        files: vec!["imagenet64_val".into(), "imagenet64_batch_10.npz".into()],
        ..params(folder.path())
    };
    assert_eq!(load(last)?.labels.unwrap().of, [6, 5, 3, 3]);
    Ok(())
}

#[test]
fn files_that_hold_something_else_are_named() {
    for (name, part) in [
        ("everything_4.pkl", "labels"),
        ("payload.pkl", "nothing was run"),
        ("stored.npz", "'data'"),
        ("plain.mat", "plain.mat"),
    ] {
        let ctx = Context::new(1);
        let dataset = ImageNet64::build(params(&fixture(name)), &ctx).unwrap();
        let error = dataset.load(&ctx).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(part), "{error}");
    }
}
