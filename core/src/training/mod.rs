//! Trainings: what two networks that learn against each other have come to.

mod adversaries;

pub use adversaries::{Adversaries, Player};
