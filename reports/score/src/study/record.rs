//! What a scored study keeps: enough to make its tables, charts and PDF again.

use serde::{Deserialize, Serialize};

use super::printed::PrintedRow;
use super::rows::StudyScores;
use crate::{Error, Result};

/// Where the decisions come from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StudyFacts {
    /// Name of the study.
    pub title: String,
    /// The files of decisions, as they were typed.
    pub sources: Vec<String>,
    /// BLAKE3 of the files, one after the other, in hexadecimal digits.
    pub hash: String,
    /// Version of the program that scored.
    pub version: String,
    /// Seed of the draws.
    pub seed: u64,
    /// Draws of the bootstrap, each way.
    pub n_draws: usize,
    /// How the tables were read, in sentences.
    pub notes: Vec<String>,
    /// Why the study says nothing about people, if those who answered are simulated.
    pub simulated: Option<String>,
    /// How the brain's responses were simulated that the reconstructions come from; `None` if they were measured or nobody
    /// knows.
    #[serde(default)]
    pub simulated_responses: Option<String>,
    /// Why it is no result, if it is of toy size.
    pub toy: Option<String>,
}

/// A scored study.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StudyRecord {
    /// Where the decisions come from.
    pub facts: StudyFacts,
    /// What was computed of them.
    pub scores: StudyScores,
    /// Percentages that were printed elsewhere, and the counts that they could come from.
    pub printed: Vec<PrintedRow>,
}

impl StudyRecord {
    /// Its text in `study.json`; a number that is not finite becomes null.
    ///
    /// # Errors
    /// [`Error::Damaged`] if a value cannot be written as JSON, which would be a mistake in this crate.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map_err(|error| Error::Damaged {
            what: "the study",
            problem: error.to_string(),
        })
    }
}
