//! The power of a behavioural study: what it can tell, before anybody has decided anything.
//!
//! | question | by formula | by exact counts | by simulation |
//! |---|---|---|---|
//! | one share against chance | [`formula`] | [`exact`] | [`simulate`](mod@simulate) |
//! | two shares | [`formula`] | – | – |
//! | smallest effect | [`formula::smallest_share`] | – | – |
//!
//! Decisions about one image, against one distractor or by one rater depend on each other ([`dependence`]); formulas hold
//! that in a design effect, simulation draws it. [`paper`](mod@paper) asks the same of the paper's own designs.

pub mod curve;
pub mod dependence;
pub mod design;
pub mod exact;
pub mod formula;
pub mod paper;
pub mod simulate;
#[cfg(test)]
mod sizes;
mod studies;
#[cfg(test)]
mod tests;

pub use curve::{Curve, CurvePoint, POWER, curve};
pub use dependence::Dependence;
pub use design::{Cost, Design, Price};
pub use formula::{Arms, Level, Sides};
pub use paper::{ComparisonRow, DesignRow, Paper, paper};
pub use simulate::{PowerRow, Simulation, TestKind, simulate};
