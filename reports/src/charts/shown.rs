//! Which test images are shown.
//!
//! Steps through the test set may fall in with the order of its classes, so that a class is never seen: images are chosen
//! class by class.

use std::collections::BTreeMap;

use lab_score::record::Record;

/// How an image came to be shown, for captions.
pub(super) const HOW: &str = "the classes in turn, each at even steps";

/// `n_shown` of `n_all` test images, ascending: as many of each class as of any other or one more, and the images of a class
/// at even steps. Fewer images than classes are of classes at even steps.
pub(super) fn some(record: &Record, n_all: usize, n_shown: usize) -> Vec<usize> {
    let known = &record.data.test_images;
    let mut classes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for image in 0..n_all {
        let class = known.get(image).map_or("", |facts| &facts.class);
        classes.entry(class).or_default().push(image);
    }
    let mut chosen = Vec::new();
    let n_shown = n_shown.min(n_all);
    let mut counts = vec![0; classes.len()];
    if n_shown < classes.len() {
        spread_over(classes.len(), n_shown)
            .into_iter()
            .for_each(|class| counts[class] = 1);
    } else {
        // One image a class at a time, while the class has one left.
        let sizes: Vec<usize> = classes.values().map(Vec::len).collect();
        let mut left = n_shown;
        while left > 0 {
            for (count, size) in counts.iter_mut().zip(&sizes) {
                if left > 0 && *count < *size {
                    *count += 1;
                    left -= 1;
                }
            }
        }
    }
    for (images, count) in classes.values().zip(counts) {
        chosen.extend(
            spread_over(images.len(), count)
                .into_iter()
                .map(|at| images[at]),
        );
    }
    chosen.sort_unstable();
    chosen
}

/// `n_shown` indices at even steps.
fn spread_over(n_all: usize, n_shown: usize) -> Vec<usize> {
    let n_shown = n_shown.min(n_all);
    (0..n_shown).map(|place| place * n_all / n_shown).collect()
}

#[cfg(test)]
mod tests {
    use super::{some, spread_over};
    use crate::example::example;
    use lab_score::record::{ImageFacts, Record};

    fn of_classes(classes: &[&str]) -> Record {
        let (mut record, _) = example();
        let facts = |(id, class): (usize, &&str)| ImageFacts {
            name: String::new(),
            class: (*class).to_owned(),
            id,
        };
        record.data.test_images = classes.iter().enumerate().map(facts).collect();
        record
    }

    #[test]
    fn every_class_has_its_turn_whatever_their_order() {
        let in_turn: Vec<&str> = ["B", "R", "A", "I", "N", "S"].repeat(12);
        let record = of_classes(&in_turn);
        let shown = some(&record, 72, 8);
        let classes: Vec<&str> = shown.iter().map(|&image| in_turn[image]).collect();
        for class in ["B", "R", "A", "I", "N", "S"] {
            let n = classes.iter().filter(|found| **found == class).count();
            assert!(n == 1 || n == 2, "{class} in {classes:?}");
        }
        // Even steps of nine would show three classes alone.
        assert!(spread_over(72, 8).iter().all(|&image| image % 3 == 0));
        let sorted: Vec<&str> = ["A"; 10].into_iter().chain(["B"; 2]).collect();
        assert_eq!(some(&of_classes(&sorted), 12, 6), [0, 2, 5, 7, 10, 11]);
        assert_eq!(some(&of_classes(&["A", "B", "C", "D"]), 4, 2), [0, 2]);
    }

    #[test]
    fn images_without_a_class_are_shown_at_even_steps() {
        assert_eq!(some(&of_classes(&[""; 9]), 9, 3), [0, 3, 6]);
        assert_eq!(some(&of_classes(&[]), 5, 9), [0, 1, 2, 3, 4]);
    }
}
