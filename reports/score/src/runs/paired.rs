//! One score of two runs, image by image.

use lab_core::config::Scores;

use crate::bootstrap::Bootstrap;
use crate::headline::name;
use crate::intervals::of_mean;
use crate::record::{Against, Condition, DecisionRow, Direction, Record, Statistic};
use crate::sign_flips::SignFlips;

/// The random draws behind intervals and p-values of paired differences.
#[derive(Debug, Clone)]
pub struct Paired {
    bootstrap: Bootstrap,
    sign_flips: SignFlips,
    confidence: f64,
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
        Some(Against::of(&differences, interval, &self.sign_flips, what))
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
