//! What the order in which test images were shown leaves open.

use std::collections::BTreeMap;

use lab_core::recording::{Recording, Split, Trial};

/// What must be said where all repeats of each test image lie in one run: what drifts slowly is then alike for an image's
/// repeats, and other for other images. None where images are repeated across runs, or not at all.
pub(crate) fn note(recording: &Recording) -> Option<String> {
    let is_test = |trial: &&Trial| {
        let splits = &recording.stimuli.split;
        splits.get(trial.image_idx) == Some(&Split::Test)
    };
    let orders: Option<Vec<Vec<usize>>> = recording
        .subjects
        .iter()
        .map(|subject| within_one_run(subject.trials.iter().filter(is_test)))
        .collect();
    said(&orders?)
}

/// The images in the order in which they first came, if some came again and none of these in another run.
fn within_one_run<'a>(trials: impl Iterator<Item = &'a Trial>) -> Option<Vec<usize>> {
    let mut runs: BTreeMap<usize, u32> = BTreeMap::new();
    let (mut order, mut n_trials) = (Vec::new(), 0_usize);
    for trial in trials {
        n_trials += 1;
        let run = *runs.entry(trial.image_idx).or_insert_with(|| {
            order.push(trial.image_idx);
            trial.run
        });
        if run != trial.run {
            return None;
        }
    }
    (n_trials > order.len() && order.len() > 1).then_some(order)
}

/// The sentence for the orders of all subjects.
fn said(orders: &[Vec<usize>]) -> Option<String> {
    let first = orders.first()?;
    let same = orders.len() > 1 && orders.iter().all(|order| order == first);
    let order = if same {
        ", and test images came in the same order for every subject"
    } else {
        ""
    };
    Some(format!(
        "Limits: all repeats of a test image lie within one run{order}. What drifts slowly in the responses is then alike for the \
         repeats of one image and for images that came one after the other, and may help to tell images apart; that was not checked."
    ))
}

#[cfg(test)]
mod tests {
    use lab_core::recording::Trial;

    use super::{said, within_one_run};

    /// Trials of these images and runs.
    fn order(trials: &[(usize, u32)]) -> Option<Vec<usize>> {
        let trial = |&(image_idx, run): &(usize, u32)| Trial {
            image_idx,
            run,
            repeat: 0,
        };
        let trials: Vec<Trial> = trials.iter().map(trial).collect();
        within_one_run(trials.iter())
    }

    #[test]
    fn repeats_within_one_run_are_told_from_those_across_runs() {
        let found = order(&[(5, 0), (3, 0), (5, 0), (3, 0), (9, 1), (9, 1)]);
        assert_eq!(found, Some(vec![5, 3, 9]));
        assert_eq!(order(&[(5, 0), (3, 0), (5, 1), (3, 1)]), None);
        assert_eq!(order(&[(5, 0), (3, 0)]), None, "nothing is repeated");
        assert_eq!(order(&[(5, 0), (5, 0)]), None, "one image");
        assert_eq!(order(&[]), None);
    }

    #[test]
    fn the_same_order_for_all_is_said_too() {
        let same = said(&[vec![1, 2], vec![1, 2]]).unwrap();
        assert!(same.contains("within one run, and test images came in the same order"));
        for orders in [vec![vec![1, 2], vec![2, 1]], vec![vec![1, 2]]] {
            let other = said(&orders).unwrap();
            assert!(!other.contains("same order"), "{other}");
            assert!(other.ends_with("that was not checked."), "{other}");
        }
        assert_eq!(said(&[]), None);
    }
}
