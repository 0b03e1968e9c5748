//! Scores against distance, beside scipy (`tests/reference/generalisation/make.py`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::record::DecisionRow;

const REFERENCE: &str =
    include_str!("../../../../tests/reference/generalisation/generalisation.json");

fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().unwrap().iter();
    all.map(|of| of.as_f64().unwrap()).collect()
}

fn scores(n: usize) -> Scores {
    Scores {
        n_permutations: n,
        n_bootstrap: n,
        ..Scores::default()
    }
}

fn found(case: &Value, n: usize) -> DistanceTrend {
    let pairs = numbers(&case["distance"])
        .into_iter()
        .zip(numbers(&case["score"]));
    let pairs: Vec<(f64, f64)> = pairs.collect();
    trend(DistantScore::Similarity, &pairs, (&scores(n), 1))
}

/// Of 20 000 permutations, p has a standard deviation of at most 0.0036.
#[test]
fn correlations_and_p_are_those_of_scipy_over_all_pairings() {
    let all: Value = serde_json::from_str(REFERENCE).unwrap();
    for case in all["exact"].as_array().unwrap() {
        let found = found(case, 20_000);
        assert!((found.rho.unwrap() - case["rho"].as_f64().unwrap()).abs() < 1e-12);
        let (p, expected) = (found.p_permutation.unwrap(), case["p"].as_f64().unwrap());
        assert!((p - expected).abs() < 0.015, "{p} for {expected}");
    }
}

/// Ends of intervals of 20 000 draws each differ by less than a hundredth.
#[test]
fn intervals_are_those_of_scipy() {
    let all: Value = serde_json::from_str(REFERENCE).unwrap();
    for case in all["drawn"].as_array().unwrap() {
        let found = found(case, 20_000);
        assert!((found.rho.unwrap() - case["rho"].as_f64().unwrap()).abs() < 1e-12);
        let (interval, expected) = (found.interval.unwrap(), numbers(&case["interval"]));
        assert!(
            (interval.0 - expected[0]).abs() < 0.01,
            "{interval:?} for {expected:?}"
        );
        assert!(
            (interval.1 - expected[1]).abs() < 0.01,
            "{interval:?} for {expected:?}"
        );
    }
}

#[test]
fn what_is_all_alike_has_no_trend() {
    let flat = trend(
        DistantScore::Identification,
        &[(0.5, 1.0); 9],
        (&scores(100), 1),
    );
    assert_eq!(
        (flat.rho, flat.interval, flat.p_permutation),
        (None, None, None)
    );
    let pairs: Vec<(f64, f64)> = (0..9).map(|n| (f64::from(n), f64::from(n * n))).collect();
    let untested = trend(DistantScore::Similarity, &pairs, (&scores(0), 1));
    assert_eq!((untested.rho, untested.p_permutation), (Some(1.0), None));
    assert_eq!(untested.interval, None);
}

/// Image 0 is like its original and near; image 1 is the negative of it and far; of image 2 no training image is known.
#[test]
fn rows_hold_the_scores_of_their_own_images() {
    let originals = Rows {
        n_columns: 4,
        values: vec![0.0, 1.0, 0.5, 0.2, 1.0, 0.0, 0.1, 0.3, 0.2, 0.4, 0.9, 0.1],
    };
    let images = Rows {
        n_columns: 4,
        values: vec![
            0.0, 0.5, 0.25, 0.1, -1.0, 0.0, -0.1, -0.3, 0.2, 0.4, 0.9, 0.1,
        ],
    };
    let test = TestSet {
        height: 2,
        width: 2,
        originals,
        classes: None,
        observers: Vec::new(),
        classifier: None,
    };
    let result = Candidates {
        condition: Condition::Given,
        images,
        features: BTreeMap::new(),
        named_classes: None,
        thorough: true,
    };
    let decision = |condition: Condition, test_image: usize, identification: f64| DecisionRow {
        condition,
        observer: "pixel".into(),
        test_image,
        class: String::new(),
        n_decisions: 1,
        n_correct: 1.0,
        identification,
    };
    let scored = Scored {
        decisions: vec![
            decision(Condition::MeanImage, 0, 0.1),
            decision(Condition::Given, 1, 0.5),
            decision(Condition::Given, 0, 1.0),
        ],
        ..Scored::default()
    };
    let near = |image: usize, distance: f64| {
        Some(NearestTraining {
            image,
            name: format!("{image}.png"),
            distance,
        })
    };
    let nearest = [near(7, 0.1), near(3, 0.8), None];
    let (rows, trends) = distances(&test, &result, &scored, &nearest, (&scores(50), 1));
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].nearest, &*rows[0].nearest_name), (7, "7.png"));
    assert_eq!(
        (rows[0].identification, rows[1].identification),
        (Some(1.0), Some(0.5))
    );
    assert!((rows[0].similarity - 1.0).abs() < 1e-6 && (rows[1].similarity + 1.0).abs() < 1e-6);
    assert_eq!(trends.len(), 2);
    assert!(trends.iter().all(|trend| trend.rho == Some(-1.0)));
}

/// What differs by rounding alone has one rank: perfect reconstructions and plain training images have no trend.
#[test]
fn rounding_makes_no_trend() {
    let mut stream = lab_core::rng::stream(3, "rounding");
    let mut noise = |size: f64| size * rand::Rng::random_range(&mut stream, -1.0..1.0);
    let rows = |n_columns: usize, values: Vec<f32>| Rows { n_columns, values };
    let pixels: Vec<f32> = (0..80).map(|_| noise(1.0) as f32).collect();
    let test = TestSet {
        height: 2,
        width: 2,
        originals: rows(4, pixels.clone()),
        classes: None,
        observers: Vec::new(),
        classifier: None,
    };
    let result = Candidates {
        condition: Condition::Given,
        images: rows(4, pixels),
        features: BTreeMap::new(),
        named_classes: None,
        thorough: true,
    };
    let nearest = |distance: f64| {
        Some(NearestTraining {
            image: 0,
            name: String::new(),
            distance,
        })
    };
    let far: Vec<_> = (0..20).map(|_| nearest(0.5 + noise(0.3))).collect();
    let plain: Vec<_> = (0..20).map(|_| nearest(1.0 + noise(1e-7))).collect();
    for distances_of in [far, plain] {
        let (_, trends) = distances(
            &test,
            &result,
            &Scored::default(),
            &distances_of,
            (&scores(50), 1),
        );
        assert!(trends.iter().all(|trend| trend.rho.is_none()), "{trends:?}");
    }
}
