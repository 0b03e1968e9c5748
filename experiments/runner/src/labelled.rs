//! Scores where some test images have no class: what goes by class is scored over the others alone.
//!
//! An image without a class is neither right nor wrong, and stands in no pool of a class. It takes part in every other score.

use std::collections::BTreeMap;

use lab_core::config::Scores;
use lab_core::recording::Labels;
use lab_score::record::{DecisionRow, ScoreRow, Statistic};
use lab_score::{Candidates, Observer, Rows, Scored, TestSet};

/// Scores of all images, with those by class over images that have one.
///
/// # Errors
/// As [`lab_score::score`].
pub(crate) fn score(
    test: &TestSet,
    candidates: &[Candidates],
    params: &Scores,
    seed: u64,
) -> lab_score::Result<Scored> {
    let classes = test.classes.as_ref().map(|(classes, _)| classes.as_slice());
    let classes = classes.unwrap_or_default();
    let places: Vec<usize> = (0..classes.len())
        .filter(|&place| classes[place] != Labels::NONE)
        .collect();
    if places.len() == classes.len() {
        return lab_score::score(test, candidates, params, seed);
    }
    let mut scored = lab_score::score(
        &unlabelled(test),
        &candidates.iter().map(unnamed).collect::<Vec<_>>(),
        params,
        seed,
    )?;
    for row in &mut scored.decisions {
        row.class = class_of(test, row);
    }
    // One image alone has no other to be compared with.
    if places.len() < 2 {
        return Ok(scored);
    }
    let some: Vec<Candidates> = candidates.iter().map(|one| among(one, &places)).collect();
    let by_class = lab_score::score(&test_among(test, &places), &some, params, seed)?;
    let left_out = format!(
        "; {} images without a class left out",
        classes.len() - places.len()
    );
    let rows = by_class.scores.into_iter().filter(goes_by_class);
    scored.scores.extend(rows.map(|row| ScoreRow {
        pool: row.pool.clone() + &left_out,
        ..row
    }));
    scored.confusions = by_class.confusions;
    scored.warnings.extend(by_class.warnings);
    for (name, value) in by_class.headline {
        scored.headline.entry(name).or_insert(value);
    }
    Ok(scored)
}

fn goes_by_class(row: &ScoreRow) -> bool {
    matches!(
        row.statistic,
        Statistic::ClassAccuracy | Statistic::SameClassIdentification
    )
}

fn class_of(test: &TestSet, row: &DecisionRow) -> String {
    test.class_name(row.test_image).to_owned()
}

fn unlabelled(test: &TestSet) -> TestSet {
    TestSet {
        classes: None,
        classifier: None,
        ..test.clone()
    }
}

fn unnamed(candidate: &Candidates) -> Candidates {
    Candidates {
        named_classes: None,
        ..candidate.clone()
    }
}

/// The test set of some of its images.
fn test_among(test: &TestSet, places: &[usize]) -> TestSet {
    let observer = |observer: &Observer| Observer {
        originals: rows_among(&observer.originals, places),
        ..observer.clone()
    };
    let classes = test.classes.as_ref();
    let classifier = test.classifier.as_ref();
    TestSet {
        originals: rows_among(&test.originals, places),
        classes: classes.map(|(of, names)| (some_of(of, places), names.clone())),
        observers: test.observers.iter().map(observer).collect(),
        classifier: classifier.map(|(name, named)| (name.clone(), some_of(named, places))),
        ..test.clone()
    }
}

/// The candidates of some of the images.
fn among(candidate: &Candidates, places: &[usize]) -> Candidates {
    let features = candidate.features.iter();
    let features: BTreeMap<String, Rows> = features
        .map(|(name, rows)| (name.clone(), rows_among(rows, places)))
        .collect();
    let named = candidate.named_classes.as_ref();
    Candidates {
        images: rows_among(&candidate.images, places),
        features,
        named_classes: named.map(|named| some_of(named, places)),
        ..candidate.clone()
    }
}

fn rows_among(rows: &Rows, places: &[usize]) -> Rows {
    let n = rows.n_columns;
    let row = |&place: &usize| rows.values[place * n..(place + 1) * n].iter().copied();
    Rows {
        n_columns: n,
        values: places.iter().flat_map(row).collect(),
    }
}

fn some_of<T: Copy>(all: &[T], places: &[usize]) -> Vec<T> {
    places.iter().map(|&place| all[place]).collect()
}

#[cfg(test)]
mod tests {
    use lab_score::record::Condition;

    use super::*;

    /// Images of one pixel row each, distinct; candidates equal to the originals.
    fn sets(classes: &[u32]) -> (TestSet, Candidates) {
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
        (test, candidate)
    }

    #[test]
    fn images_without_a_class_are_neither_right_nor_wrong() {
        let none = Labels::NONE;
        // Named by turns a, b: of the six that have a class, all but the last are right.
        let (test, candidate) = sets(&[0, 1, none, 1, 0, none, 0, 0]);
        let found = score(&test, &[candidate], &Scores::default(), 1).unwrap();
        let row = |statistic| {
            let mut rows = found.scores.iter();
            let is_it =
                |row: &&ScoreRow| row.statistic == statistic && row.condition == Condition::Decoder;
            rows.find(is_it).unwrap()
        };
        let accuracy = row(Statistic::ClassAccuracy);
        assert_eq!(accuracy.n_images, 6);
        assert!(
            (accuracy.value - 5.0 / 6.0).abs() < 1e-12,
            "{}",
            accuracy.value
        );
        assert!(
            accuracy.pool.contains("2 images without a class left out"),
            "{}",
            accuracy.pool
        );
        assert_eq!(row(Statistic::PairwiseIdentification).n_images, 8);
        let n_counted: usize = found.confusions[0].counts.iter().flatten().sum();
        assert_eq!(n_counted, 6);
        let classes: Vec<&str> = found.decisions[..8]
            .iter()
            .map(|row| row.class.as_str())
            .collect();
        assert_eq!(classes, ["a", "b", "", "b", "a", "", "a", "a"]);
    }

    #[test]
    fn where_all_images_have_a_class_nothing_changes() {
        let (test, candidate) = sets(&[0, 1, 0, 1, 0, 1]);
        let ours = score(
            &test,
            std::slice::from_ref(&candidate),
            &Scores::default(),
            1,
        )
        .unwrap();
        let theirs = lab_score::score(&test, &[candidate], &Scores::default(), 1).unwrap();
        assert_eq!(ours, theirs);
    }
}
