//! `lab-library`: plugins in shared libraries, the host's side of `include/lab_plugin.h` and, in [`guest`], the author's.
//!
//! Only plain buffers cross the border. Host and library each have their own copy of candle, which counts its tensors from
//! 1 and looks gradients up by these numbers, so that a tensor of one side in a graph of the other would silently take a
//! wrong gradient. A library is therefore one operation to the host's graph, whose backward calls the library's `vjp`.
//!
//! A file is checked before the system's loader sees it ([`LibraryError`] says what can be wrong), and a library is never
//! unloaded, as threads of it may be alive. What cannot be survived is a crash inside a library: a segmentation fault or
//! an abort ends the program.

#![expect(
    unsafe_code,
    reason = "plugins in shared libraries speak C; every block says why it is sound"
)]

pub mod abi;
mod adapters;
mod arrays;
mod elf;
mod error;
mod facts;
#[doc(hidden)]
pub mod guest;
mod host;
mod instance;
mod library;
mod listing;
mod macros;
mod manifest;
mod nested;
mod op;
mod outcome;
#[cfg(target_os = "linux")]
mod private;
pub mod project;
mod regions;
mod sink;
mod spaces;

pub use error::LibraryError;
pub use library::{Library, load};

// `export_plugin!` reaches the contract through this crate, so that an author's library needs no second dependency.
#[doc(hidden)]
pub use lab_core;

#[cfg(test)]
mod tests;
