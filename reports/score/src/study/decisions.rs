//! One answer of one person.

use serde::{Deserialize, Serialize};

/// A side of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The left one.
    Left,
    /// The right one.
    Right,
}

/// What an answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// To be counted.
    #[default]
    Trial,
    /// To see whether the person attends: the right answer is plain.
    Catch,
    /// To learn the task.
    Practice,
}

/// One answer of one person: of several reconstructions, which one belongs to the original?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Dataset that the image belongs to: "vim-1".
    pub set: String,
    /// What made the reconstructions: the name of a run or of a generator.
    pub condition: String,
    /// Whose brain the reconstruction is of; empty for the mean of aligned subjects.
    pub subject: String,
    /// Name of the original.
    pub image: String,
    /// Names of the images whose reconstructions are the foils; empty if unknown.
    pub distractors: Vec<String>,
    /// Pseudonym of the person; empty if unknown.
    pub rater: String,
    /// Reconstructions to choose from, at least 2; chance is one in so many.
    pub n_alternatives: u32,
    /// Whether the right one was chosen.
    pub is_correct: bool,
    /// Where the right one stood.
    pub side: Option<Side>,
    /// What was chosen.
    pub answer: Option<Side>,
    /// Time from the trial's first appearance to the answer, in milliseconds.
    pub rt_ms: Option<f64>,
    /// Place in the person's order, from 1.
    pub trial: Option<u32>,
    /// What the answer is asked for.
    pub kind: Kind,
}

impl Decision {
    /// The share of right answers that guessing reaches.
    pub fn chance(&self) -> f64 {
        1.0 / f64::from(self.n_alternatives)
    }
}

/// How many of the decisions are right.
pub(super) fn n_right(decisions: &[&Decision]) -> u64 {
    decisions
        .iter()
        .filter(|decision| decision.is_correct)
        .count() as u64
}
