//! Class accuracy and confusion tables of one condition, and what must be said of the classifier.

use std::borrow::Cow;

use lab_core::recording::Labels;

use super::classes::{chance, confusion, right_classes};
use super::draws::Draws;
use super::finding::{Finding, PerImage, Who};
use super::pools::left_out;
use super::{Named, Scored, TestSet};
use crate::record::{Condition, Direction, ScoreRow, Statistic};

/// Name of a classifier that the caller did not name.
const UNNAMED: &str = "classifier";
/// From this p on, the classifier's accuracy on originals is not shown to be above chance.
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
    if classes.iter().all(|&class| class == Labels::NONE) {
        return Scored::default();
    }
    let classifier = test.classifier.as_ref().map_or(UNNAMED, |(name, _)| name);
    let mut pool = format!("{} classes", names.len());
    let (mut classes, mut named) = (Cow::from(classes), Cow::from(named));
    let mut permutations = &draws.permutations;
    // An image without a class is neither right nor wrong.
    if let Some((images, of_these)) = &draws.labelled {
        pool += &left_out(draws.n_without_class, "without a class");
        classes = images.iter().map(|&image| classes[image]).collect();
        named = images.iter().map(|&image| named[image]).collect();
        permutations = of_these;
    }
    let who = Who {
        condition,
        observer: classifier,
        in_loss: false,
    };
    let p = if thorough {
        let lot = who.lot(Statistic::ClassAccuracy, Direction::None);
        permutations.p_of_classes(&classes, &named, &lot)
    } else {
        None
    };
    // One name for all images is right as often as that class is there.
    let bound = named.len() > 1 && named.windows(2).all(|pair| pair[0] == pair[1]);
    let finding = Finding {
        statistic: Statistic::ClassAccuracy,
        direction: Direction::None,
        pool,
        tie_rule: "the classifier names one class",
        chance: chance(&classes, &named),
        per_image: PerImage::Decisions(right_classes(&classes, &named), 1),
        permutation: p.map(|p| (p, permutations.len())),
        bound,
    };
    let mut scored = finding.scored(who, draws);
    scored.confusions = vec![confusion(condition, classifier, names, &classes, &named)];
    scored
}

/// Why class accuracy says nothing about these test images, if it does not: they are of one class.
pub(super) fn unscored(test: &TestSet) -> Option<String> {
    let (classes, names) = test.classes.as_ref()?;
    test.classifier.as_ref()?;
    let mut known = classes.iter().filter(|&&class| class != Labels::NONE);
    let first = known.next()?;
    let n_images = 1 + known.clone().count();
    known.all(|class| class == first).then(|| {
        let name = names.get(*first as usize).map_or("", String::as_str);
        format!(
            "no class accuracy: all {n_images} test images are of the class '{name}', so that naming it for every image is right; test \
             images of two classes or more are needed"
        )
    })
}

/// What a reader must know of a classifier that fails on the originals: it is not shown to name their classes better than chance,
/// or its whole interval over images lies less than halfway from chance to all.
pub(super) fn warning(scores: &[ScoreRow]) -> Option<String> {
    let row = scores.iter().find(|row| {
        row.condition == Condition::Originals && row.statistic == Statistic::ClassAccuracy
    })?;
    let chance = row.chance?;
    let failure = if row.p_permutation.is_some_and(|p| p >= ALPHA) {
        "not shown to be above chance"
    } else if row.image_interval?.1 < f64::midpoint(chance, 1.0) {
        "less than halfway from chance to all by the whole interval over images"
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use lab_core::config::Scores;
    use lab_core::recording::Labels;

    use crate::record::{Condition, ScoreRow, Statistic};
    use crate::{Candidates, Rows, Scored, TestSet, score};

    /// Scores of candidates that are equal to the originals, which are all different; the classifier names a and b by turns.
    fn scored(classes: &[u32]) -> Scored {
        let n = classes.len();
        let value = |at: usize| ((at * at * 37 + at * 11) % 101) as f32 / 101.0 - 0.5;
        let originals = Rows {
            n_columns: 64,
            values: (0..n * 64).map(value).collect(),
        };
        let named: Vec<Option<u32>> = (0..n).map(|image| Some((image % 2) as u32)).collect();
        let test = TestSet {
            height: 8,
            width: 8,
            originals: originals.clone(),
            classes: Some((classes.to_vec(), vec!["a".into(), "b".into()])),
            observers: Vec::new(),
            classifier: Some(("judge".into(), named.clone())),
        };
        let candidate = Candidates {
            condition: Condition::Decoder,
            images: originals,
            features: BTreeMap::new(),
            named_classes: Some(named),
            thorough: true,
        };
        score(&test, &[candidate], &Scores::default(), 1).unwrap()
    }

    fn row(found: &Scored, statistic: Statistic) -> Option<&ScoreRow> {
        let mut rows = found.scores.iter();
        rows.find(|row| row.statistic == statistic && row.condition == Condition::Decoder)
    }

    #[test]
    fn images_without_a_class_are_neither_right_nor_wrong() {
        let none = Labels::NONE;
        // Named by turns a, b: of the six that have a class, all but the last are right.
        let found = scored(&[0, 1, none, 1, 0, none, 0, 0]);
        let accuracy = row(&found, Statistic::ClassAccuracy).unwrap();
        assert_eq!(accuracy.n_images, 6);
        assert!((accuracy.value - 5.0 / 6.0).abs() < 1e-12, "{accuracy:?}");
        let left_out = "2 images without a class left out";
        assert!(accuracy.pool.contains(left_out), "{}", accuracy.pool);
        let pairwise = row(&found, Statistic::PairwiseIdentification).unwrap();
        assert_eq!(pairwise.n_images, 8);
        // Each of the classes has at least two images, so that all six have foils of their own class.
        let same_class = row(&found, Statistic::SameClassIdentification).unwrap();
        assert_eq!(same_class.n_images, 6);
        assert!(same_class.pool.contains(left_out), "{}", same_class.pool);
        let n_counted: usize = found.confusions[0].counts.iter().flatten().sum();
        assert_eq!(n_counted, 6);
        let classes = found.decisions[..8].iter().map(|row| row.class.as_str());
        assert_eq!(
            classes.collect::<Vec<_>>(),
            ["a", "b", "", "b", "a", "", "a", "a"]
        );
        // What goes by class is corrected in one family with all other tests.
        let by_class = |row: &&crate::record::TestRow| row.figure == "classes.accuracy";
        assert_eq!(found.headline_tests.iter().filter(by_class).count(), 1);
        assert!(found.headline_tests.len() > 1);
    }

    #[test]
    fn without_any_class_nothing_goes_by_class() {
        let found = scored(&[Labels::NONE; 6]);
        assert_eq!(row(&found, Statistic::ClassAccuracy), None);
        assert_eq!(row(&found, Statistic::SameClassIdentification), None);
        assert!(found.confusions.is_empty());
        assert!(row(&found, Statistic::PairwiseIdentification).is_some());
    }
}
