//! Are these people? What tells answers of programs from those of people, person by person: signals, never a verdict.
//!
//! | signal | what stands out | null distribution |
//! |---|---|---|
//! | [`Signal::Agreement`] | answers like a model observer, beyond what the trial's difficulty and the person's ability explain | normal, at least as wide as the people's own |
//! | [`Signal::TimeByDifficulty`] | times that are no longer where other people are split | the people's own |
//! | [`Signal::Speed`], [`Signal::Spread`], [`Signal::Shape`], [`Signal::Regularity`] | fast times; times that vary little, have no long tail, or do not depend on the one before | the people's own |
//! | [`Signal::Implausible`], [`Signal::Catch`] | times under 200 ms; attention checks that were failed | binomial, with the people's own share |
//! | [`Signal::Side`], [`Signal::Switching`] | one side preferred; sides that alternate or stay | normal, at least as wide as the people's own |
//! | [`Signal::Accuracy`] | few right decisions | the people's own |
//!
//! "The people's own" is the median and the median absolute deviation over the study's people who do not stand out, found in
//! [`N_PASSES`] passes. [`rule`] adds the signals up, [`simulate`] draws studies with people and programs in them, and
//! [`evaluate`] says how often the rule finds which program, and how many people it names with them.

mod agreement;
mod choices;
mod difficulty;
pub mod evaluate;
mod judge;
mod nulls;
mod rows;
pub mod rule;
pub mod simulate;
#[cfg(test)]
mod tests;
mod times;
#[cfg(test)]
mod training;
mod trials;
mod without;

pub use judge::{Judged, MIN_PEOPLE, MIN_TRIALS, N_PASSES, NotJudged, judge};
pub use rows::{AgentKind, Evaluation, Found, KindRow, People, PersonRow, Signal, WithoutRow};
pub(super) use without::people;
