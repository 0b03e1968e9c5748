//! Class accuracy and confusion tables of one condition.

use super::classes::{confusion, right_classes};
use super::draws::Draws;
use super::finding::{Finding, Who};
use super::{Named, Scored, TestSet};
use crate::record::{Condition, Direction, Statistic};

/// Name of a classifier that the caller did not name.
const UNNAMED: &str = "classifier";

/// The class accuracy of named classes and their confusions; nothing without labels.
///
/// Named classes are permuted over images for the p of thorough candidates.
pub(super) fn classify(
    test: &TestSet,
    condition: &Condition,
    named: &[Named],
    thorough: bool,
    draws: &Draws,
) -> Scored {
    let Some((classes, names)) = &test.classes else {
        return Scored::default();
    };
    let classifier = test.classifier.as_ref().map_or(UNNAMED, |(name, _)| name);
    let p = if thorough {
        draws.permutations.p_of_classes(classes, named)
    } else {
        None
    };
    let finding = Finding {
        statistic: Statistic::ClassAccuracy,
        direction: Direction::None,
        pool: format!("{} classes", names.len()),
        tie_rule: "the classifier names one class",
        chance: Some((names.len() as f64).recip()),
        per_image: right_classes(classes, named),
        decisions_an_image: Some(1),
        permutation: p.map(|p| (p, draws.permutations.len())),
    };
    let who = Who {
        condition,
        observer: classifier,
        in_loss: false,
    };
    Scored {
        scores: vec![finding.into_row(who, draws)],
        confusions: vec![confusion(condition, classifier, names, classes, named)],
        ..Scored::default()
    }
}
