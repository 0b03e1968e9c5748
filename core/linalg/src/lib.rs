//! `lab-linalg`: dense matrices of f64 ([`faer::Mat`]) for alignments, regressions and scores.
//!
//! Products are cut by their shape alone and decompositions run on one thread, so that the bytes of every result are the same
//! from any number of threads.

mod eigen;
mod error;
mod means;
mod products;
mod svd;

pub use eigen::{positive, symmetric};
pub use error::{Error, Result};
pub use means::{centre_columns, centre_rows};
pub use products::{gram, multiply_columns, product, scale_columns};
pub use svd::{ThinSvd, thin_svd};
