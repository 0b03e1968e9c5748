//! What an experiment would take here: time, memory and disk of its stages, from what finished ones cost ([`stored`]), and
//! time from a few updates of each training ([`timed`]), each timed ([`stopwatch`]) once ([`trials`]).

mod stopwatch;
pub(crate) mod stored;
mod timed;
mod trials;

pub use stored::{Cost, Source};
pub use timed::{StageEstimate, estimate};
pub use trials::Trials;
