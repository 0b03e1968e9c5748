//! Sizes of the tests of counts and of clusters in studies without effect, whose decisions depend on each other.
#![expect(
    clippy::print_stderr,
    reason = "sizes are told with their Monte-Carlo error"
)]

use rayon::prelude::*;

use super::studies::{Study, Truth};
use super::{Dependence, Design};
use crate::binomial::binomial_tail;
use crate::study::clusters::cluster_robust;
use crate::study::resample::resample;

const N_STUDIES: usize = 2000;
const ALPHA: f64 = 0.05;
const TESTS: [&str; 5] = [
    "exact binomial",
    "clusters of images",
    "clusters of images and raters",
    "clusters of images, distractors and raters",
    "bootstrap over images and raters",
];

/// A null: images, foils, raters and decisions, and dependence within image, distractor and rater.
type Null = ([usize; 4], [f64; 3]);

/// Nulls in which the tests over images and raters keep their size.
const SOUND: [Null; 7] = [
    ([50, 5, 38, 500], [0.2, 0.0, 0.05]),
    ([50, 5, 38, 500], [0.15, 0.05, 0.05]),
    ([50, 5, 38, 250], [0.2, 0.0, 0.1]),
    ([70, 5, 38, 350], [0.3, 0.1, 0.1]),
    ([30, 5, 10, 300], [0.15, 0.05, 0.05]),
    ([24, 5, 20, 240], [0.0, 0.0, 0.2]),
    ([20, 5, 6, 240], [0.15, 0.05, 0.05]),
];

/// Nulls of very few images or people: the sentence of the report follows from what is measured here.
const FEW: [Null; 6] = [
    ([12, 4, 8, 96], [0.2, 0.0, 0.05]),
    ([10, 4, 30, 300], [0.3, 0.0, 0.05]),
    ([8, 4, 4, 64], [0.2, 0.0, 0.1]),
    ([6, 3, 12, 72], [0.3, 0.0, 0.1]),
    ([30, 5, 3, 90], [0.1, 0.0, 0.2]),
    ([5, 3, 3, 45], [0.3, 0.0, 0.1]),
];

/// One-sided p of each test; 1 where a test cannot be made.
fn tested(study: &Study, n_draws: usize) -> [f64; 5] {
    let (correct, image, rater) = (&study.correct, &study.image, &study.rater);
    let n_right = correct.iter().filter(|&&is_right| is_right).count();
    let robust = |groupings: &[&[u32]]| {
        cluster_robust(correct, groupings, 0.5).map_or(1.0, |found| found.p_greater)
    };
    let drawn = (n_draws > 0)
        .then(|| resample(correct, image, Some(rater), n_draws, 0.9, 5))
        .flatten();
    // The lower end of the interval of .9 is above chance where the one-sided test of .05 is significant.
    let is_above = drawn.is_some_and(|found| found.interval.0 > 0.5);
    [
        binomial_tail(n_right as u64, correct.len(), 0.5).unwrap(),
        robust(&[image]),
        robust(&[image, rater]),
        robust(&[image, &study.distractor, rater]),
        if is_above { 0.0 } else { 1.0 },
    ]
}

/// The share of studies in which each test is significant, printed with its Monte-Carlo error.
fn sizes(
    ([n_images, n_foils, n_raters, n_decisions], [image, distractor, rater]): Null,
    n_draws: usize,
) -> [f64; 5] {
    let design = Design {
        n_images,
        n_foils,
        n_raters,
        n_decisions,
    };
    design.check().unwrap();
    let dependence = Dependence {
        image,
        distractor,
        rater,
    };
    let truth = Truth {
        logit: 0.0,
        deviations: dependence.deviations().unwrap(),
    };
    let significant: Vec<[bool; 5]> = (0..N_STUDIES)
        .into_par_iter()
        .map(|place| {
            let mut rng = lab_core::rng::stream(17, &format!("tests/sizes/{place}"));
            let study = Study::draw(&design, &truth, &mut rng);
            tested(&study, n_draws).map(|p| p <= ALPHA)
        })
        .collect();
    let share = |test: usize| {
        let n = significant.iter().filter(|of| of[test]).count();
        n as f64 / N_STUDIES as f64
    };
    let found = std::array::from_fn(share);
    eprintln!(
        "{n_images} images, {n_raters} raters, {n_decisions} decisions, dependence {image} / {distractor} / {rater}:"
    );
    let n_made = if n_draws == 0 { 4 } else { 5 };
    for (test, size) in TESTS.iter().zip(found).take(n_made) {
        let error = (size * (1.0 - size) / N_STUDIES as f64).sqrt();
        eprintln!("    {test}: {size:.4} ± {error:.4}");
    }
    found
}

/// Draws of the bootstrap, as many as a report takes if there is time; 0 leaves it out.
fn n_draws(null: &Null) -> usize {
    match std::env::var_os("LAB_SLOW") {
        Some(_) => 2000,
        None if null.0[3] <= 100 => 100,
        None => 0,
    }
}

#[test]
fn clusters_of_images_and_raters_keep_their_size() {
    for null in SOUND {
        let n_draws = n_draws(&null);
        let [binomial, _, two, three, drawn] = sizes(null, n_draws);
        for (test, size) in TESTS[2..].iter().zip([two, three]) {
            assert!((0.04..=0.07).contains(&size), "{null:?}, {test}: {size}");
        }
        assert!(n_draws == 0 || (drawn - two).abs() < 0.01, "{drawn} {two}");
        assert!(binomial > 0.1, "{null:?}: {binomial}");
    }
}

/// With very few images or people the tests over both are careful: they miss effects rather than find what is not there.
#[test]
fn very_few_clusters_are_careful() {
    for null in FEW {
        let n_draws = n_draws(&null);
        let [binomial, images, two, three, drawn] = sizes(null, n_draws);
        for (test, size) in TESTS[2..].iter().zip([two, three]) {
            assert!((0.015..=0.07).contains(&size), "{null:?}, {test}: {size}");
        }
        assert!(n_draws == 0 || (drawn - two).abs() < 0.01, "{drawn} {two}");
        assert!(binomial > 0.1, "{null:?}: {binomial}");
        // Three people who differ: clusters of images alone are no better than the binomial.
        assert!(null.0[2] > 3 || images > 0.07, "{null:?}: {images}");
    }
}
