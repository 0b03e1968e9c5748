//! One score of two runs, image by image.

use lab_core::config::Scores;
use serde::Serialize;

use crate::bootstrap::Bootstrap;
use crate::headline::name;
use crate::intervals::of_mean;
use crate::paired::PairedDifference;
use crate::record::{Condition, DecisionRow, Direction, IntervalMethod, Record, Statistic};
use crate::sign_flips::SignFlips;

/// The random draws behind intervals and p-values of paired differences.
#[derive(Debug, Clone)]
pub struct Paired {
    bootstrap: Bootstrap,
    sign_flips: SignFlips,
    confidence: f64,
}

/// A run's score minus that of the first run, image by image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Against {
    /// Mean over images of the run's score minus the first run's.
    pub value: f64,
    /// Number of images.
    pub n_images: usize,
    /// Interval of that mean over images.
    pub interval: Option<(f64, f64)>,
    /// How the interval was made.
    pub interval_method: Option<IntervalMethod>,
    /// Two-sided p of random signs of the differences, placed among its equals by lot ([`crate::ties`]).
    pub p_sign_flip: Option<f64>,
    /// The same with every tie counted against the difference.
    pub p_sign_flip_ties_whole: Option<f64>,
    /// The same after Holm's correction, if the test is one of the family.
    pub p_holm: Option<f64>,
}

impl Paired {
    /// Draws what paired differences over so many images need.
    ///
    /// # Determinism
    /// Streams "evaluate/bootstrap" and "`evaluate/sign_flips`" of `seed`, as the differences of a report.
    pub fn draw(n_images: usize, params: &Scores, seed: u64) -> Self {
        Self {
            bootstrap: Bootstrap::draw(n_images, params.n_bootstrap, seed),
            sign_flips: SignFlips::draw(n_images, params.n_permutations, seed),
            confidence: params.confidence,
        }
    }

    /// Number of random signs behind each p-value.
    pub fn n_sign_flips(&self) -> usize {
        self.sign_flips.len()
    }

    /// Confidence of the intervals, from 0 to 1.
    pub fn confidence(&self) -> f64 {
        self.confidence
    }

    /// The differences of two runs, one an image; both lie in [0, 1]. `what` names the lot among ties.
    pub fn of(&self, own: &[f64], first: &[f64], what: &str) -> Option<Against> {
        if own.len() != first.len() || own.is_empty() {
            return None;
        }
        let differences: Vec<f64> = own
            .iter()
            .zip(first)
            .map(|(own, first)| own - first)
            .collect();
        let interval = of_mean(
            &differences,
            Some(&self.bootstrap),
            Some((-1.0, 1.0)),
            self.confidence,
        );
        let paired = PairedDifference::of(&differences, interval, &self.sign_flips, what);
        Some(Against {
            value: paired.value,
            n_images: paired.n_images,
            interval: paired.interval,
            interval_method: paired.interval_method,
            p_sign_flip: paired.p.map(|found| found.p),
            p_sign_flip_ties_whole: paired.p.map(|found| found.ties_whole),
            p_holm: None,
        })
    }
}

/// One score of a run against the first one's; `None` for scores that are not stored image by image.
pub fn against(
    paired: &Paired,
    first: &Record,
    own: &Record,
    (statistic, observer, direction): (Statistic, &str, Direction),
) -> Option<Against> {
    let score: fn(&DecisionRow) -> f64 = match (statistic, direction) {
        (Statistic::ObserverOverall, _) => |row| row.n_correct / row.n_decisions as f64,
        (Statistic::PairwiseIdentification, Direction::OriginalToReconstructions) => {
            |row| row.identification
        }
        _ => return None,
    };
    paired.of(
        &by_image(own, observer, score)?,
        &by_image(first, observer, score)?,
        &format!("runs/{}", name(statistic, observer, direction)),
    )
}

/// The scores of the decoder's images, in their order; `None` unless each image has one.
fn by_image(record: &Record, observer: &str, score: fn(&DecisionRow) -> f64) -> Option<Vec<f64>> {
    let of_decoder =
        |row: &&DecisionRow| row.condition == Condition::Decoder && row.observer == observer;
    let mut rows: Vec<&DecisionRow> = record.decisions.iter().filter(of_decoder).collect();
    rows.sort_by_key(|row| row.test_image);
    let in_order = rows
        .iter()
        .enumerate()
        .all(|(idx, row)| row.test_image == idx);
    let scores: Vec<f64> = rows.into_iter().map(score).collect();
    (in_order && scores.iter().all(|score| score.is_finite())).then_some(scores)
}
