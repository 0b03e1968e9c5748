//! Which test images a figure shows that has no room for all.

use lab_score::record::Record;

/// Test images for a figure that shows some, and how they were chosen, whatever their results: class by class in turn where
/// classes are known, so that an order of classes that repeats leaves none out, and at even steps within each.
pub(super) fn chosen(record: &Record, n_all: usize, n_shown: usize) -> (Vec<usize>, String) {
    let facts = &record.data.test_images;
    let mut classes: Vec<(&str, Vec<usize>)> = Vec::new();
    for (image, of) in facts.iter().enumerate().take(n_all) {
        match classes.iter_mut().find(|(class, _)| *class == of.class) {
            Some((_, images)) => images.push(image),
            None => classes.push((&of.class, vec![image])),
        }
    }
    if facts.len() != n_all || classes.len() < 2 {
        return (
            spread_over(n_all, n_shown),
            "at even steps through the test set".to_owned(),
        );
    }
    let images: Vec<Vec<usize>> = classes.into_iter().map(|(_, images)| images).collect();
    let how = if images.len() > n_shown {
        format!("of {n_shown} of {} classes", images.len())
    } else {
        "class by class in turn and at even steps within each".to_owned()
    };
    (in_turn(&images, n_shown), how)
}

/// Takes from one class after the other, as many from each as turns come to it, spread over its images.
fn in_turn(classes: &[Vec<usize>], n_shown: usize) -> Vec<usize> {
    let mut turns = vec![0_usize; classes.len()];
    let mut order = Vec::new();
    // More classes than places: those at even steps have a turn.
    let n_all: usize = classes.iter().map(Vec::len).sum();
    let n_shown = n_shown.min(n_all);
    let mut asked = spread_over(classes.len(), n_shown).into_iter().cycle();
    while order.len() < n_shown {
        let Some(class) = asked.next() else { break };
        if turns[class] < classes[class].len() {
            turns[class] += 1;
            order.push((class, turns[class] - 1));
        }
    }
    let image = |(class, turn): (usize, usize)| {
        let places = spread_over(classes[class].len(), turns[class]);
        classes[class][places[turn]]
    };
    order.into_iter().map(image).collect()
}

/// `n_shown` indices at even steps.
fn spread_over(n_all: usize, n_shown: usize) -> Vec<usize> {
    let n_shown = n_shown.min(n_all);
    (0..n_shown).map(|place| place * n_all / n_shown).collect()
}

#[cfg(test)]
mod tests {
    use super::{chosen, in_turn};
    use crate::example::example;

    /// The classes of images whose order repeats, or stands in blocks.
    fn classes(n_images: usize, class_of: impl Fn(usize) -> usize) -> Vec<Vec<usize>> {
        let n_classes = (0..n_images).map(&class_of).max().unwrap_or(0) + 1;
        let of = |class: usize| -> Vec<usize> {
            (0..n_images)
                .filter(|&image| class_of(image) == class)
                .collect()
        };
        (0..n_classes).map(of).collect()
    }

    #[test]
    fn every_class_has_its_turn_whatever_the_order() {
        type Order = fn(usize) -> usize;
        let orders: [Order; 4] = [|i| i % 6, |i| i / 12, |i| (i / 2) % 6, |i| (i * 7) % 6];
        for order in orders {
            for n_shown in [6, 8, 10, 12] {
                let images = in_turn(&classes(72, order), n_shown);
                assert_eq!(images.len(), n_shown);
                let mut counts = [0; 6];
                images.iter().for_each(|&image| counts[order(image)] += 1);
                let (least, most) = (n_shown / 6, n_shown.div_ceil(6));
                assert!(
                    counts.iter().all(|n| (least..=most).contains(n)),
                    "{counts:?}"
                );
                let mut once = images.clone();
                once.sort_unstable();
                once.dedup();
                assert_eq!(once.len(), n_shown, "{images:?}");
                assert_eq!(images, in_turn(&classes(72, order), n_shown));
            }
        }
        // A class of one image has one turn, and more classes than places are at even steps.
        assert_eq!(in_turn(&[vec![3], vec![0, 1, 2]], 4), [3, 0, 1, 2]);
        assert_eq!(in_turn(&[vec![3], vec![0, 1, 2]], 9), [3, 0, 1, 2]);
        assert_eq!(in_turn(&classes(8, |i| i), 4), [0, 2, 4, 6]);
        assert!(in_turn(&[], 4).is_empty());
    }

    #[test]
    fn without_classes_images_stand_at_even_steps() {
        let (mut record, _) = example();
        let (images, how) = chosen(&record, 36, 10);
        let first: Vec<usize> = images.iter().map(|image| image % 6).collect();
        assert_eq!(first, [0, 1, 2, 3, 4, 5, 0, 1, 2, 3]);
        assert!(how.starts_with("class by class"), "{how}");
        assert_eq!(chosen(&record, 36, 4).1, "of 4 of 6 classes");
        for image in &mut record.data.test_images {
            image.class.clear();
        }
        let (images, how) = chosen(&record, 36, 4);
        assert_eq!(images, [0, 9, 18, 27]);
        assert!(how.starts_with("at even steps"), "{how}");
        record.data.test_images.clear();
        assert_eq!(chosen(&record, 36, 4).0, [0, 9, 18, 27]);
    }
}
