//! Several runs held against each other: score by score, and image by image against the first of them.
//!
//! ```text
//! dᵢ = own scoreᵢ − scoreᵢ of the first run,     i: the test images
//! ```
//! The mean of dᵢ has an interval over images ([`crate::intervals`]) and a two-sided p of random signs ([`crate::sign_flips`]);
//! the p of right decisions by pixels and by independent observers are corrected for their number over all runs ([`holm`]).
//! Runs whose images or whose statistics differ have no such dᵢ: [`why_not_paired`] says what differs.

mod paired;
mod pairing;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::family::{holm, independent_observers};
use crate::record::{Condition, Direction, IntervalMethod, Record, ScoreRow, Statistic};

pub use crate::record::Against;
pub use paired::{Paired, against};
pub use pairing::{settings_of_scores, why_not_paired};

/// What is known of one run among several.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunFacts {
    /// What it is called in tables: the experiment's name, with more where that names several.
    pub label: String,
    /// Name of the experiment that was run.
    pub name: String,
    /// Seed of the experiment.
    pub seed: u64,
    /// Beginning of the hash of the resolved experiment.
    pub run_hash: String,
    /// Name and version of the program.
    pub version: String,
    /// Name of the dataset.
    pub dataset: String,
    /// Number of test images.
    pub n_test: usize,
    /// Why nothing of it is a result, if it was made at toy size.
    pub toy: Option<String>,
    /// How its responses were simulated; `None` if they were measured.
    pub simulated: Option<String>,
    /// What is missing for a proof of it, in sentences.
    pub unproven: Vec<String>,
    /// Why it is not compared with the first image by image; empty if it is, and for the first itself.
    pub not_paired: Vec<String>,
}

/// One score of one run, and how it compares with the first run's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunRow {
    /// Place of the run among the compared ones, counted from 0.
    pub run: usize,
    /// Which score it is.
    pub statistic: Statistic,
    /// Name of what images are compared by, such as `pixel` or a network's layer.
    pub observer: String,
    /// True if the run's loss used this observer's network.
    pub in_loss: bool,
    /// Which image is shown and which ones are the candidates; `None` where nothing is chosen.
    pub direction: Direction,
    /// Value of the score, in the score's own unit.
    pub value: f64,
    /// The value of guessing, if there is one.
    pub chance: Option<f64>,
    /// Number of images.
    pub n_images: usize,
    /// Interval of the mean over images: (low, high).
    pub interval: Option<(f64, f64)>,
    /// How the interval was made.
    pub interval_method: Option<IntervalMethod>,
    /// The score against that of the first run, image by image; `None` for scores that are not stored by image, for runs
    /// that are not paired, and for the first run itself.
    pub against_first: Option<Against>,
}

/// What several runs say of the same scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparedRuns {
    /// The runs in their order; the others are held against the first.
    pub runs: Vec<RunFacts>,
    /// Scores of the decoder: score by score, and run by run within each.
    pub rows: Vec<RunRow>,
    /// The settings that differ between the experiments, each with its values.
    pub settings: Vec<SettingRow>,
    /// Random signs behind each p; 0 if nothing is paired.
    pub n_sign_flips: usize,
    /// Confidence of the intervals of differences; `None` if nothing is paired.
    pub confidence: Option<f64>,
}

/// A setting that is not the same in all runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingRow {
    /// Its path in the experiment, as `--set` takes it.
    pub setting: String,
    /// Its value in each run; `None` where the experiment has no such setting.
    pub values: Vec<Option<String>>,
}

/// The rows of all runs. A run is paired with the first one if `paired` says so.
pub fn rows(records: &[&Record], paired: &[bool], pairing: Option<&Paired>) -> Vec<RunRow> {
    let mut rows = Vec::new();
    for (statistic, observer, direction) in scores_of(records) {
        let is_it = |row: &&ScoreRow| {
            row.condition == Condition::Decoder
                && (row.statistic, &row.observer, row.direction)
                    == (statistic, &observer, direction)
        };
        for (run, record) in records.iter().enumerate() {
            let Some(score) = record.scores.iter().find(is_it) else {
                continue;
            };
            let is_paired = run > 0 && paired.get(run).copied().unwrap_or(false);
            let against_first = pairing.filter(|_| is_paired).and_then(|pairing| {
                against(
                    pairing,
                    records[0],
                    record,
                    (statistic, &observer, direction),
                )
            });
            rows.push(RunRow {
                run,
                statistic,
                observer: observer.clone(),
                in_loss: score.in_loss,
                direction,
                value: score.value,
                chance: score.chance,
                n_images: score.n_images,
                interval: score.image_interval,
                interval_method: score.image_interval_method,
                against_first,
            });
        }
    }
    correct(&mut rows, &family(records));
    rows
}

/// Every score of a decoder, in the order of the first record that has it.
fn scores_of(records: &[&Record]) -> Vec<(Statistic, String, Direction)> {
    let mut seen = BTreeSet::new();
    let all = records.iter().flat_map(|record| &record.scores);
    all.filter(|row| row.condition == Condition::Decoder)
        .map(|row| (row.statistic, row.observer.clone(), row.direction))
        .filter(|score| seen.insert(score.clone()))
        .collect()
}

/// The observers whose decisions are tested: pixels, and networks outside of every run's loss.
fn family(records: &[&Record]) -> Vec<String> {
    let mut observers = vec!["pixel".to_owned()];
    let in_a_loss = |observer: &String| {
        let rows = records.iter().flat_map(|record| &record.scores);
        rows.into_iter()
            .any(|row| row.observer == *observer && row.in_loss)
    };
    let first = records.first().map(|record| &record.scores[..]);
    let independent = independent_observers(first.unwrap_or_default());
    observers.extend(independent.into_iter().filter(|of| !in_a_loss(of)));
    observers
}

/// Holm's correction over the right decisions of all runs by the observers of the family.
fn correct(rows: &mut [RunRow], observers: &[String]) {
    let tested: Vec<&mut Against> = rows
        .iter_mut()
        .filter(|row| row.statistic == Statistic::ObserverOverall)
        .filter(|row| observers.contains(&row.observer))
        .filter_map(|row| row.against_first.as_mut())
        .filter(|against| against.p_sign_flip.is_some())
        .collect();
    let p: Vec<f64> = tested
        .iter()
        .filter_map(|against| against.p_sign_flip)
        .collect();
    for (against, p_holm) in tested.into_iter().zip(holm(&p)) {
        against.p_holm = Some(p_holm);
    }
}
