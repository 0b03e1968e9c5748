//! Contract tests, one per trait, so that a plugin is tested by one line; and toys to test with.
//!
//! ```ignore
//! lab_core::testing::check_loss_term(&pixel, &[], ImageShape::grey(12), AtIdentity::Zero)?;
//! ```
//! Each check returns [`Error::Data`] that names the broken promise; what a plugin computes is compared with an
//! independent implementation in the plugin's own tests.

mod aligner;
mod dataset;
mod decoder;
mod feature_net;
mod files;
mod generator;
mod gradient;
mod loss_term;
mod reference;
mod skip;
mod stopping;
mod toy;

use candle_core::{DType, Tensor};

use crate::{Error, Result};

pub use aligner::{check_aligner, check_orthogonal_aligner};
pub use dataset::check_dataset;
pub use decoder::check_decoder;
pub use feature_net::check_feature_net;
pub use files::check_files;
pub use generator::check_generator;
use gradient::check_weighed_gradient;
pub use gradient::{Agreement, check_gradient, gradient_agreement};
pub use loss_term::{AtIdentity, check_loss_term};
pub use reference::{read_reference, relative_distance};
pub use skip::skip;
pub use stopping::{MemoryCheckpoints, stopping_at};
pub use toy::{ToyCorpus, ToyGenerator, ToyNet, ToyTerm, toy_features, toy_objective};

/// A broken promise.
fn broken(what: impl Into<String>, expected: impl Into<String>, got: impl Into<String>) -> Error {
    Error::Data {
        what: what.into(),
        expected: expected.into(),
        got: got.into(),
        remedy: "the contract of the trait is broken; see its documentation in lab_core::traits"
            .into(),
    }
}

/// All numbers of a tensor, row by row.
fn numbers(tensor: &Tensor) -> Result<Vec<f64>> {
    Ok(tensor.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?)
}

/// Fails unless both tensors have one shape and differ by at most `tolerance` times the largest number of the second.
fn expect_close(what: &str, got: &Tensor, expected: &Tensor, tolerance: f64) -> Result<()> {
    if got.dims() != expected.dims() {
        return Err(Error::shape(what, expected.dims(), got.dims()));
    }
    let (got, expected) = (numbers(got)?, numbers(expected)?);
    let largest = expected
        .iter()
        .fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let worst = got
        .iter()
        .zip(&expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    if got.iter().chain(&expected).all(|value| value.is_finite()) && worst <= tolerance * largest {
        return Ok(());
    }
    Err(broken(
        what,
        format!("a difference of at most {:.1e}", tolerance * largest),
        format!("{worst:.3e}"),
    ))
}

/// Fails unless the result is an [`Error::Shape`].
fn expect_shape_error<T>(what: &str, result: Result<T>) -> Result<()> {
    match result {
        Err(Error::Shape { .. }) => Ok(()),
        Err(other) => Err(broken(what, "Error::Shape", other.to_string())),
        Ok(_) => Err(broken(what, "Error::Shape", "no error")),
    }
}

/// Fails unless the result is an error.
fn expect_error<T>(what: &str, result: Result<T>) -> Result<()> {
    match result {
        Err(_) => Ok(()),
        Ok(_) => Err(broken(what, "an error", "none")),
    }
}

#[cfg(test)]
mod tests;
