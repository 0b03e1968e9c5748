//! Stable names of variants, for tables.

use lab_score::record::{
    CeilingSource, Direction, IntervalMethod, NoiselessSource, ResponsiveBy, Statistic,
};

/// Name of a statistic.
pub(crate) fn statistic(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::PairwiseIdentification => "pairwise_identification",
        Statistic::SameClassIdentification => "same_class_identification",
        Statistic::FiveWay => "five_way",
        Statistic::TenWay => "ten_way",
        Statistic::TopOne => "top_one",
        Statistic::ObserverOverall => "observer_overall",
        Statistic::ObserverMajority => "observer_majority",
        Statistic::ClassAccuracy => "class_accuracy",
        Statistic::Similarity => "similarity",
        Statistic::Distance => "distance",
    }
}

/// Name of a way to make an interval.
pub(crate) fn interval_method(method: IntervalMethod) -> &'static str {
    match method {
        IntervalMethod::ImageBootstrap => "image_bootstrap",
        IntervalMethod::Wilson => "wilson",
        IntervalMethod::ClopperPearson => "clopper_pearson",
        IntervalMethod::Student => "student",
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

/// Where a noise ceiling comes from.
pub(crate) fn source(source: CeilingSource) -> &'static str {
    match source {
        CeilingSource::Known => "known",
        CeilingSource::Repeats => "repeats",
        CeilingSource::SplitHalf => "split_half",
    }
}

/// Where responses without noise come from.
pub(crate) fn noiseless(source: NoiselessSource) -> &'static str {
    match source {
        NoiselessSource::Known => "known",
        NoiselessSource::EncodingModel => "encoding_model",
    }
}

/// The rows that chose responsive voxels.
pub(crate) fn chosen_by(by: ResponsiveBy) -> &'static str {
    match by {
        ResponsiveBy::TrainingRows => "training_rows",
        ResponsiveBy::OtherHalf => "other_half",
    }
}
