//! Trainings: one loop for all of them, and the state of two networks that learn against each other.
//!
//! A network that learns says what one step does and what it has come to ([`Training`]); a [`Course`] says how long it
//! goes on, what is told and how often it is kept; [`train`] does the rest: it takes up a checkpoint, stops on request,
//! tells progress, shows sheets, refuses losses, gradients and weights that are no numbers, and keeps checkpoints by the
//! clock.

mod adversaries;
mod course;
mod history;
#[cfg(test)]
mod tests;

pub use adversaries::{Adversaries, Player};
pub use course::{Course, INTERVAL_VARIABLE, Keep, Training, checkpoint_interval, train};
pub use history::History;
