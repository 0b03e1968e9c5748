//! `lab-study`: the behavioural study, from reconstructions to people and back.

mod checks;
pub mod class;
pub mod clock;
pub mod csv;
pub mod design;
pub mod error;
pub mod exclusion;
pub mod export;
pub mod folder;
pub mod lint;
mod page;
mod pictures;
mod secret;
pub mod server;
pub mod settings;
pub mod source;
pub mod store;
pub mod tables;
mod zip;

pub use error::{Error, Result};
pub use folder::{Built, Study, build};

#[cfg(test)]
mod testing;
