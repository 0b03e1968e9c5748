//! `lab-study`: the behavioural study, from reconstructions to people and back.
//!
//! | step | where |
//! |---|---|
//! | pictures of a run → trials that are balanced over people | [`source`], [`settings`], [`design`] |
//! | → a folder that is written whole and checked when opened | [`folder`], [`lint`] |
//! | → a page and a server that lose no answer | [`server`], [`store`] |
//! | or → pages without a server, whose answers come back as files or QR codes | [`class`] |
//! | → decisions, people under made-up names, a paragraph of methods | [`export`], [`exclusion`], [`answered`] |
//! | pictures and trials for model observers | [`stimuli`] |
//!
//! What holds throughout: nothing that is sent to a browser tells the right side before it is chosen; an answer is
//! acknowledged once the disk has it, and stored once; nobody is named in an export, and whoever withdraws is gone from
//! later ones; nothing rejects anybody automatically.
//!
//! Here alone axum and `SQLite` are known.

pub mod answered;
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
pub mod stimuli;
pub mod store;
pub mod tables;
mod zip;

pub use error::{Error, Result};
pub use folder::{Built, Study, build};

#[cfg(test)]
mod testing;
