//! Rows of the chapter on whether those who answered are people.

use serde::{Deserialize, Serialize};

/// What may tell a program's answers from a person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Agreement with a model observer, beyond what difficulty and ability explain.
    Agreement,
    /// Slope of log time on how far other people are split over the trial.
    TimeByDifficulty,
    /// Median log time.
    Speed,
    /// Standard deviation of log time.
    Spread,
    /// Skewness of the times.
    Shape,
    /// Correlation of log time with that of the trial before.
    Regularity,
    /// Share of times under 200 ms.
    Implausible,
    /// One side preferred, beyond where the right ones stood.
    Side,
    /// Number of runs of one side.
    Switching,
    /// Right decisions against guessing.
    Accuracy,
    /// Attention checks that were failed.
    Catch,
}

impl Signal {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 11] = [
        Self::Agreement,
        Self::TimeByDifficulty,
        Self::Speed,
        Self::Spread,
        Self::Shape,
        Self::Regularity,
        Self::Implausible,
        Self::Side,
        Self::Switching,
        Self::Accuracy,
        Self::Catch,
    ];

    /// Its name in tables: `time_by_difficulty`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agreement => "agreement",
            Self::TimeByDifficulty => "time_by_difficulty",
            Self::Speed => "speed",
            Self::Spread => "spread",
            Self::Shape => "shape",
            Self::Regularity => "regularity",
            Self::Implausible => "implausible",
            Self::Side => "side",
            Self::Switching => "switching",
            Self::Accuracy => "accuracy",
            Self::Catch => "catch",
        }
    }
}

/// One signal of one person.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Which signal this value belongs to.
    pub signal: Signal,
    /// Its value: z for agreement, side, switching and accuracy; t for time by difficulty; ln ms, standard deviation of ln ms,
    /// skewness and correlation for the other times; shares for implausible times and failed checks.
    pub value: f64,
    /// Chance of a value at least as far towards a program, among people like those of the study.
    pub p: f64,
}

/// A person, and what stands out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonRow {
    /// Pseudonym of the person.
    pub rater: String,
    /// Number of decisions that are counted.
    pub n: usize,
    /// The signals that could be computed, in the order of [`Signal::ALL`].
    pub found: Vec<Found>,
    /// The observer that the person agrees with most; empty if none was asked.
    pub observer: String,
    /// The signals together.
    pub score: f64,
    /// Whether the score is above the threshold: the person stands out, and nobody is rejected for it.
    pub stands_out: bool,
    /// The signals that speak loudest, where the person stands out.
    pub why: Vec<Signal>,
}

impl PersonRow {
    /// The signal of this kind, if it could be computed.
    pub fn signal(&self, signal: Signal) -> Option<&Found> {
        self.found.iter().find(|found| found.signal == signal)
    }
}

/// A set's result with everybody, and without those who stand out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WithoutRow {
    /// Name of the dataset that the images belong to.
    pub set: String,
    /// What made the reconstructions.
    pub condition: String,
    /// Whether those who stand out are left out.
    pub is_without: bool,
    /// Number of people.
    pub n_people: usize,
    /// Number of decisions that are right.
    pub n_correct: u64,
    /// Number of decisions that are counted.
    pub n: u64,
    /// Interval of the share over images and raters; `None` where it cannot be told.
    pub interval: Option<(f64, f64)>,
    /// One-sided test over images and raters; the exact binomial where that cannot be made.
    pub p: f64,
}

/// A kind of scripted agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentKind {
    /// Chooses by pixels.
    Pixel,
    /// Chooses by structural similarity.
    Ssim,
    /// Chooses by features of a network.
    Features,
    /// Throws a coin.
    Coin,
    /// Prefers one side.
    Side,
    /// Chooses by an observer, in a person's times.
    HumanTimes,
}

impl AgentKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Pixel,
        Self::Ssim,
        Self::Features,
        Self::Coin,
        Self::Side,
        Self::HumanTimes,
    ];

    /// Its name in tables.
    pub fn label(self) -> &'static str {
        match self {
            Self::Pixel => "pixel observer",
            Self::Ssim => "SSIM observer",
            Self::Features => "feature observer",
            Self::Coin => "coin",
            Self::Side => "side-sticker",
            Self::HumanTimes => "observer with human-like times",
        }
    }
}

/// How often the rule finds a kind of agent; simulated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KindRow {
    /// The kind of agent that was counted.
    pub kind: AgentKind,
    /// Number of agents of this kind in the simulated studies.
    pub n: usize,
    /// Number of these agents that the rule finds.
    pub n_found: usize,
    /// Wilson's interval of the share found.
    pub interval: (f64, f64),
    /// Chance that an agent's score is above a person's, ties counting one half: the area under the curve.
    pub area: f64,
    /// Share of people named and of these agents found, for falling thresholds.
    pub curve: Vec<(f64, f64)>,
}

impl KindRow {
    /// Share of agents that the rule finds.
    pub fn share(&self) -> f64 {
        self.n_found as f64 / self.n as f64
    }
}

/// What the rule does in simulated studies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// People of each study.
    pub n_people: usize,
    /// Decisions of each person.
    pub n_trials: usize,
    /// Number of simulated studies.
    pub n_studies: usize,
    /// The score above which somebody stands out.
    pub threshold: f64,
    /// One row a kind of agent.
    pub kinds: Vec<KindRow>,
    /// People drawn, over all studies.
    pub n_people_drawn: usize,
    /// People named, over all studies.
    pub n_people_named: usize,
    /// Of the people drawn, those who guess throughout.
    pub n_guessers: usize,
    /// Of these, the ones named.
    pub n_guessers_named: usize,
    /// Wilson's interval of the share of people named.
    pub interval: (f64, f64),
    /// Share of people named and of agents found, for falling thresholds.
    pub curve: Vec<(f64, f64)>,
    /// Chance that an agent's score is above a person's, over all kinds.
    pub area: f64,
}

impl Evaluation {
    /// Share of people that the rule names.
    pub fn named(&self) -> f64 {
        self.n_people_named as f64 / self.n_people_drawn as f64
    }
}

/// What stands out among those who answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct People {
    /// One row a person with enough decisions, in the order of their pseudonyms.
    pub persons: Vec<PersonRow>,
    /// People with too few decisions to be looked at.
    pub n_left_out: usize,
    /// Names of the model observers that people are compared with.
    pub observers: Vec<String>,
    /// Each set with everybody and without those who stand out; empty if nobody does.
    pub without: Vec<WithoutRow>,
    /// What the rule does in simulated studies like this one.
    pub simulated: Evaluation,
}

impl People {
    /// How many stand out.
    pub fn n_standing_out(&self) -> usize {
        self.persons
            .iter()
            .filter(|person| person.stands_out)
            .count()
    }
}
