//! Paired differences over images: the decoder against each baseline.

use super::draws::Draws;
use super::headline::name;
use super::intervals::of_mean;
use crate::record::{Against, Condition, DifferenceRow, Direction, ImageScoresRow, Statistic};

/// The scores of single images in one condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judged {
    pub(super) condition: Condition,
    pub(super) statistic: Statistic,
    pub(super) observer: String,
    pub(super) in_loss: bool,
    pub(super) direction: Direction,
    /// One score an image.
    pub(super) values: Vec<f64>,
    /// Least and largest possible mean score, if there is a largest.
    pub(super) range: Option<(f64, f64)>,
}

/// Baselines in the order of the table; single subjects come after them.
const BASELINES: [Condition; 7] = [
    Condition::RidgeToPixels,
    Condition::NoAlignment,
    Condition::Shuffled,
    Condition::Prior,
    Condition::NearestTraining,
    Condition::RandomTraining,
    Condition::MeanImage,
];

impl Judged {
    /// Whether conditions are compared in this score, and this condition with others.
    pub(super) fn is_compared(&self) -> bool {
        let compared = match self.statistic {
            Statistic::ObserverOverall
            | Statistic::ClassAccuracy
            | Statistic::Similarity
            | Statistic::Distance => true,
            Statistic::PairwiseIdentification | Statistic::SameClassIdentification => {
                self.direction == Direction::OriginalToReconstructions
            }
            _ => false,
        };
        let of_baseline = BASELINES.contains(&self.condition);
        let of_several = is_subject(&self.condition)
            || is_cue(&self.condition)
            || matches!(self.condition, Condition::Region(_));
        let of_part = self.is_pairs_by_pixels() && self.condition.is_part();
        of_part || (compared && (self.condition.is_result() || of_baseline || of_several))
    }

    /// Whether it is the shares of pairs that are told apart by pixels, an original against all other reconstructions.
    pub(super) fn is_pairs_by_pixels(&self) -> bool {
        self.statistic == Statistic::PairwiseIdentification
            && self.observer == "pixel"
            && self.direction == Direction::OriginalToReconstructions
    }

    pub(super) fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len() as f64
    }

    /// Whether its mean is the better one.
    fn is_better_than(&self, other: &Self) -> bool {
        let (own, other) = (self.mean(), other.mean());
        if self.statistic.lower_is_better() {
            own < other
        } else {
            own > other
        }
    }

    fn is_same_score(&self, other: &Self) -> bool {
        (self.statistic, &self.observer, self.direction)
            == (other.statistic, &other.observer, other.direction)
            && self.values.len() == other.values.len()
    }
}

/// The scores of the result for each image, as they are stored.
pub(super) fn image_scores(judged: Vec<Judged>) -> Vec<ImageScoresRow> {
    let results = judged
        .into_iter()
        .filter(|judged| judged.condition.is_result());
    let row = |of: Judged| ImageScoresRow {
        statistic: of.statistic,
        observer: of.observer,
        in_loss: of.in_loss,
        direction: of.direction,
        values: of.values,
    };
    results.map(row).collect()
}

/// The decoder's mean score minus that of each baseline, image by image, in every score that both have.
///
/// Of single subjects the best is taken, by the same score on the same images, and so of trivial cues: that choice favours the
/// baseline.
pub(super) fn differences(judged: &[Judged], draws: &Draws) -> Vec<DifferenceRow> {
    let mut rows = Vec::new();
    for decoder in judged.iter().filter(|judged| judged.condition.is_result()) {
        let same = || judged.iter().filter(|other| other.is_same_score(decoder));
        for baseline in &BASELINES {
            let found = same().find(|other| other.condition == *baseline);
            rows.extend(found.map(|other| difference(decoder, other, None, draws)));
        }
        for is_of_kind in [is_subject, is_cue] {
            let several = || same().filter(|other| is_of_kind(&other.condition));
            let best = several().reduce(|best, other| {
                if other.is_better_than(best) {
                    other
                } else {
                    best
                }
            });
            let n = several().count();
            rows.extend(best.map(|other| difference(decoder, other, Some(n), draws)));
        }
    }
    rows
}

fn is_subject(condition: &Condition) -> bool {
    matches!(condition, Condition::Subject(_))
}

fn is_cue(condition: &Condition) -> bool {
    matches!(condition, Condition::Cue(_))
}

fn difference(
    decoder: &Judged,
    baseline: &Judged,
    best_of: Option<usize>,
    draws: &Draws,
) -> DifferenceRow {
    let values = less(decoder, baseline);
    let against = against(decoder, baseline, draws);
    DifferenceRow {
        baseline: baseline.condition.clone(),
        best_of,
        statistic: decoder.statistic,
        observer: decoder.observer.clone(),
        in_loss: decoder.in_loss,
        direction: decoder.direction,
        decoder: decoder.mean(),
        value: against.value,
        n_images: against.n_images,
        interval: against.interval,
        interval_method: against.interval_method,
        p_sign_flip: against.p_sign_flip,
        p_sign_flip_ties_whole: against.p_sign_flip_ties_whole,
        n_sign_flips: draws.sign_flips.len(),
        n_differing: Some(values.iter().filter(|value| value.abs() > 0.0).count()),
    }
}

/// The difference of each image.
fn less(own: &Judged, other: &Judged) -> Vec<f64> {
    let pairs = own.values.iter().zip(&other.values);
    pairs.map(|(own, other)| own - other).collect()
}

/// One condition minus another, image by image.
pub(super) fn against(own: &Judged, other: &Judged, draws: &Draws) -> Against {
    let values = less(own, other);
    let ranges = own.range.zip(other.range);
    let range = ranges.map(|(own, other)| (own.0 - other.1, own.1 - other.0));
    let figure = name(own.statistic, &own.observer, own.direction);
    // Lots of the result's differences have always been named by the baseline alone.
    let lot = if own.condition.is_result() {
        format!("{}/{figure}", other.condition.name())
    } else {
        let (own, other) = (own.condition.name(), other.condition.name());
        format!("{own}/{other}/{figure}")
    };
    let interval = of_mean(
        &values,
        draws.bootstrap(values.len()),
        range,
        draws.confidence(),
    );
    Against::of(&values, interval, &draws.sign_flips, &lot)
}
