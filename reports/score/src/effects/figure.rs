//! The scores that variants are held against their base by.

use serde::Serialize;

use crate::family::independent_observers;
use crate::record::{Direction, ImageScoresRow, Record, Statistic};

/// A score of a run; of each, more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Pairwise identification by pixels: the share of other reconstructions that are less like the original than its own.
    Pixels,
    /// The same by the deepest layer of the first network that no loss has used.
    Observer,
    /// Share of reconstructions whose class the independent classifier names.
    Classes,
    /// Mean correlation of an original's pixels with its reconstruction's.
    Similarity,
}

impl Figure {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 4] = [
        Self::Pixels,
        Self::Observer,
        Self::Classes,
        Self::Similarity,
    ];

    /// Name for a reader.
    pub fn label(self) -> &'static str {
        match self {
            Self::Pixels => "identification by pixels",
            Self::Observer => "identification by an independent network",
            Self::Classes => "class accuracy",
            Self::Similarity => "pixel correlation",
        }
    }

    /// Stable name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pixels => "identification_pixels",
            Self::Observer => "identification_observer",
            Self::Classes => "class_accuracy",
            Self::Similarity => "pixel_correlation",
        }
    }

    /// Whether the score is a share, which differs by percentage points.
    pub fn is_share(self) -> bool {
        self != Self::Similarity
    }

    /// The scores of a run for each image, and by whom.
    pub fn scores(self, record: &Record) -> Option<(&str, &[f64])> {
        let row = match self {
            Self::Pixels => row(record, |row| is_pairwise(row) && row.observer == "pixel"),
            Self::Observer => {
                let observer = independent_observers(&record.scores).into_iter().next()?;
                row(record, |row| {
                    is_pairwise(row) && row.observer == observer && !row.in_loss
                })
            }
            Self::Classes => row(record, |row| row.statistic == Statistic::ClassAccuracy),
            Self::Similarity => row(record, |row| {
                row.statistic == Statistic::Similarity && row.observer == "pixel"
            }),
        }?;
        Some((&row.observer, &row.values))
    }

    /// The same by an observer that another run names; none if it stands in this run's loss.
    pub(super) fn scores_by<'a>(self, record: &'a Record, observer: &str) -> Option<&'a [f64]> {
        if self != Self::Observer {
            let (own, values) = self.scores(record)?;
            return (own == observer).then_some(values);
        }
        let row = row(record, |row| {
            is_pairwise(row) && row.observer == observer && !row.in_loss
        })?;
        Some(&row.values)
    }
}

fn is_pairwise(row: &ImageScoresRow) -> bool {
    row.statistic == Statistic::PairwiseIdentification
        && row.direction == Direction::OriginalToReconstructions
}

fn row(record: &Record, is: impl Fn(&ImageScoresRow) -> bool) -> Option<&ImageScoresRow> {
    let found = record.image_scores.iter().find(|row| is(row))?;
    let is_known = found.values.iter().all(|value| value.is_finite());
    is_known.then_some(found)
}
