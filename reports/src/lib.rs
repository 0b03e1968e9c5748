//! `lab-reports`: from a stored record to tables, charts and a PDF.
//!
//! [`score`] computes rows from arrays.
//! [`tables`], [`charts`] and [`pdf`] take a [`record`] of such rows, and figures the pictures beside it; they compute no
//! score.
//! Polars, Plotters, typst and statrs are known here and nowhere else.

pub mod charts;
pub mod error;
#[cfg(test)]
mod example;
pub mod pdf;
pub mod tables;

pub use error::{Error, Result};
