//! What was looked for, and what was found.

use serde::{Deserialize, Serialize};

/// What would fool a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Defect {
    /// Nothing shows that reconstructions say anything about their originals: they could be drawn from the prior.
    NoInformation,
    /// Reconstructions stand beside originals that they do not belong to.
    WrongPairing,
    /// Nothing but the mean luminance of the original is there.
    LuminanceOnly,
    /// Nothing but the class of the original is there.
    ClassOnly,
    /// There are few different reconstructions.
    Collapsed,
    /// Reconstructions are copies of training images.
    Memorised,
    /// Test images stand among the training images.
    Leaked,
}

impl Defect {
    /// Every defect, in the order of a report.
    pub const ALL: [Self; 7] = [
        Self::NoInformation,
        Self::WrongPairing,
        Self::LuminanceOnly,
        Self::ClassOnly,
        Self::Collapsed,
        Self::Memorised,
        Self::Leaked,
    ];

    /// Stable name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoInformation => "no_information",
            Self::WrongPairing => "wrong_pairing",
            Self::LuminanceOnly => "luminance_only",
            Self::ClassOnly => "class_only",
            Self::Collapsed => "collapsed",
            Self::Memorised => "memorised",
            Self::Leaked => "leaked",
        }
    }

    /// Name for a reader.
    pub fn label(self) -> &'static str {
        match self {
            Self::NoInformation => "nothing shown of the original",
            Self::WrongPairing => "wrong pairing",
            Self::LuminanceOnly => "luminance alone",
            Self::ClassOnly => "class alone",
            Self::Collapsed => "few different outputs",
            Self::Memorised => "copies of training images",
            Self::Leaked => "test images in training",
        }
    }
}

/// What a guard says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// The defect is there.
    Found,
    /// It was looked for and not found.
    NotFound,
    /// It could not be looked for.
    NotJudged,
}

impl Verdict {
    /// Name in tables and for a reader.
    pub fn name(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::NotFound => "not found",
            Self::NotJudged => "not judged",
        }
    }
}

/// The verdict on one defect, and what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuardRow {
    /// What was looked for.
    pub defect: Defect,
    /// What was found.
    pub verdict: Verdict,
    /// What the verdict rests on, or why there is none, as a sentence.
    pub evidence: String,
}

impl GuardRow {
    pub(super) fn of(defect: Defect, is_found: bool, evidence: String) -> Self {
        let verdict = if is_found {
            Verdict::Found
        } else {
            Verdict::NotFound
        };
        Self {
            defect,
            verdict,
            evidence,
        }
    }

    pub(super) fn not_judged(defect: Defect, why: &str) -> Self {
        Self {
            defect,
            verdict: Verdict::NotJudged,
            evidence: why.to_owned(),
        }
    }
}
