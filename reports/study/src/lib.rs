//! `lab-study`: the behavioural study, from reconstructions to people and back.

pub mod design;
pub mod error;
pub mod settings;
pub mod source;

pub use error::{Error, Result};

#[cfg(test)]
mod testing;
