//! What an experiment would take here: time, memory and disk of its stages, from what finished ones cost ([`stored`]), and
//! time from a few updates of each training ([`timed`]).

pub(crate) mod stored;
mod timed;

pub use stored::{Cost, Source};
pub use timed::{StageEstimate, estimate};
