//! The hidden side of `lab bench`: one piece of work, a unit at a time, as the lines on its input ask.

use anyhow::{Result, bail};
use lab_core::Error;

use super::pace::Pace;
use super::{alignment, gemm, layers, loading, networks};

/// Does the work called `name` until the input ends.
pub(crate) fn work(name: &str, quick: bool) -> Result<()> {
    let pace = Pace::new();
    let ended = if name == gemm::NAME {
        gemm::run(&pace)
    } else if let Some(layer) = name.strip_prefix("layer.") {
        layers::run(layer, &pace)
    } else if networks::is_known(name) {
        networks::run(name, &pace)
    } else if alignment::is_known(name) {
        alignment::run(name, quick, &pace)
    } else if loading::is_known(name) {
        loading::run(name, &pace)
    } else {
        bail!("no piece of work is called '{name}'");
    };
    match ended {
        Ok(()) | Err(Error::Cancelled) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
