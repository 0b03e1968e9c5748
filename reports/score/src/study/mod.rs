//! People's decisions in a behavioural study, and what may be concluded from them.
//!
//! A decision is one answer: of several reconstructions, one belongs to the original that is shown. [`score`] counts
//! decisions and images per set, tests them as the paper does and as their dependence demands, and says in
//! warnings what the decisions do not allow to be said.
//!
//! | figure | counts | dependence |
//! |---|---|---|
//! | exact binomial ([`counts`]) | decisions, or images by majority | none: decisions are taken as independent |
//! | two-way clusters ([`resample`]) | decisions | decisions of one image, and of one rater, may depend on each other |
//! | mixed-effects logistic regression ([`mixed`]) | decisions | images, distractors and raters differ, each by itself |
//! | agreement ([`agreement`]) | pairs of raters of one image | |
//! | prevalence ([`prevalence`]) | brains whose own test is significant | brains are independent |
//! | model observers ([`observers`]) | distinct trials | as people's, and a permutation of reconstructions |
//! | whether they are people ([`people`]) | signals of each person | each is held against the study's other people |
//!
//! Figures that were printed elsewhere are held against the counts that they could come from ([`printed`]).

pub mod agreement;
pub mod clusters;
pub mod counts;
mod decisions;
mod dependence;
pub mod discovery;
#[cfg(test)]
mod fixtures;
pub mod mixed;
mod observed;
pub mod observers;
mod params;
pub mod people;
pub mod power;
pub mod prevalence;
pub mod printed;
pub mod projection;
mod raters;
mod record;
pub mod resample;
mod rows;
mod score;
mod tested;
#[cfg(test)]
mod tests;
mod warnings;

pub use decisions::{Decision, Kind, Side};
pub use observed::Observed;
pub use params::Params;
pub use record::{StudyFacts, StudyRecord};
pub use rows::{
    ClusterRow, CountRow, ImageRow, MixedRow, Projection, RaterRow, SetRow, StudyScores, SubjectRow,
};
pub use score::{ALPHA, POOLS, score};
