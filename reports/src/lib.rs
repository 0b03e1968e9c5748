//! `lab-reports`: from a stored record to tables, charts and a PDF.
//!
//! [`tables`], [`charts`] and [`pdf`] are functions of a [`Record`](lab_score::record::Record) alone: they never compute a
//! score again.
//! Polars, Plotters and typst are known here and nowhere else.

pub mod charts;
pub mod error;
#[cfg(test)]
mod example;
pub mod pdf;
pub mod tables;

pub use error::{Error, Result};
