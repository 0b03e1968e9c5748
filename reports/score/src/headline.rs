//! Headline figures under stable names: what criteria and `summary.json` speak of.
//!
//! | name | figure |
//! |---|---|
//! | `observer.OBSERVER.overall` | share of right two-alternative decisions |
//! | `observer.OBSERVER.majority` | share of images with a right majority |
//! | `identification.OBSERVER.DIRECTION` | pairwise identification among all test images |
//! | `same_class.OBSERVER.DIRECTION` | the same among images of one class |
//! | `same_class.OBSERVER` | the same, `original_to_reconstructions` |
//! | `top_one.OBSERVER.DIRECTION` | share of images that win against all others |
//! | `similarity.pixel`, `similarity.ssim` | mean similarity of an image and its reconstruction |
//! | `classes.accuracy` | share of reconstructions whose class the independent classifier names |
//! | `classes.originals` | the same of the originals |
//! | `p.permutation.OBSERVER` | p of `identification.OBSERVER.original_to_reconstructions` by permutation |
//! | `p.permutation.same_class.OBSERVER` | p of `same_class.OBSERVER` by permutation within classes |
//! | `p.permutation.observer.OBSERVER` | p of `observer.OBSERVER.overall` by permutation |
//! | `p.binomial.observer.OBSERVER` | p of the same by the binomial test, decisions taken as independent |
//! | `p.permutation.classes` | p of `classes.accuracy` by permutation |
//!
//! `OBSERVER` is `pixel`, `ssim` or a network's layer such as `gabor.energy`; `DIRECTION` is
//! `original_to_reconstructions` or `reconstruction_to_originals`.
//! The decoder's figures have no prefix; those of every other condition start with its name: `ceiling.classes.accuracy`,
//! `ridge_to_pixels.similarity.pixel`, `subject_S1.identification.pixel.original_to_reconstructions`.
//! A figure that was not computed is absent.

use std::collections::BTreeMap;

use crate::record::{Condition, Direction, ScoreRow, Statistic};

/// The headline figures of score rows.
pub fn headline(scores: &[ScoreRow]) -> BTreeMap<String, f64> {
    scores.iter().flat_map(figures).collect()
}

fn figures(row: &ScoreRow) -> Vec<(String, f64)> {
    let observer = &row.observer;
    let mut figures = match row.statistic {
        Statistic::PairwiseIdentification => vec![(
            format!("identification.{observer}.{}", way(row.direction)),
            row.value,
        )],
        Statistic::SameClassIdentification => vec![(
            format!("same_class.{observer}.{}", way(row.direction)),
            row.value,
        )],
        Statistic::TopOne => vec![(
            format!("top_one.{observer}.{}", way(row.direction)),
            row.value,
        )],
        Statistic::ObserverOverall => vec![(format!("observer.{observer}.overall"), row.value)],
        Statistic::ObserverMajority => vec![(format!("observer.{observer}.majority"), row.value)],
        Statistic::Similarity => vec![(format!("similarity.{observer}"), row.value)],
        Statistic::ClassAccuracy if row.condition == Condition::Originals => {
            return vec![("classes.originals".into(), row.value)];
        }
        Statistic::ClassAccuracy => vec![("classes.accuracy".into(), row.value)],
    };
    if row.statistic == Statistic::SameClassIdentification
        && row.direction == Direction::OriginalToReconstructions
    {
        figures.push((format!("same_class.{observer}"), row.value));
    }
    figures.extend(p_values(row));
    let prefix = match &row.condition {
        Condition::Decoder => String::new(),
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
