//! `lab-reports`: from a stored record to tables, charts and a PDF.
//!
//! [`make`] reads what a run stored and writes its report. [`tables`], [`charts`] and [`pdf`] are functions of a
//! [`Record`](lab_score::record::Record) and its pictures alone: they never compute a score again.
//! Polars, Plotters and typst are known here and nowhere else; no run, no plugin and no network is known here at all.

pub mod charts;
pub mod error;
#[cfg(test)]
mod example;
mod files;
mod make;
pub mod pdf;
mod stored;
pub mod tables;

pub use error::{Error, Result};
pub use make::{make, write, write_study, write_with_study};
pub use pdf::findings_of;
pub use stored::read;
