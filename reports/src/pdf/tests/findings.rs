//! Every finding in each of its arms: what the record says, and what it does not.

use lab_score::record::{Condition, Record, ScoreRow, Statistic};

use crate::example::example;
use crate::pdf::findings::{
    baselines, ceiling, ceiling_from_decoders, classes, network, pairs, pixel, same_class,
};

fn record() -> Record {
    example().0
}

/// The example with one row changed.
fn with(condition: &Condition, statistic: Statistic, change: impl Fn(&mut ScoreRow)) -> Record {
    let mut record = record();
    let rows = record.scores.iter_mut();
    rows.filter(|row| row.condition == *condition && row.statistic == statistic)
        .for_each(change);
    record
}

/// The example with another p, which is the only test.
fn with_p(statistic: Statistic, p: Option<f64>) -> Record {
    let mut record = with(&Condition::Decoder, statistic, |row| row.p_permutation = p);
    record.headline_tests.clear();
    record
}

fn without(statistic: Statistic) -> Record {
    let mut record = record();
    record.scores.retain(|row| row.statistic != statistic);
    record
}

const GUESSING: &str = "not shown to be better than guessing";
const UNTESTED: &str = "No permutations were drawn";

/// A p that many tests explain decides nothing.
#[test]
fn p_after_the_correction_for_the_number_of_tests_decides() {
    let with_holm = |statistic: Statistic, figure: &str, p_holm: f64| {
        let mut record = with(&Condition::Decoder, statistic, |row| {
            row.p_permutation = Some(0.03);
        });
        let tests = record.headline_tests.iter_mut();
        let mut found = tests.filter(|test| test.figure == figure);
        found.next().unwrap().p_holm = p_holm;
        record
    };
    let pixels = |p_holm| {
        let observer = Statistic::ObserverOverall;
        pixel(&with_holm(observer, "observer.pixel.overall", p_holm)).unwrap()
    };
    let below = pixels(0.049);
    assert!(below.contains("p = 0.030 by permutation)") && !below.contains(GUESSING));
    let above = pixels(0.05);
    assert!(
        above.contains("p = 0.030 by permutation, 0.050 by Holm's correction)")
            && above.contains(GUESSING),
        "{above}"
    );
    let classes_shown = |p_holm| {
        let statistic = Statistic::SameClassIdentification;
        same_class(&with_holm(
            statistic,
            "same_class.pixel.original_to_reconstructions",
            p_holm,
        ))
        .unwrap()
    };
    assert!(classes_shown(0.04).contains("reconstructions show more than the class"));
    assert!(classes_shown(0.4).contains("it is not shown that reconstructions hold more"));
}

#[test]
fn a_share_is_compared_with_guessing_only_as_far_as_it_was_tested() {
    type Rule = fn(&Record) -> Option<String>;
    let of_network: Rule = |record| network(record, "gabor.energy");
    let rules: [(Statistic, Rule); 3] = [
        (Statistic::ObserverOverall, pixel),
        (Statistic::ObserverOverall, of_network),
        (Statistic::ClassAccuracy, classes),
    ];
    for (statistic, rule) in rules {
        let words = |p| rule(&with_p(statistic, p)).unwrap();
        let above = words(Some(0.049));
        assert!(
            !above.contains(GUESSING) && !above.contains(UNTESTED),
            "{above}"
        );
        assert!(above.contains("p = 0.049 by permutation"), "{above}");
        let not_above = words(Some(0.05));
        assert!(
            not_above.contains(GUESSING) && !not_above.contains(UNTESTED),
            "{not_above}"
        );
        let untested = words(None);
        assert!(
            untested.contains(UNTESTED) && !untested.contains(GUESSING),
            "{untested}"
        );
        assert!(!untested.contains("by permutation)"), "{untested}");
        assert_eq!(rule(&without(statistic)), None);
    }
}

#[test]
fn an_observer_of_the_loss_is_not_called_independent() {
    let of = |name: &str| network(&record(), name).unwrap();
    assert!(of("gabor.energy").contains("which the loss did not use"));
    assert!(of("alexnet.conv1").contains("whose network the loss used"));
    let words = classes(&record()).unwrap();
    assert!(
        words.starts_with("The independent classifier convnet"),
        "{words}"
    );
    let used = with(&Condition::Decoder, Statistic::ClassAccuracy, |row| {
        row.in_loss = true;
    });
    let words = classes(&used).unwrap();
    assert!(
        words.starts_with("The classifier, whose network the loss used,"),
        "{words}"
    );
}

#[test]
fn the_classifier_stands_beside_what_was_scored() {
    let words = classes(&record()).unwrap();
    for whose in [
        "the best images found in the generator",
        "ridge regression",
        "the originals",
    ] {
        assert!(words.contains(whose), "{words}");
    }
    assert!(!words.contains("can make"), "{words}");
    let mut still = record();
    for search in &mut still.searches {
        search.n_stalled = search.n_images;
    }
    let words = classes(&still).unwrap();
    assert!(words.contains("of the images of the generator's ceiling"));
    let mut alone = record();
    alone
        .scores
        .retain(|row| row.condition == Condition::Decoder);
    assert!(!classes(&alone).unwrap().contains("It names that of"));
}

#[test]
fn more_than_the_class_is_said_where_it_was_shown_and_nothing_less() {
    let words = |p| same_class(&with_p(Statistic::SameClassIdentification, p)).unwrap();
    let shown = words(Some(0.01));
    assert!(
        shown.ends_with(": reconstructions show more than the class of an image."),
        "{shown}"
    );
    let not_shown = words(Some(0.2));
    assert!(
        not_shown.contains("by this test it is not shown that"),
        "{not_shown}"
    );
    let untested = words(None);
    assert!(
        untested.contains("no permutations were drawn, so that it is not tested"),
        "{untested}"
    );
    for words in [shown, not_shown, untested] {
        assert!(!words.contains("nothing is shown"), "{words}");
    }
    assert_eq!(
        same_class(&without(Statistic::SameClassIdentification)),
        None
    );
}

/// The example with other terms of the decoder: a loss of 10 · `pixel` + 10 · 0.
fn with_decoder_loss(pixel: f64) -> Record {
    let mut record = record();
    record
        .terms
        .retain(|row| row.condition != Condition::Decoder || row.term == "pixel");
    for row in &mut record.terms {
        if row.condition == Condition::Decoder {
            (row.value, row.weight) = (pixel, 10.0);
        }
    }
    record
}

#[test]
fn a_ceiling_is_the_best_that_was_found_and_bounds_its_loss_alone() {
    // The example's search found a mean loss of 1.224.
    let above = ceiling(&with_decoder_loss(0.2)).unwrap();
    for part in [
        "the best that was found, by 240 steps from 4 random starts an image",
        "has a mean loss of 1.22",
        "the stated maximum of 240 steps was reached, while the loss still fell by 1.2 %",
        "The decoder's is 2.",
        "which bounds no decoder's share",
    ] {
        assert!(above.contains(part), "{part} is missing in {above}");
    }
    assert!(!above.contains("has missed"), "{above}");
    let below = ceiling(&with_decoder_loss(0.1)).unwrap();
    assert!(
        below.contains("The decoder's is 1, below it: the search has missed"),
        "{below}"
    );
    let mut of_pixels = record();
    of_pixels.terms.clear();
    let words = ceiling(&of_pixels).unwrap();
    assert!(
        words.contains("predicts no latents, and has no such loss"),
        "{words}"
    );
    let mut unscored = with_decoder_loss(0.2);
    unscored.scores.clear();
    assert!(!ceiling(&unscored).unwrap().contains("are chosen right"));
    let mut unsearched = record();
    unsearched.searches.clear();
    assert_eq!(ceiling(&unsearched), None);
    assert_eq!(ceiling_from_decoders(&unsearched), None);
}

#[test]
fn the_second_figure_names_its_starts() {
    let words = ceiling_from_decoders(&record()).unwrap();
    for part in [
        "With the decoders' own latents among the starts, the best that was found, by 131 steps from the best 4 of 7 latents",
        "the search ended because the loss fell by less than 0.1 % in 50 steps",
        "bounds nothing else",
    ] {
        assert!(words.contains(part), "{part} is missing in {words}");
    }
}

#[test]
fn baselines_are_those_that_were_scored() {
    let words = baselines(&record()).unwrap();
    for label in [
        "ridge to pixels",
        "no alignment",
        "shuffled responses",
        "mean training image",
    ] {
        assert!(words.contains(label), "{words}");
    }
    let mut some = record();
    some.scores
        .retain(|row| row.condition != Condition::Shuffled);
    assert!(!baselines(&some).unwrap().contains("shuffled"));
    some.scores
        .retain(|row| row.condition == Condition::Decoder);
    assert_eq!(baselines(&some), None);
}

#[test]
fn the_harder_task_stands_beside_ridge() {
    let said = |own: f64, of_ridge: Option<f64>| {
        let mut record = record();
        record
            .scores
            .retain(|row| of_ridge.is_some() || row.condition != Condition::RidgeToPixels);
        for row in &mut record.scores {
            if row.statistic == Statistic::PairwiseIdentification && row.observer == "pixel" {
                match row.condition {
                    Condition::Decoder => row.value = own,
                    Condition::RidgeToPixels => row.value = of_ridge.unwrap_or(0.0),
                    _ => {}
                }
            }
        }
        pairs(&record).unwrap()
    };
    // Which of the two is better is said where it is tested: against each baseline.
    assert!(said(0.977, Some(0.991)).ends_with("Ridge regression to pixels tells 99.1 % apart."));
    let alone = said(0.977, None);
    assert!(
        alone.starts_with("Against all 35 others, 97.7 % of pairs") && !alone.contains("Ridge")
    );
}

#[test]
fn an_observer_that_the_simulation_is_made_of_is_said_to_favour_it() {
    let mut record = record();
    let of = |record: &Record| network(record, "gabor.energy").unwrap();
    assert!(!of(&record).contains("favour"));
    let note =
        "The simulated voxels pool energies, the features by which the observer gabor compares.";
    record.data.notes.push(note.into());
    assert!(of(&record).ends_with("so that this observer may favour the simulation."));
    assert!(
        !network(&record, "alexnet.conv1")
            .unwrap()
            .contains("favour")
    );
    record.data.simulated = None;
    assert!(!of(&record).contains("favour"));
}

#[test]
fn a_search_that_came_to_rest_found_the_ceiling() {
    let mut record = record();
    for search in &mut record.searches {
        (search.n_stalled, search.fall) = (search.n_images, Some(0.0));
    }
    let words = ceiling(&record).unwrap();
    assert!(words.starts_with("The generator's ceiling for the test images, the best that"));
    assert!(!words.contains("no ceiling yet"), "{words}");
    for search in &mut record.searches {
        (search.n_stalled, search.fall) = (0, Some(0.012));
    }
    let words = ceiling(&record).unwrap();
    assert!(
        words.starts_with("In the generator, for the test images, the best that was found"),
        "{words}"
    );
    assert!(words.contains("So it is no ceiling yet, and is called the best found."));
}
