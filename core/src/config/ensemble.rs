//! How many decoders an experiment trains.

use serde::{Deserialize, Serialize};

/// How many decoders are trained, and how their latents are combined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, from = "WrittenEnsemble")]
pub struct Ensemble {
    /// Number of decoders.
    pub members: usize,
    /// How many are trained in one pass through the generator: `members` at most, which it also is where members are fewer
    /// than the default and it is left out.
    pub per_pass: usize,
    /// How their predictions become one.
    pub combine: Combine,
}

impl Default for Ensemble {
    /// Fifteen members, averaged: Seeliger et al. (2018), section 2.5.
    fn default() -> Self {
        Self {
            members: 15,
            per_pass: 15,
            combine: Combine::Mean,
        }
    }
}

/// An ensemble as written: what is left out depends on what is not.
#[derive(Deserialize)]
#[serde(rename = "Ensemble", deny_unknown_fields, default)]
struct WrittenEnsemble {
    members: usize,
    per_pass: Option<usize>,
    combine: Combine,
}

impl Default for WrittenEnsemble {
    fn default() -> Self {
        let Ensemble {
            members, combine, ..
        } = Ensemble::default();
        Self {
            members,
            per_pass: None,
            combine,
        }
    }
}

impl From<WrittenEnsemble> for Ensemble {
    fn from(written: WrittenEnsemble) -> Self {
        let usual = Self::default().per_pass.min(written.members);
        Self {
            members: written.members,
            per_pass: written.per_pass.unwrap_or(usual),
            combine: written.combine,
        }
    }
}

/// How the predictions of an ensemble become one, element by element, before renormalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Combine {
    /// The paper's text.
    Mean,
    /// The authors' code of 2017.
    Median,
}
