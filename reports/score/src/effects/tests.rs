//! Effects against numpy and scipy, and what each verdict takes.

use serde_json::Value;

use super::{EffectRow, Figure, Spread, SpreadOver, Verdict, crossed, of_seeds};
use crate::sign_flips::SignFlips;

const REFERENCE: &str = include_str!("../../../../tests/reference/ablation/crossed.json");

fn cases() -> Vec<Value> {
    let cases: Value = serde_json::from_str(REFERENCE).unwrap();
    cases.as_array().unwrap().clone()
}

fn differences(case: &Value) -> Vec<Vec<f64>> {
    let seeds = case["differences"].as_array().unwrap().iter();
    let images = |of: &Value| -> Vec<f64> {
        let all = of.as_array().unwrap().iter();
        all.map(|value| value.as_f64().unwrap()).collect()
    };
    seeds.map(images).collect()
}

fn close(found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    assert!(
        (found - expected).abs() <= 1e-9 + 1e-9 * expected.abs(),
        "{found} in place of {expected}"
    );
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn intervals_over_images_and_seeds_are_those_of_scipy() {
    for case in cases() {
        let own = differences(&case);
        let found = crossed(&own, 0.95).unwrap();
        let expected = &case["crossed"];
        close(found.interval.0, &expected["low"]);
        close(found.interval.1, &expected["high"]);
        close(found.standard_error, &expected["standard_error"]);
        close(found.degrees, &expected["degrees"]);
        close(found.detectable(0.95, 0.8).unwrap(), &expected["smallest"]);
        let means: Vec<f64> = own.iter().map(|of| mean(of)).collect();
        close(mean(&means), &case["mean"]);
        let over = if own.len() == 1 {
            SpreadOver::Images
        } else {
            SpreadOver::ImagesAndSeeds
        };
        assert_eq!(found.over, over);
        if let Some(expected) = case.get("of_seeds") {
            let found = of_seeds(&means, 0.95).unwrap();
            close(found.interval.0, &expected["low"]);
            close(found.interval.1, &expected["high"]);
        }
        if let Some(expected) = case.get("p_all_signs") {
            let n_images = own[0].len();
            let of_image = |idx: usize| mean(&own.iter().map(|of| of[idx]).collect::<Vec<f64>>());
            let by_image: Vec<f64> = (0..n_images).map(of_image).collect();
            let flips = SignFlips::draw(n_images, 10_000, 1);
            let p = flips.p_value(&by_image, "test").unwrap();
            close(p.ties_whole, expected);
        }
    }
}

#[test]
fn what_has_no_spread_has_no_interval() {
    assert_eq!(crossed(&[], 0.95), None);
    assert_eq!(crossed(&[vec![0.5]], 0.95), None);
    assert_eq!(crossed(&[vec![0.5; 9], vec![0.5; 9]], 0.95), None);
    assert_eq!(crossed(&[vec![0.5, 0.1], vec![0.5]], 0.95), None);
    assert_eq!(of_seeds(&[0.1], 0.95), None);
}

/// A row with so many seeds, a p after Holm's correction, and an interval.
fn row(by_seed: &[f64], p_holm: Option<f64>, interval: Option<(f64, f64)>) -> EffectRow {
    let value = (!by_seed.is_empty()).then(|| mean(by_seed));
    EffectRow {
        question: "q".into(),
        variant: "v".into(),
        condition: String::new(),
        figure: Figure::Pixels,
        observer: "pixel".into(),
        base: value.map(|_| 0.5),
        own: value.map(|value| 0.5 + value),
        value,
        by_seed: (1..).zip(by_seed.iter().copied()).collect(),
        n_images: 72,
        spread: interval.map(|interval| Spread {
            interval,
            standard_error: 0.01,
            degrees: 4.0,
            over: SpreadOver::ImagesAndSeeds,
        }),
        smallest: interval.map(|_| 0.04),
        p_sign_flip: p_holm,
        p_holm,
        missing: Vec::new(),
        verdict: Verdict::Empty,
    }
}

#[test]
fn each_verdict_has_its_rule() {
    let verdict = |by_seed: &[f64], p, interval| Verdict::of(&row(by_seed, p, interval));
    let (below, above, both) = (Some((-0.2, -0.1)), Some((0.1, 0.2)), Some((-0.1, 0.2)));
    assert_eq!(verdict(&[], None, None), Verdict::Empty);
    assert_eq!(verdict(&[0.0, 0.0], Some(1.0), None), Verdict::Same);
    assert_eq!(verdict(&[-0.1, -0.2], Some(0.01), below), Verdict::Worse);
    assert_eq!(verdict(&[0.1, 0.2], Some(0.01), above), Verdict::Better);
    assert_eq!(verdict(&[0.0, 0.2], Some(0.01), both), Verdict::TheseSeeds);
    assert_eq!(verdict(&[0.1, 0.1], Some(0.01), None), Verdict::TheseSeeds);
    assert_eq!(verdict(&[0.2], Some(0.01), above), Verdict::OneSeed);
    // An interval alone says nothing: it is not corrected for how many there are.
    assert_eq!(
        verdict(&[0.1, 0.2], Some(0.06), above),
        Verdict::NotToldApart
    );
    assert_eq!(verdict(&[0.1], Some(0.05), above), Verdict::NotToldApart);
    // Seeds that cancel out are no sameness.
    assert_eq!(
        verdict(&[0.1, -0.1], Some(0.9), both),
        Verdict::NotToldApart
    );
}

mod of_records {
    use super::super::{Arm, Pair, effects};
    use super::{Figure, Verdict, close};
    use crate::effects::SpreadOver;
    use crate::record::{Direction, ImageScoresRow, Record, Statistic};

    fn record(values: &[f64]) -> Record {
        let mut record = crate::record::example();
        record.image_scores = vec![ImageScoresRow {
            statistic: Statistic::PairwiseIdentification,
            observer: "pixel".into(),
            in_loss: false,
            direction: Direction::OriginalToReconstructions,
            values: values.to_vec(),
        }];
        record
    }

    #[test]
    fn a_planted_difference_is_found_and_what_is_missing_is_said() {
        let of = |add: f64, seed: usize| -> Record {
            let value = |idx: usize| 0.5 + add + 0.01 * ((idx * 7 + seed) % 5) as f64;
            record(&(0..40).map(value).collect::<Vec<f64>>())
        };
        let bases: Vec<Record> = (0..3).map(|seed| of(0.0, seed)).collect();
        let worse: Vec<Record> = (0..3).map(|seed| of(-0.1, seed + 1)).collect();
        let pairs = bases.iter().zip(&worse).enumerate();
        let arm = Arm {
            question: "q".into(),
            variant: "planted".into(),
            pairs: pairs
                .map(|(seed, (base, own))| Pair {
                    seed: seed as u64,
                    base,
                    own,
                })
                .collect(),
            missing: vec![(9, "it is failed".into())],
            same_images: true,
            ..Arm::default()
        };
        let other_images = Arm {
            variant: "other images".into(),
            same_images: false,
            ..arm.clone()
        };
        let found = effects(&[arm, other_images], 0.95, 0);
        assert_eq!(found.rows.len(), 2 * Figure::ALL.len());
        let first = &found.rows[0];
        assert_eq!(
            (first.figure, first.verdict),
            (Figure::Pixels, Verdict::Worse)
        );
        close(first.value.unwrap(), &serde_json::json!(-0.1));
        assert_eq!((first.by_seed.len(), first.missing.len()), (3, 1));
        // Scores that no run has are empty, each seed with a reason.
        let empty = &found.rows[1];
        assert_eq!((empty.verdict, empty.missing.len()), (Verdict::Empty, 4));
        let of_seeds = &found.rows[4];
        assert_eq!(of_seeds.spread.unwrap().over, SpreadOver::Seeds);
    }
}
