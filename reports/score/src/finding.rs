//! From the scores of single images to a row of the table.

use super::Scored;
use super::binomial::{binomial_tail, clopper_pearson, wilson};
use super::counts::{Count, Right};
use super::differences::Judged;
use super::draws::Draws;
use super::headline::name;
use super::intervals::of_mean;
use super::ties::PValue;
use crate::record::{Condition, Direction, ScoreRow, Statistic};

/// Who is judged, and by what.
#[derive(Clone, Copy)]
pub(super) struct Who<'a> {
    pub(super) condition: &'a Condition,
    pub(super) observer: &'a str,
    pub(super) in_loss: bool,
}

/// The scores of single images.
pub(super) enum PerImage {
    /// Shares in `[0, 1]` that are no counts of decisions.
    Shares(Vec<f64>),
    /// Similarities in `[−1, 1]`.
    Similarities(Vec<f64>),
    /// Distances of at least 0, without a largest one.
    Distances(Vec<f64>),
    /// Decisions that are right, of so many an image.
    Decisions(Vec<Right>, usize),
}

/// One statistic, before its intervals.
pub(super) struct Finding {
    pub(super) statistic: Statistic,
    pub(super) direction: Direction,
    pub(super) pool: String,
    pub(super) tie_rule: &'static str,
    pub(super) chance: Option<f64>,
    /// The statistic is their mean.
    pub(super) per_image: PerImage,
    /// p by permutation, with the number of permutations.
    pub(super) permutation: Option<(PValue, usize)>,
    /// Whether the mean of the scores is what it is whichever images are asked about, as where one image stands for all.
    pub(super) bound: bool,
}

impl Who<'_> {
    /// The lot among ties that a score of these images draws, by name.
    pub(super) fn lot(self, statistic: Statistic, direction: Direction) -> String {
        let figure = name(statistic, self.observer, direction);
        format!("{}/{figure}", self.condition.name())
    }
}

impl PerImage {
    /// One number an image.
    fn values(&self) -> Vec<f64> {
        match self {
            Self::Shares(values) | Self::Similarities(values) | Self::Distances(values) => {
                values.clone()
            }
            Self::Decisions(right, n) => {
                let share = |right: &Right| right.value() / *n as f64;
                right.iter().map(share).collect()
            }
        }
    }

    /// Least and largest possible number, if there is a largest.
    fn range(&self) -> Option<(f64, f64)> {
        match self {
            Self::Similarities(_) => Some((-1.0, 1.0)),
            Self::Distances(_) => None,
            Self::Shares(_) | Self::Decisions(..) => Some((0.0, 1.0)),
        }
    }

    /// Right decisions of how many, where decisions are counted.
    fn counts(&self) -> Option<(Count, usize)> {
        match self {
            Self::Decisions(right, n) => Some((Count::of(right.iter().copied()), n * right.len())),
            Self::Shares(_) | Self::Similarities(_) | Self::Distances(_) => None,
        }
    }
}

impl Finding {
    /// The finding as a row, with every interval that applies to it, and the scores of single images where conditions are
    /// compared by them.
    ///
    /// Binomial figures are given where the score counts decisions, and take these as independent.
    pub(super) fn scored(self, who: Who<'_>, draws: &Draws) -> Scored {
        let judged = Judged {
            condition: who.condition.clone(),
            statistic: self.statistic,
            observer: who.observer.into(),
            in_loss: who.in_loss,
            direction: self.direction,
            range: self.range(),
            values: self.per_image.values(),
        };
        let row = self.row(&judged, draws);
        Scored {
            scores: vec![row],
            judged: if judged.is_compared() {
                vec![judged]
            } else {
                Vec::new()
            },
            ..Scored::default()
        }
    }

    /// Least and largest possible mean: of scores that are bound to each other, the one that it has.
    fn range(&self) -> Option<(f64, f64)> {
        if !self.bound {
            return self.per_image.range();
        }
        let values = self.per_image.values();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Some((mean, mean))
    }

    fn row(self, judged: &Judged, draws: &Draws) -> ScoreRow {
        let (n_images, confidence) = (judged.values.len(), draws.confidence());
        let counts = self.per_image.counts();
        // Decisions that cannot vary have no binomial interval either; their p is that of one half, as criteria may ask for it.
        let varying = counts.filter(|_| !self.bound);
        let bootstrap = draws.bootstrap(n_images);
        let over_images = of_mean(&judged.values, bootstrap, judged.range, confidence);
        let value = match counts {
            Some((count, n)) => count.value() / n as f64,
            None => judged.values.iter().sum::<f64>() / n_images as f64,
        };
        ScoreRow {
            condition: judged.condition.clone(),
            statistic: self.statistic,
            observer: judged.observer.clone(),
            in_loss: judged.in_loss,
            direction: self.direction,
            pool: self.pool,
            tie_rule: self.tie_rule.into(),
            value,
            chance: self.chance,
            n_images,
            n_decisions: counts.map(|(_, n)| n),
            n_correct: counts.map(|(count, _)| count.value()),
            image_interval: over_images.map(|(bounds, _)| bounds),
            image_interval_method: over_images.map(|(_, method)| method),
            wilson: varying.and_then(|(count, n)| wilson(count.value(), n, confidence)),
            clopper_pearson: varying
                .and_then(|(count, n)| clopper_pearson(count.value(), n, confidence)),
            p_binomial: counts
                .zip(self.chance)
                .and_then(|((count, n), chance)| binomial_tail(count.whole, n, chance)),
            p_permutation: self.permutation.map(|(found, _)| found.p),
            p_permutation_ties_whole: self.permutation.map(|(found, _)| found.ties_whole),
            n_permutations: self.permutation.map(|(_, n)| n),
        }
    }
}
