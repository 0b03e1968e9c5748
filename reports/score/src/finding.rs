//! From the scores of single images to a row of the table.

use super::binomial::{binomial_tail, clopper_pearson, wilson};
use super::draws::Draws;
use crate::record::{Condition, Direction, ScoreRow, Statistic};

/// Who is judged, and by what.
#[derive(Clone, Copy)]
pub(super) struct Who<'a> {
    pub(super) condition: &'a Condition,
    pub(super) observer: &'a str,
    pub(super) in_loss: bool,
}

/// One statistic, before its intervals.
pub(super) struct Finding {
    pub(super) statistic: Statistic,
    pub(super) direction: Direction,
    pub(super) pool: String,
    pub(super) tie_rule: &'static str,
    pub(super) chance: Option<f64>,
    /// The statistic is their mean.
    pub(super) per_image: Vec<f64>,
    /// Decisions an image, where the score counts decisions.
    pub(super) decisions_an_image: Option<usize>,
    /// p by permutation, with the number of permutations.
    pub(super) permutation: Option<(f64, usize)>,
}

impl Finding {
    /// The finding as a row, with every interval that applies to it.
    ///
    /// Binomial figures are given where the score counts decisions, and take these as independent.
    pub(super) fn into_row(self, who: Who<'_>, draws: &Draws) -> ScoreRow {
        let n_images = self.per_image.len();
        let sum: f64 = self.per_image.iter().sum();
        let n_decisions = self.decisions_an_image.map(|n| n * n_images);
        let n_correct = self.decisions_an_image.map(|n| sum * n as f64);
        let counts = n_correct.zip(n_decisions);
        let confidence = draws.confidence();
        ScoreRow {
            condition: who.condition.clone(),
            statistic: self.statistic,
            observer: who.observer.into(),
            in_loss: who.in_loss,
            direction: self.direction,
            pool: self.pool,
            tie_rule: self.tie_rule.into(),
            value: sum / n_images as f64,
            chance: self.chance,
            n_images,
            n_decisions,
            n_correct,
            image_interval: draws.interval(&self.per_image),
            wilson: counts.and_then(|(k, n)| wilson(k, n, confidence)),
            clopper_pearson: counts.and_then(|(k, n)| clopper_pearson(k, n, confidence)),
            p_binomial: counts
                .zip(self.chance)
                .and_then(|((k, n), chance)| binomial_tail(k, n, chance)),
            p_permutation: self.permutation.map(|(p, _)| p),
            n_permutations: self.permutation.map(|(_, n)| n),
        }
    }
}
