//! `lab-reports`: from arrays to scores, tables, charts and a PDF.
//!
//! [`score`] computes rows from arrays; nothing else computes.
//! [`tables`], [`charts`] and [`pdf`] are functions of a stored [`record`] alone: they never compute a score again, so
//! that a report can be made anew from a run folder.
//! Polars, Plotters, typst and statrs are known here and nowhere else.

pub mod charts;
pub mod error;
pub mod pdf;
pub mod record;
pub mod score;
pub mod tables;

pub use error::{Error, Result};
