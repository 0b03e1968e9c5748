//! Counts, intervals and tests against scipy and statsmodels, and what a scored test set holds.

use std::collections::BTreeMap;

use lab_core::config::Scores;
use lab_core::rng::stream;
use rand::Rng;
use serde_json::Value;

use crate::binomial::{binomial_tail, clopper_pearson, wilson};
use crate::bootstrap::Bootstrap;
use crate::classes::chance;
use crate::counts::{Count, Right};
use crate::family::holm;
use crate::intervals::of_mean;
use crate::record::{
    Alternative, Condition, DifferenceRow, Direction, IntervalMethod, ScoreRow, Statistic,
};
use crate::sign_flips::SignFlips;
use crate::{Candidates, Named, Observer, Rows, Scored, TestSet, score};

const REFERENCE: &str = include_str!("../../../tests/reference/statistics/statistics.json");

fn reference(name: &str) -> Value {
    serde_json::from_str::<Value>(REFERENCE).unwrap()[name].take()
}

fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().unwrap().iter();
    all.map(|number| number.as_f64().unwrap()).collect()
}

fn pair(value: &Value) -> (f64, f64) {
    let bounds = numbers(value);
    (bounds[0], bounds[1])
}

/// `|found − expected| ≤ tolerance·max(|expected|, floor)`.
fn close(what: &str, found: f64, expected: f64, tolerance: f64) {
    let distance = (found - expected).abs();
    assert!(
        distance <= tolerance * expected.abs().max(1e-300),
        "{what}: {found} in place of {expected}"
    );
}

fn close_bounds(what: &str, found: (f64, f64), expected: (f64, f64)) {
    for (found, expected) in [(found.0, expected.0), (found.1, expected.1)] {
        assert!(
            (found - expected).abs() < 1e-9,
            "{what}: {found} in place of {expected}"
        );
    }
}

#[test]
fn binomial_p_is_that_of_scipy() {
    for case in reference("binomial").as_array().unwrap() {
        let (k, n) = (case["k"].as_u64().unwrap(), case["n"].as_u64().unwrap());
        let found = binomial_tail(k, n as usize, case["chance"].as_f64().unwrap()).unwrap();
        let what = format!("{k} of {n}");
        close(&what, found, case["p"].as_f64().unwrap(), 1e-9);
    }
    assert_eq!(binomial_tail(4, 3, 0.5), None);
}

#[test]
fn wilsons_and_clopper_and_pearsons_intervals_are_those_of_statsmodels() {
    for case in reference("intervals").as_array().unwrap() {
        let (k, n) = (
            case["k"].as_f64().unwrap(),
            case["n"].as_u64().unwrap() as usize,
        );
        let what = format!("{k} of {n}");
        close_bounds(&what, wilson(k, n, 0.95).unwrap(), pair(&case["wilson"]));
        close_bounds(
            &what,
            clopper_pearson(k, n, 0.95).unwrap(),
            pair(&case["exact"]),
        );
    }
}

/// Some of these lose a decision if shares are summed and turned back into a count.
#[test]
fn counts_are_exact_and_no_decision_is_lost() {
    let mut n_lost = 0;
    for case in reference("counts").as_array().unwrap() {
        let halves = case["halves"].as_array().unwrap();
        let count = Count::of(halves.iter().map(|n| Right::halves(n.as_u64().unwrap())));
        let right = case["right"].as_f64().unwrap();
        assert_eq!(count.whole, case["whole"].as_u64().unwrap());
        assert_eq!(count.value().to_bits(), right.to_bits());
        let n = halves.len() * case["n_foils"].as_u64().unwrap() as usize;
        let found = binomial_tail(count.whole, n, 0.5).unwrap();
        close(
            &format!("{right} of {n}"),
            found,
            case["p"].as_f64().unwrap(),
            1e-9,
        );
        n_lost += usize::from(case["float_sum"].as_f64().unwrap() < count.whole as f64);
    }
    assert!(n_lost >= 3, "{n_lost} cases lose a decision to rounding");
}

#[test]
fn all_signs_give_scipys_p_and_random_ones_come_near() {
    for case in reference("sign_flips").as_array().unwrap() {
        let (differences, p) = (
            numbers(&case["differences"]),
            case["p"].as_f64().unwrap().min(1.0),
        );
        let all = SignFlips::draw(differences.len(), 10_000, 1);
        assert_eq!(all.len(), 1 << differences.len(), "every sign once");
        close(
            "all signs",
            all.p_value(&differences, "").unwrap().ties_whole,
            p,
            1e-12,
        );
        let n_random = (1 << differences.len()) - 1;
        let random = SignFlips::draw(differences.len(), n_random, 1);
        assert_eq!(random.len(), n_random);
        let spread = 5.0 * (p * (1.0 - p) / n_random as f64).sqrt() + 1.5 / n_random as f64;
        let found = random.p_value(&differences, "").unwrap().ties_whole;
        assert!((found - p).abs() <= spread, "{found} {p}");
    }
    assert_eq!(SignFlips::draw(4, 0, 1).p_value(&[1.0; 4], ""), None);
    assert_eq!(SignFlips::draw(4, 100, 1).p_value(&[1.0; 5], ""), None);
    // More images than bits of a word.
    let many = SignFlips::draw(130, 999, 1);
    close(
        "many",
        many.p_value(&[0.1; 130], "").unwrap().p,
        0.001,
        1e-12,
    );
}

#[test]
fn holms_p_values_are_those_of_statsmodels() {
    for case in reference("holm").as_array().unwrap() {
        let found = holm(&numbers(&case["p"]));
        for (found, expected) in found.into_iter().zip(numbers(&case["adjusted"])) {
            close("holm", found, expected, 1e-12);
        }
    }
    assert!(holm(&[]).is_empty());
}

#[test]
fn chance_of_classes_is_the_mean_over_all_permutations() {
    for case in reference("chance").as_array().unwrap() {
        let classes: Vec<u32> = numbers(&case["classes"])
            .iter()
            .map(|&c| c as u32)
            .collect();
        let named: Vec<Named> = numbers(&case["named"])
            .iter()
            .map(|&c| (c >= 0.0).then_some(c as u32))
            .collect();
        let expected = case["chance"].as_f64().unwrap();
        close("chance", chance(&classes, &named).unwrap(), expected, 1e-12);
    }
}

#[test]
fn bootstrap_intervals_are_those_of_scipy() {
    let case = reference("bootstrap");
    let differences = numbers(&case["differences"]);
    let bootstrap = Bootstrap::draw(differences.len(), 50_000, 1);
    let (found, method) = of_mean(&differences, Some(&bootstrap), Some((-1.0, 1.0)), 0.95).unwrap();
    assert_eq!(method, IntervalMethod::ImageBootstrap);
    let expected = pair(&case["interval"]);
    // The interval is .15 wide; 50 000 draws place its ends to about .001.
    assert!(
        (found.0 - expected.0).abs() < 0.003,
        "{found:?} {expected:?}"
    );
    assert!(
        (found.1 - expected.1).abs() < 0.003,
        "{found:?} {expected:?}"
    );
}

#[test]
fn images_that_agree_or_are_few_get_an_interval_that_needs_no_spread() {
    for case in reference("mean_intervals").as_array().unwrap() {
        let values = numbers(&case["values"]);
        let range = case["range"].as_array().map(|_| pair(&case["range"]));
        let bootstrap = Bootstrap::draw(values.len(), 500, 1);
        let (found, method) = of_mean(&values, Some(&bootstrap), range, 0.95).unwrap();
        close_bounds("interval", found, pair(&case["interval"]));
        let expected = match range {
            Some(_) => IntervalMethod::Wilson,
            None => IntervalMethod::Student,
        };
        assert_eq!(method, expected);
    }
}

const SIZE: usize = 12;

/// A test set of noise, and candidates that resemble it; the classifier names what `named` says.
struct Example {
    test: TestSet,
    candidates: Vec<Candidates>,
}

fn rows(values: Vec<f32>) -> Rows {
    Rows {
        n_columns: SIZE * SIZE,
        values,
    }
}

fn example(classes: &[u32], names: &[&str], named: impl Fn(usize) -> Named) -> Example {
    let n_values = classes.len() * SIZE * SIZE;
    let noise = |name: &str| -> Vec<f32> {
        let mut rng = stream(3, name);
        (0..n_values).map(|_| rng.random_range(-1.0..1.0)).collect()
    };
    let originals = noise("originals");
    let like = |name: &str, share: f32| -> Vec<f32> {
        let pairs = originals.iter().zip(noise(name));
        pairs
            .map(|(own, other)| share * own + (1.0 - share) * other)
            .collect()
    };
    let all_named: Vec<Named> = (0..classes.len()).map(named).collect();
    let candidate = |condition: Condition, share: f32| {
        let images = like(&condition.name(), share);
        Candidates {
            thorough: !matches!(condition, Condition::Subject(_)),
            condition,
            features: BTreeMap::from([("gabor.energy".to_owned(), rows(images.clone()))]),
            images: rows(images),
            named_classes: Some(all_named.clone()),
        }
    };
    Example {
        candidates: vec![
            candidate(Condition::Decoder, 0.2),
            candidate(Condition::RidgeToPixels, 0.02),
            candidate(Condition::MeanImage, 0.0),
            candidate(Condition::Subject("S1".into()), 0.0),
            candidate(Condition::Subject("S2".into()), 0.15),
        ],
        test: TestSet {
            height: SIZE,
            width: SIZE,
            originals: rows(originals.clone()),
            classes: Some((
                classes.to_vec(),
                names.iter().map(|name| (*name).to_owned()).collect(),
            )),
            observers: vec![Observer {
                name: "gabor.energy".into(),
                in_loss: false,
                originals: rows(originals),
            }],
            classifier: Some(("convnet".into(), all_named.clone())),
        },
    }
}

impl Example {
    fn score(&self) -> Scored {
        let params = Scores {
            n_permutations: 300,
            n_bootstrap: 300,
            ..Scores::default()
        };
        score(&self.test, &self.candidates, &params, 5).unwrap()
    }
}

/// 36 images of three classes; every fourth is named wrongly.
fn three_classes() -> Example {
    let classes: Vec<u32> = (0..36).map(|idx| idx % 3).collect();
    example(&classes, &["A", "B", "C"], |idx| {
        Some(if idx % 4 == 0 { 0 } else { idx as u32 % 3 })
    })
}

fn row<'a>(scored: &'a Scored, condition: &Condition, statistic: Statistic) -> &'a ScoreRow {
    let mut rows = scored.scores.iter();
    rows.find(|row| {
        row.condition == *condition && row.statistic == statistic && row.observer != "ssim"
    })
    .unwrap()
}

#[test]
fn rows_count_what_the_decisions_say() {
    let scored = three_classes().score();
    for row in &scored.scores {
        let Some((n_correct, n)) = row.n_correct.zip(row.n_decisions) else {
            continue;
        };
        if row.statistic != Statistic::TopOne {
            assert_eq!((2.0 * n_correct).fract().to_bits(), 0, "{row:?}");
        }
        assert_eq!(row.value.to_bits(), (n_correct / n as f64).to_bits());
        let p = binomial_tail(n_correct.floor() as u64, n, row.chance.unwrap());
        assert_eq!(row.p_binomial, p, "{row:?}");
        if row.statistic == Statistic::ObserverOverall {
            let of_row = scored.decisions.iter().filter(|decision| {
                decision.condition == row.condition && decision.observer == row.observer
            });
            let sum: f64 = of_row.map(|decision| decision.n_correct).sum();
            assert_eq!(sum.to_bits(), n_correct.to_bits(), "halves add up exactly");
        }
    }
    // All reconstructions are one picture: every decision is a tie, and images share the first place.
    let mut ties = three_classes();
    let picture = ties.candidates[0].images.values[..SIZE * SIZE].to_vec();
    ties.candidates.truncate(1);
    ties.candidates[0].images = rows(picture.repeat(36));
    let scored = ties.score();
    let first = row(&scored, &Condition::Decoder, Statistic::TopOne);
    assert_eq!(
        (first.n_correct, first.observer.as_str()),
        (Some(1.0), "pixel")
    );
    let overall = row(&scored, &Condition::Decoder, Statistic::ObserverOverall);
    assert_eq!(
        (overall.n_correct, overall.n_decisions),
        (Some(90.0), Some(180))
    );
}

#[test]
fn no_interval_of_a_row_has_zero_width() {
    let classes = |n: usize| -> Vec<u32> { (0..n as u32).map(|idx| idx % 2).collect() };
    for n in [2, 3, 7, 12, 36] {
        // The classifier is always right, so that all images agree.
        let classes = classes(n);
        let scored = example(&classes, &["A", "B"], |idx| Some(idx as u32 % 2)).score();
        let intervals = scored.scores.iter().map(|row| {
            let method = row.image_interval_method.unwrap();
            (row.image_interval.unwrap(), method, row.n_images)
        });
        let of_differences = scored.differences.iter().map(|row| {
            let method = row.interval_method.unwrap();
            (row.interval.unwrap(), method, row.n_images)
        });
        for ((low, high), method, n_images) in intervals.chain(of_differences) {
            assert!(low < high, "{n} images: {low} {high} {method:?}");
            let few = n_images < 12;
            assert!(!few || method == IntervalMethod::Wilson, "{method:?}");
        }
        let right = row(&scored, &Condition::Decoder, Statistic::ClassAccuracy);
        assert_eq!(right.image_interval_method, Some(IntervalMethod::Wilson));
        assert_eq!(right.image_interval, right.wilson, "a yes or no an image");
    }
}

fn against<'a>(scored: &'a Scored, baseline: &Condition) -> &'a DifferenceRow {
    let mut rows = scored.differences.iter();
    rows.find(|row| {
        row.baseline == *baseline
            && row.statistic == Statistic::ObserverOverall
            && row.observer == "pixel"
    })
    .unwrap()
}

/// The example whose mean image is one image for all.
fn with_one_image() -> Example {
    let mut example = three_classes();
    let mean = &mut example.candidates[2];
    let n_columns = mean.images.n_columns;
    mean.images.values = mean.images.values[..n_columns].repeat(36);
    mean.features = BTreeMap::from([("gabor.energy".to_owned(), mean.images.clone())]);
    example
}

#[test]
fn one_image_for_all_has_one_half_by_construction_and_no_interval() {
    let scored = with_one_image().score();
    let compared = [
        Statistic::ObserverOverall,
        Statistic::ObserverMajority,
        Statistic::PairwiseIdentification,
        Statistic::SameClassIdentification,
    ];
    let of_mean = |row: &&ScoreRow| row.condition == Condition::MeanImage;
    let mut n_rows = 0;
    for row in scored.scores.iter().filter(of_mean) {
        if compared.contains(&row.statistic) {
            close("one half", row.value, 0.5, 1e-12);
            assert_eq!((row.image_interval, row.wilson), (None, None), "{row:?}");
            assert!(row.p_binomial.is_none_or(|p| p > 0.4), "{row:?}");
            n_rows += 1;
        }
    }
    assert!(n_rows >= 6, "{n_rows}");
    // A similarity with one image varies with the original.
    let similar = row(&scored, &Condition::MeanImage, Statistic::Similarity);
    assert!(similar.image_interval.is_some());
    // The difference varies as the result does, and by no more than half.
    for row in scored
        .differences
        .iter()
        .filter(|row| row.baseline == Condition::MeanImage && compared.contains(&row.statistic))
    {
        let (low, high) = row.interval.unwrap();
        assert!(low >= -0.5 && high <= 0.5, "{row:?}");
        let own = scored.scores.iter().find(|of| {
            of.condition == Condition::Decoder
                && (of.statistic, &of.observer, of.direction)
                    == (row.statistic, &row.observer, row.direction)
        });
        let (own_low, own_high) = own.unwrap().image_interval.unwrap();
        close("low", low, own_low - 0.5, 1e-9);
        close("high", high, own_high - 0.5, 1e-9);
    }
    // A result that is right about every image has the interval of its own share of rights.
    let mut perfect = with_one_image();
    perfect.candidates[0].images = perfect.test.originals.clone();
    let scored = perfect.score();
    let found = against(&scored, &Condition::MeanImage);
    assert_eq!(found.interval_method, Some(IntervalMethod::Wilson));
    let (low, high) = crate::binomial::wilson(36.0, 36, 0.95).unwrap();
    let (own_low, own_high) = found.interval.unwrap();
    close("low", own_low, low - 0.5, 1e-9);
    close("high", own_high, high - 0.5, 1e-9);
    // One name for all is right as often as its class is there.
    let mut named = three_classes();
    named.candidates[1].named_classes = Some(vec![Some(0); 36]);
    let scored = named.score();
    let condition = named.candidates[1].condition.clone();
    let classes = row(&scored, &condition, Statistic::ClassAccuracy);
    assert_eq!(classes.image_interval, None);
}

#[test]
fn pairs_classes_and_the_same_class_are_compared_with_ridge_in_the_corrected_family() {
    let scored = three_classes().score();
    for figure in [
        "difference.ridge_to_pixels.identification.pixel.original_to_reconstructions",
        "difference.ridge_to_pixels.same_class.pixel.original_to_reconstructions",
        "difference.ridge_to_pixels.classes.accuracy",
    ] {
        let test = scored.headline_tests.iter().find(|of| of.figure == figure);
        assert!(test.is_some_and(|of| of.p_holm >= of.p), "{figure}");
        assert!(scored.headline.contains_key(figure), "{figure}");
    }
    let other = "difference.mean_image.classes.accuracy";
    assert!(!scored.headline.contains_key(other));
    let ridge = against(&scored, &Condition::RidgeToPixels);
    assert!(ridge.n_differing.is_some_and(|n| n > 0 && n <= 36));
}

#[test]
fn differences_are_those_of_single_images() {
    let scored = three_classes().score();
    let shares = |condition: &Condition| -> Vec<f64> {
        let rows = scored
            .decisions
            .iter()
            .filter(|row| row.condition == *condition && row.observer == "pixel");
        rows.map(|row| row.n_correct / row.n_decisions as f64)
            .collect()
    };
    let decoder = shares(&Condition::Decoder);
    for baseline in [Condition::RidgeToPixels, Condition::MeanImage] {
        let found = against(&scored, &baseline);
        let pairs = decoder.iter().zip(shares(&baseline));
        let values: Vec<f64> = pairs.map(|(own, other)| own - other).collect();
        close(
            "difference",
            found.value,
            values.iter().sum::<f64>() / 36.0,
            1e-12,
        );
        let lot = format!("{}/observer.pixel.overall", baseline.name());
        let p = SignFlips::draw(36, 300, 5).p_value(&values, &lot).unwrap();
        assert_eq!(found.p_sign_flip, Some(p.p));
        assert_eq!(found.p_sign_flip_ties_whole, Some(p.ties_whole));
        let interval = Bootstrap::draw(36, 300, 5).interval(&values, 0.95);
        assert_eq!(found.interval, interval);
    }
    let ridge = against(&scored, &Condition::RidgeToPixels);
    assert!(
        ridge.value > 0.2 && ridge.p_sign_flip.unwrap() < 0.01,
        "{ridge:?}"
    );
    // The better of both subjects is taken, and told.
    let best = against(&scored, &Condition::Subject("S2".into()));
    assert_eq!(best.best_of, Some(2));
    let of_subject = |row: &&DifferenceRow| row.baseline == Condition::Subject("S1".into());
    assert!(
        !scored
            .differences
            .iter()
            .any(|row| of_subject(&row) && row.observer == "pixel")
    );
    // Same images, no difference.
    let mut same = three_classes();
    same.candidates[1].images = same.candidates[0].images.clone();
    let scored = same.score();
    let ridge = against(&scored, &Condition::RidgeToPixels);
    assert_eq!((ridge.value, ridge.p_sign_flip), (0.0, Some(1.0)));
    assert_eq!(ridge.interval_method, Some(IntervalMethod::Wilson));
}

#[test]
fn the_headline_family_is_corrected_for_its_size() {
    let scored = three_classes().score();
    let figures: Vec<(&str, Alternative)> = scored
        .headline_tests
        .iter()
        .map(|test| (test.figure.as_str(), test.alternative))
        .collect();
    let greater = [
        "same_class.pixel.original_to_reconstructions",
        "observer.pixel.overall",
        "observer.gabor.energy.overall",
        "classes.accuracy",
    ];
    let two_sided = [
        "difference.ridge_to_pixels.observer.pixel.overall",
        "difference.ridge_to_pixels.identification.pixel.original_to_reconstructions",
        "difference.ridge_to_pixels.same_class.pixel.original_to_reconstructions",
        "difference.ridge_to_pixels.classes.accuracy",
        "difference.best_subject.observer.pixel.overall",
        "difference.best_cue.observer.pixel.overall",
        "difference.ridge_to_pixels.observer.gabor.energy.overall",
    ];
    assert_eq!(
        figures.len(),
        greater.len() + two_sided.len(),
        "{figures:?}"
    );
    for figure in greater {
        assert!(
            figures.contains(&(figure, Alternative::Greater)),
            "{figures:?}"
        );
    }
    for figure in two_sided {
        assert!(
            figures.contains(&(figure, Alternative::TwoSided)),
            "{figures:?}"
        );
        assert!(scored.headline.contains_key(figure));
        assert!(
            scored
                .headline
                .contains_key(&format!("p.sign_flip.{figure}"))
        );
    }
    let p: Vec<f64> = scored.headline_tests.iter().map(|test| test.p).collect();
    for (test, p_holm) in scored.headline_tests.iter().zip(holm(&p)) {
        assert_eq!(test.p_holm.to_bits(), p_holm.to_bits());
        assert_eq!(
            scored.headline[&format!("p.holm.{}", test.figure)].to_bits(),
            p_holm.to_bits()
        );
    }
}

#[test]
fn one_class_has_no_class_accuracy_and_the_reason_is_told() {
    let scored = example(&[1; 12], &["A", "B"], |_| Some(1)).score();
    let classes = |row: &ScoreRow| row.statistic == Statistic::ClassAccuracy;
    assert!(!scored.scores.iter().any(classes));
    assert!(scored.confusions.is_empty() && !scored.headline.contains_key("classes.accuracy"));
    assert!(
        scored
            .warnings
            .iter()
            .any(|warning| warning.contains("all 12 test images are of the class 'B'")),
        "{:?}",
        scored.warnings
    );
}

#[test]
fn a_classifier_that_fails_on_originals_is_warned_of() {
    let classes: Vec<u32> = (0..36).map(|idx| idx % 3).collect();
    let scored = |named: fn(usize) -> Named| example(&classes, &["A", "B", "C"], named).score();
    let warned = |scored: &Scored, words: &str| {
        scored
            .warnings
            .iter()
            .any(|warning| warning.contains("of the 36 originals") && warning.contains(words))
    };
    assert!(scored(|idx| Some(idx as u32 % 3)).warnings.is_empty());
    assert!(warned(
        &scored(|_| Some(2)),
        "not shown to be above chance (chance 33.3 %)"
    ));
    // 17 of 36 images, and 20 of 36: both less than halfway to all, the second not by its whole interval.
    let poor = scored(|idx| Some(if idx % 5 == 0 { idx as u32 % 3 } else { 0 }));
    let unsure = scored(|idx| Some(if idx % 9 < 4 { idx as u32 % 3 } else { 0 }));
    for (of, n_right, is_warned) in [(&poor, 17, true), (&unsure, 20, false)] {
        let row = row(of, &Condition::Originals, Statistic::ClassAccuracy);
        assert!(row.p_permutation.unwrap() < 0.05, "{row:?}");
        assert!(
            (36.0 * row.value - f64::from(n_right)).abs() < 1e-9,
            "{row:?}"
        );
        let high = row.image_interval.unwrap().1;
        assert_eq!(high < 2.0 / 3.0, is_warned, "{row:?}");
        assert_eq!(warned(of, "less than halfway"), is_warned, "{row:?}");
    }
}

#[test]
fn images_named_outside_the_classes_are_counted_as_others() {
    let classes: Vec<u32> = (0..12).map(|idx| idx % 2).collect();
    let scored = example(&classes, &["A", "B"], |idx| {
        (idx > 0).then_some(idx as u32 % 2)
    })
    .score();
    let table = &scored.confusions[0];
    assert_eq!(table.counts, [[5, 0], [0, 6]]);
    assert_eq!(table.other, [1, 0]);
    let row = row(&scored, &Condition::Decoder, Statistic::ClassAccuracy);
    assert_eq!((row.n_correct, row.n_images), (Some(11.0), 12));
    assert_eq!(row.direction, Direction::None);
    // 6·5 + 6·6 of 144 pairs of an image and a name.
    close("chance", row.chance.unwrap(), 66.0 / 144.0, 1e-12);
}
