//! `lab-core`: the contract between an experiment and its plugins.
//!
//! Six traits ([`traits`]), what flows between them ([`recording`], [`objective`]), the [`registry`] of plugins, the
//! experiment file ([`config`]), the [`context`] of a run, network kernels ([`nn`]) and contract tests for plugin
//! authors (`testing`, behind a feature of that name).
//! No dataset, generator, feature network, loss term or chart is defined here, but for the toys of `testing`.
//! Sizes, axes and words are defined once, in [`dims`].

pub mod all_done;
pub mod config;
pub mod context;
pub mod demand;
pub mod dims;
pub mod error;
pub mod events;
pub mod files;
pub mod invert;
pub mod listed;
pub mod location;
pub mod objective;
pub mod prelude;
pub mod recording;
pub mod registry;
pub mod search;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod training;
pub mod traits;

pub use all_done::all_done;
pub use error::{Error, Result};
pub use lab_nn as nn;
pub use lab_nn::{mask, pyramid, rng, weights};
pub use listed::listed;

// Tests share plugins with crates outside, which name this one.
#[cfg(test)]
extern crate self as lab_core;

#[doc(hidden)]
pub use inventory;
