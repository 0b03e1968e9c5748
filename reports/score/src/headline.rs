//! Headline figures under stable names: what criteria and `summary.json` speak of.
//!
//! | name | figure |
//! |---|---|
//! | `observer.OBSERVER.overall` | share of right two-alternative decisions |
//! | `observer.OBSERVER.majority` | share of images with a right majority |
//! | `identification.OBSERVER.DIRECTION` | pairwise identification among all test images |
//! | `same_class.OBSERVER.DIRECTION` | the same among images of one class |
//! | `same_class.OBSERVER` | the same, `original_to_reconstructions` |
//! | `five_way.OBSERVER.DIRECTION`, `ten_way.OBSERVER.DIRECTION` | expected share of images that win against 4, or 9, others |
//! | `top_one.OBSERVER.DIRECTION` | share of images that win against all others |
//! | `similarity.pixel`, `similarity.ssim` | mean similarity of an image and its reconstruction |
//! | `distance.lpips.alex` | mean LPIPS of an image and its reconstruction (version 0.1, net alex); lower is better |
//! | `classes.accuracy` | share of reconstructions whose class the independent classifier names |
//! | `classes.originals` | the same of the originals |
//! | `p.permutation.OBSERVER` | p of `identification.OBSERVER.original_to_reconstructions` by permutation |
//! | `p.permutation.same_class.OBSERVER` | p of `same_class.OBSERVER` by permutation within classes |
//! | `p.permutation.observer.OBSERVER` | p of `observer.OBSERVER.overall` by permutation |
//! | `p.binomial.observer.OBSERVER` | p of the same by the binomial test, decisions taken as independent |
//! | `p.permutation.classes` | p of `classes.accuracy` by permutation |
//! | `difference.BASELINE.observer.OBSERVER.overall` | mean over images of the decoder's share minus the baseline's |
//! | `difference.BASELINE.identification.pixel.original_to_reconstructions` | the same of shares of pairs; `BASELINE`: ridge to pixels alone |
//! | `difference.BASELINE.same_class.pixel.original_to_reconstructions` | the same of shares of pairs of one class |
//! | `difference.BASELINE.classes.accuracy` | the same of classes named |
//! | `p.sign_flip.difference.…` | two-sided p of that difference by random signs |
//! | `p.holm.FIGURE` | p of a figure that the findings state, after Holm's correction over all of them |
//!
//! `BASELINE` is `ridge_to_pixels`, `no_alignment`, `best_subject` or `best_cue`; `nearest_training`, `prior` or
//! `random_training`.
//! `OBSERVER` is `pixel`, `ssim` or a network's layer such as `gabor.energy`; `DIRECTION` is
//! `original_to_reconstructions` or `reconstruction_to_originals`.
//! The figures of the decoder, or of reconstructions made elsewhere, have no prefix; those of every other condition start with its name: `ceiling.classes.accuracy`,
//! `ridge_to_pixels.similarity.pixel`, `subject_S1.identification.pixel.original_to_reconstructions`.
//! A figure that was not computed is absent; bottlenecks, first members and regions have rows among the scores and no figure here.

use std::collections::BTreeMap;

use crate::record::{Condition, DifferenceRow, Direction, ScoreRow, Statistic, TestRow};

/// The headline figures of score rows.
pub fn headline(scores: &[ScoreRow]) -> BTreeMap<String, f64> {
    // How many points a curve has is known at the end only, and names must be known before.
    let is_named = |row: &&ScoreRow| {
        matches!(row.condition, Condition::Member(_)) || !row.condition.is_of_a_series()
    };
    scores.iter().filter(is_named).flat_map(figures).collect()
}

/// The figures of paired differences that findings speak of, and the p-values of the headline family.
pub(super) fn of_tests(differences: &[DifferenceRow], tests: &[TestRow]) -> BTreeMap<String, f64> {
    let mut figures = BTreeMap::new();
    for row in differences.iter().filter(|row| row.is_headline()) {
        let name = difference_name(row);
        figures.extend(row.p_sign_flip.map(|p| (format!("p.sign_flip.{name}"), p)));
        figures.insert(name, row.value);
    }
    figures.extend(
        tests
            .iter()
            .map(|test| (format!("p.holm.{}", test.figure), test.p_holm)),
    );
    figures
}

/// The stable name of a statistic.
pub fn name(statistic: Statistic, observer: &str, direction: Direction) -> String {
    match statistic {
        Statistic::PairwiseIdentification => {
            format!("identification.{observer}.{}", way(direction))
        }
        Statistic::SameClassIdentification => format!("same_class.{observer}.{}", way(direction)),
        Statistic::FiveWay => format!("five_way.{observer}.{}", way(direction)),
        Statistic::TenWay => format!("ten_way.{observer}.{}", way(direction)),
        Statistic::TopOne => format!("top_one.{observer}.{}", way(direction)),
        Statistic::ObserverOverall => format!("observer.{observer}.overall"),
        Statistic::ObserverMajority => format!("observer.{observer}.majority"),
        Statistic::Similarity => format!("similarity.{observer}"),
        Statistic::Distance => format!("distance.{observer}"),
        Statistic::ClassAccuracy => "classes.accuracy".into(),
    }
}

/// The stable name of a paired difference.
pub fn difference_name(row: &DifferenceRow) -> String {
    let baseline = match row.baseline {
        Condition::Subject(_) => "best_subject".into(),
        Condition::Cue(_) => "best_cue".into(),
        ref other => other.name(),
    };
    let figure = name(row.statistic, &row.observer, row.direction);
    format!("difference.{baseline}.{figure}")
}

fn figures(row: &ScoreRow) -> Vec<(String, f64)> {
    let observer = &row.observer;
    if row.statistic == Statistic::ClassAccuracy && row.condition == Condition::Originals {
        return vec![("classes.originals".into(), row.value)];
    }
    let mut figures = vec![(name(row.statistic, observer, row.direction), row.value)];
    if row.statistic == Statistic::SameClassIdentification
        && row.direction == Direction::OriginalToReconstructions
    {
        figures.push((format!("same_class.{observer}"), row.value));
    }
    figures.extend(p_values(row));
    let prefix = match &row.condition {
        result if result.is_result() => String::new(),
        other => format!("{}.", other.name()),
    };
    figures
        .into_iter()
        .map(|(name, value)| (format!("{prefix}{name}"), value))
        .collect()
}

fn p_values(row: &ScoreRow) -> Vec<(String, f64)> {
    let observer = &row.observer;
    let original_first = row.direction == Direction::OriginalToReconstructions;
    let permutation = match row.statistic {
        Statistic::PairwiseIdentification if original_first => {
            Some(format!("p.permutation.{observer}"))
        }
        Statistic::SameClassIdentification if original_first => {
            Some(format!("p.permutation.same_class.{observer}"))
        }
        Statistic::ObserverOverall => Some(format!("p.permutation.observer.{observer}")),
        Statistic::ClassAccuracy => Some("p.permutation.classes".into()),
        _ => None,
    };
    let binomial = (row.statistic == Statistic::ObserverOverall)
        .then(|| format!("p.binomial.observer.{observer}"));
    permutation
        .zip(row.p_permutation)
        .into_iter()
        .chain(binomial.zip(row.p_binomial))
        .collect()
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::OriginalToReconstructions => "original_to_reconstructions",
        Direction::ReconstructionToOriginals => "reconstruction_to_originals",
        Direction::None => "none",
    }
}
