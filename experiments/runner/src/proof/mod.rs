//! Proof of a finished run: what its manifest says, and whether that still holds.
//!
//! - `program`, `inputs`, `meter`: what a manifest says of the program, of what it read, and of what it cost;
//! - `gaps`: what is missing for a proof, a rule each;
//! - `seal`: the manifest's own hash;
//! - `manifest`: the manifest as it is stored;
//! - `reading`: the check before a finished run is read;
//! - `verify`: the check of everything, `stages` that of the stages, and `findings` what they say of files;
//! - `again`: two runs of one experiment held against each other.

mod again;
mod findings;
pub(crate) mod gaps;
pub(crate) mod inputs;
pub(crate) mod manifest;
pub(crate) mod meter;
pub(crate) mod program;
mod reading;
pub(crate) mod seal;
mod stages;
mod verify;

pub use again::{Again, Difference, How, compare};
pub use findings::{Finding, Problem};
pub use inputs::{InputFile, Inputs};
pub use manifest::{Manifest, Measured, UsedPlugin};
pub use meter::{Cost, StageCost};
pub use program::Program;
pub use reading::check_before_reading;
pub use verify::{Verdict, verify};
