//! Class accuracy and confusion tables of one condition, and what must be said of the classifier.

use super::classes::{chance, confusion, right_classes};
use super::draws::Draws;
use super::finding::{Finding, PerImage, Who};
use super::{Named, Scored, TestSet};
use crate::record::{Condition, Direction, ScoreRow, Statistic};

/// Name of a classifier that the caller did not name.
const UNNAMED: &str = "classifier";
/// From this p on, the classifier's accuracy on originals is not above chance.
const ALPHA: f64 = 0.05;

/// The class accuracy of named classes and their confusions; nothing without labels, or where [`unscored`] says why.
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
        chance: chance(classes, named),
        per_image: PerImage::Decisions(right_classes(classes, named), 1),
        permutation: p.map(|p| (p, draws.permutations.len())),
    };
    let who = Who {
        condition,
        observer: classifier,
        in_loss: false,
    };
    let mut scored = finding.scored(who, draws);
    scored.confusions = vec![confusion(condition, classifier, names, classes, named)];
    scored
}

/// Why class accuracy says nothing about these test images, if it does not: they are of one class.
pub(super) fn unscored(test: &TestSet) -> Option<String> {
    let (classes, names) = test.classes.as_ref()?;
    test.classifier.as_ref()?;
    let first = classes.first()?;
    classes.iter().all(|class| class == first).then(|| {
        let name = names.get(*first as usize).map_or("", String::as_str);
        format!(
            "no class accuracy: all {} test images are of the class '{name}', so that naming it for every image is right; test \
             images of two classes or more are needed",
            classes.len()
        )
    })
}

/// What a reader must know of a classifier that fails on the originals: it names their classes no better than chance, or
/// less than halfway from chance to all.
pub(super) fn warning(scores: &[ScoreRow]) -> Option<String> {
    let row = scores.iter().find(|row| {
        row.condition == Condition::Originals && row.statistic == Statistic::ClassAccuracy
    })?;
    let chance = row.chance?;
    let failure = if row.p_permutation.is_some_and(|p| p >= ALPHA) {
        "not above chance"
    } else if row.value < f64::midpoint(chance, 1.0) {
        "less than halfway from chance to all"
    } else {
        return None;
    };
    Some(format!(
        "the classifier {} names the class of {:.1} % of the {} originals, {failure} (chance {:.1} %): what it says of \
         reconstructions cannot be trusted; train it longer or give another observer",
        row.observer,
        100.0 * row.value,
        row.n_images,
        100.0 * chance
    ))
}
