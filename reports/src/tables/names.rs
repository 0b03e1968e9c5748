//! Stable names of variants, for tables.

use lab_score::record::{Direction, Statistic};

/// Name of a statistic.
pub(crate) fn statistic(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::PairwiseIdentification => "pairwise_identification",
        Statistic::SameClassIdentification => "same_class_identification",
        Statistic::TopOne => "top_one",
        Statistic::ObserverOverall => "observer_overall",
        Statistic::ObserverMajority => "observer_majority",
        Statistic::ClassAccuracy => "class_accuracy",
        Statistic::Similarity => "similarity",
    }
}

/// Name of a direction.
pub(crate) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::OriginalToReconstructions => "original_to_reconstructions",
        Direction::ReconstructionToOriginals => "reconstruction_to_originals",
        Direction::None => "none",
    }
}
