//! Which headline figures a run will have, known before it runs: what criteria may speak of.
//!
//! The scores of random images are computed as those of a run will be, of as few images and numbers as will do; their
//! names are the names.

use std::collections::{BTreeMap, BTreeSet};

use lab_core::config::{Criterion, Evaluation, Scores, nearest};
use lab_core::recording::{Labels, Recording};
use lab_core::rng;
use lab_score::{Candidates, Observer, Rows, TestSet};

use crate::plan::Plan;
use crate::stages::conditions;
use crate::{Error, Result};

/// Height and width of the images that stand in: SSIM's window has 11 pixels.
const SIDE: usize = 12;
/// Draws behind intervals and tests, which decide no name.
const N_DRAWS: usize = 3;
/// Most test images that stand in: more have no other figures.
const MOST_IMAGES: usize = 200;
/// Figures of the data, which are known once it is loaded.
const OF_DATA: &str = "noise_ceiling.";

/// Whether an observer outside the loss names the classes of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Classifier {
    /// An observer outside the loss names the classes of the data.
    Known,
    /// No observer outside the loss names them.
    Absent,
    /// Whether one names them is known once the networks are ready.
    Unknown,
}

/// The names of all headline figures.
///
/// # Errors
/// Fails if there are too few test images to score.
pub(crate) fn names(
    plan: &Plan,
    recording: &Recording,
    test_idx: &[usize],
    classifier: Classifier,
) -> Result<BTreeSet<String>> {
    let experiment = &plan.experiment;
    let test_idx = &few(test_idx, recording.stimuli.classes(test_idx).as_deref());
    let rows = |what: &str| random_rows(what, test_idx.len());
    let observers = observers(plan);
    let labels = recording.stimuli.labels.as_ref();
    let classes = recording
        .stimuli
        .classes(test_idx)
        .zip(labels.map(|labels| labels.names.clone()));
    let named = classes
        .as_ref()
        .filter(|_| experiment.evaluate.contains(&Evaluation::Classes))
        .filter(|_| classifier != Classifier::Absent)
        .map(|(classes, _)| classes.iter().copied().map(Some).collect::<Vec<_>>());
    let test = TestSet {
        height: SIDE,
        width: SIDE,
        originals: rows("originals"),
        observers: observers
            .iter()
            .map(|(name, in_loss)| Observer {
                name: name.clone(),
                in_loss: *in_loss,
                originals: rows(name),
            })
            .collect(),
        classifier: named.clone().map(|named| ("classifier".into(), named)),
        classes,
    };
    let ids = recording.subjects.iter().map(|subject| subject.id.as_str());
    let candidates: Vec<Candidates> = conditions::planned(experiment, ids)
        .into_iter()
        .map(|(condition, thorough)| Candidates {
            images: rows(&condition.name()),
            features: observers
                .iter()
                .map(|(name, _)| (name.clone(), rows(&format!("{} {name}", condition.name()))))
                .collect::<BTreeMap<_, _>>(),
            named_classes: named.clone(),
            condition,
            thorough,
        })
        .collect();
    let params = Scores {
        n_permutations: experiment.scores.n_permutations.min(N_DRAWS),
        n_bootstrap: experiment.scores.n_bootstrap.min(N_DRAWS),
        ..experiment.scores.clone()
    };
    let scored = lab_score::score(&test, &candidates, &params, experiment.seed)?;
    Ok(scored.headline.into_keys().collect())
}

/// At most [`MOST_IMAGES`] of the test images: pairs of one class before others, and of many classes before many of one.
fn few(test_idx: &[usize], classes: Option<&[u32]>) -> Vec<usize> {
    let class = |place: usize| classes.map_or(0, |classes| classes[place]);
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    // The pair of its class that each image belongs to.
    let mut pairs = Vec::with_capacity(test_idx.len());
    for place in 0..test_idx.len() {
        let size = sizes.entry(class(place)).or_default();
        pairs.push(*size / 2);
        *size += 1;
    }
    let is_alone = |place: usize| class(place) == Labels::NONE || sizes[&class(place)] == 1;
    let mut places: Vec<usize> = (0..test_idx.len()).collect();
    places.sort_by_key(|&place| (is_alone(place), pairs[place]));
    places.truncate(MOST_IMAGES);
    places.sort_unstable();
    places.into_iter().map(|place| test_idx[place]).collect()
}

/// Refuses a criterion that speaks of no figure of the run.
///
/// # Errors
/// [`lab_core::Error::Data`] with the nearest name.
pub(crate) fn check_criteria(criteria: &[Criterion], names: &BTreeSet<String>) -> Result<()> {
    for criterion in criteria {
        let (name, verb, bound) = match criterion {
            Criterion::AtLeast(name, bound) => (name, "at_least", bound),
            Criterion::AtMost(name, bound) => (name, "at_most", bound),
        };
        if names.contains(name) || name.starts_with(OF_DATA) {
            continue;
        }
        let meant = nearest(name, names.iter().map(String::as_str))
            .map_or(String::new(), |name| format!("did you mean '{name}'? "));
        return Err(Error::Core(lab_core::Error::Data {
            what: format!("criterion {verb}({name:?}, {bound})"),
            expected: "the name of a headline figure".into(),
            got: format!("'{name}'"),
            remedy: format!("{meant}lab check FILE --format json lists them under \"figures\""),
        }));
    }
    Ok(())
}

/// Every layer that an observer looks with, and whether the loss uses its network.
fn observers(plan: &Plan) -> Vec<(String, bool)> {
    let (parts, experiment) = (&plan.parts, &plan.experiment);
    let nets = parts.observers.iter().zip(&experiment.observers);
    let mut all: Vec<(String, bool)> = nets
        .flat_map(|(net, part)| {
            let layers = net.plugin.layers().into_iter();
            layers.map(|layer| (format!("{}.{layer}", part.name()), false))
        })
        .collect();
    if let (Some(net), Some(part)) = (&parts.features, &experiment.features) {
        let used: Vec<String> = parts.terms.iter().flat_map(|of| of.term.layers()).collect();
        let layers = net.plugin.layers().into_iter();
        let layers = layers.filter(|layer| used.contains(layer));
        all.extend(layers.map(|layer| (format!("{}.{layer}", part.name()), true)));
    }
    all
}

fn random_rows(what: &str, n_rows: usize) -> Rows {
    use rand::Rng as _;
    let mut stream = rng::stream(1, &format!("figures/{what}"));
    let n_columns = SIDE * SIDE;
    Rows {
        n_columns,
        values: (0..n_rows * n_columns)
            .map(|_| stream.random_range(-1.0..=1.0))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use lab_core::recording::Labels;

    use super::{MOST_IMAGES, few};

    #[test]
    fn few_images_stand_for_many_with_the_pairs_of_their_classes() {
        let test_idx: Vec<usize> = (1000..2000).collect();
        assert_eq!(
            few(&test_idx[..MOST_IMAGES], None),
            &test_idx[..MOST_IMAGES]
        );
        assert_eq!(few(&test_idx, None).len(), MOST_IMAGES);
        // One class of most images, many of a single one, images without a class, and a pair at the end.
        let mut classes: Vec<u32> = (0..1000)
            .map(|place| if place < 700 { 0 } else { place })
            .collect();
        classes[800..900].fill(Labels::NONE);
        classes[998..].fill(5000);
        let chosen = few(&test_idx, Some(&classes));
        assert_eq!(chosen.len(), MOST_IMAGES);
        assert!(chosen.is_sorted() && chosen.contains(&1998) && chosen.contains(&1999));
        // Where classes have one image each, whoever comes first.
        let mut alone: Vec<u32> = (0..1000).collect();
        alone[..2].fill(7);
        let chosen = few(&test_idx, Some(&alone));
        assert!(chosen.starts_with(&[1000, 1001]) && chosen.len() == MOST_IMAGES);
    }
}
