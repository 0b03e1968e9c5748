//! Every balance of a plan, over many sizes and seeds.

use std::collections::{BTreeMap, BTreeSet};

use super::{Plan, Side, plan};
use crate::Error;
use crate::settings::{Settings, Size};
use crate::source::Source;
use crate::testing::source;

fn settings(trials: Option<u32>, size: Size) -> Settings {
    Settings {
        size,
        trials,
        ..Settings::default()
    }
}

fn spread(counts: impl IntoIterator<Item = usize>) -> usize {
    let counts: Vec<usize> = counts.into_iter().collect();
    counts.iter().max().unwrap() - counts.iter().min().unwrap()
}

/// Checks every balance but that of foils.
fn check(sources: &[Source], plan: &Plan) {
    let mut as_target: BTreeMap<(usize, usize), [usize; 2]> = BTreeMap::new();
    let mut as_foil: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (source_idx, source) in sources.iter().enumerate() {
        for image in 0..source.images.len() {
            as_target.insert((source_idx, image), [0, 0]);
            as_foil.insert((source_idx, image), 0);
        }
    }
    for list in &plan.lists {
        let mut seen = BTreeSet::new();
        let mut sides = [0_usize; 2];
        let mut of_source = vec![0_usize; sources.len()];
        for trial in list {
            let set = &sources[trial.source_idx].set;
            assert!(seen.insert((set, trial.target)), "an image twice in a list");
            assert!(seen.insert((set, trial.foil)), "an image twice in a list");
            let side = usize::from(trial.side == Side::Right);
            sides[side] += 1;
            of_source[trial.source_idx] += 1;
            as_target
                .get_mut(&(trial.source_idx, trial.target))
                .unwrap()[side] += 1;
            *as_foil.get_mut(&(trial.source_idx, trial.foil)).unwrap() += 1;
        }
        assert!(spread(sides) <= 1, "sides of a list: {sides:?}");
        assert_eq!(spread(of_source), 0, "sources of a list");
    }
    for source_idx in 0..sources.len() {
        let of_source = |(source, _): &(usize, usize)| *source == source_idx;
        let targets: Vec<usize> = as_target
            .iter()
            .filter(|(key, _)| of_source(key))
            .map(|(_, n)| n[0] + n[1])
            .collect();
        let foils: Vec<usize> = as_foil
            .iter()
            .filter(|(key, _)| of_source(key))
            .map(|(_, n)| *n)
            .collect();
        assert!(spread(targets.clone()) <= 1, "targets: {targets:?}");
        assert!(spread(foils.clone()) <= 1, "foils: {foils:?}");
        assert!(
            targets
                .iter()
                .zip(&foils)
                .all(|(target, foil)| target.abs_diff(*foil) <= 1)
        );
    }
    assert!(
        as_target.values().all(|sides| spread(*sides) <= 1),
        "sides of an image"
    );
}

#[test]
fn every_balance_holds_for_every_size_and_seed() {
    for n_images in [2, 3, 4, 5, 8, 13, 20, 51] {
        let sources = [source("a", "set", n_images)];
        for trials in [1, n_images / 4, n_images / 2 - 1, n_images / 2] {
            if trials == 0 || trials > n_images / 2 {
                continue;
            }
            for n_lists in [1, 2, 3, 7, 30] {
                for seed in 0..4 {
                    let settings = settings(Some(trials as u32), Size::Participants(n_lists));
                    let plan = plan(&sources, &settings, seed).unwrap();
                    assert_eq!(plan.lists.len(), n_lists as usize);
                    assert!(plan.lists.iter().all(|list| list.len() == trials));
                    check(&sources, &plan);
                }
            }
        }
    }
}

#[test]
fn several_sources_share_images_and_sets_stay_apart() {
    for seed in 0..6 {
        let sources = [
            source("a", "one", 20),
            source("b", "one", 20),
            source("c", "two", 17),
        ];
        for trials in [3, 6, 15] {
            let settings = settings(Some(trials), Size::Participants(23));
            check(&sources, &plan(&sources, &settings, seed).unwrap());
        }
        let same = [
            source("a", "one", 12),
            source("b", "one", 12),
            source("c", "one", 12),
        ];
        check(
            &same,
            &plan(&same, &settings(None, Size::Participants(31)), seed).unwrap(),
        );
    }
}

#[test]
fn every_image_meets_as_many_foils_as_it_has_decisions() {
    for n_images in [10, 21, 50] {
        for trials in [n_images / 5, n_images / 3, n_images / 2] {
            for decisions in [5, n_images / 2] {
                let sources = [source("a", "set", n_images)];
                let settings = settings(
                    Some(trials as u32),
                    Size::DecisionsPerImage(decisions as u32),
                );
                let plan = plan(&sources, &settings, 7).unwrap();
                let (n_foils, n_times) = plan.fewest_foils;
                assert_eq!(
                    n_foils, n_times,
                    "{n_images} images, {trials} trials, {decisions} decisions"
                );
                assert!(n_times >= decisions, "{n_times} of {decisions}");
                check(&sources, &plan);
            }
        }
    }
}

#[test]
fn the_seed_alone_decides() {
    let sources = [source("a", "set", 20)];
    let settings = settings(None, Size::Participants(9));
    let plan_of = |seed| plan(&sources, &settings, seed).unwrap();
    assert_eq!(plan_of(3), plan_of(3));
    assert_ne!(plan_of(3).lists, plan_of(4).lists);
}

#[test]
fn more_trials_than_the_images_allow_are_refused_with_both_numbers() {
    let sources = [source("a", "set", 51)];
    let error = plan(&sources, &settings(Some(26), Size::Participants(1)), 1).unwrap_err();
    assert!(matches!(
        error,
        Error::TooManyTrials {
            asked: 26,
            most: 25,
            n_images: 51
        }
    ));
    assert_eq!(
        error.to_string(),
        "26 trials a participant are too many: 51 images allow at most 25, as nobody may see an original or a reconstruction twice\n  \
         hint: more trials come from more participants: ask for 25 trials and more participants"
    );
    let two = [source("a", "set", 50), source("b", "set", 50)];
    let error = plan(&two, &settings(Some(7), Size::Participants(1)), 1).unwrap_err();
    assert!(error.to_string().contains("as 6 or 8, got 7"), "{error}");
    let mut other = source("b", "set", 50);
    other.images.swap(0, 1);
    let error = plan(
        &[source("a", "set", 50), other],
        &settings(None, Size::Participants(1)),
        1,
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("source 'b': expected the images of 'a'"),
        "{error}"
    );
}
