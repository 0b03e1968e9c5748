//! The readers against files of other programs.

mod bombs;
mod cases;
mod containers;
mod matlab;
mod numpy;
mod tensors;

use std::path::{Path, PathBuf};

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/reference/datasets")
        .join(name)
}

/// What the script puts at each place, before it is cast.
pub(crate) fn expected(n: usize, sign: f32, whole: bool) -> Vec<f32> {
    let value = |i: usize| i as f32 + if whole { 0.0 } else { 0.5 * (i % 2) as f32 };
    (0..n).map(|i| sign * value(i)).collect()
}

pub(crate) fn weights_fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/reference/weights")
        .join(name)
}

pub(crate) fn containers_fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/reference/containers")
        .join(name)
}
