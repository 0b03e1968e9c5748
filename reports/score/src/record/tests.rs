//! What is stored comes back bit by bit, and what is no record is refused.

use std::collections::BTreeMap;

use super::exact::quote_decimals;
use super::{
    Against, AlignmentRow, Alternative, CeilingSource, CentreLessEdge, Condition, CorpusPair,
    CorpusRow, CriterionRow, Curve, DataFacts, DecisionRow, DifferenceRow, Direction, DistanceRow,
    DistanceTrend, DistantScore, Gallery, ImageFacts, ImageScoresRow, InformationFacts,
    IntervalMethod, MemberRow, NoiseCeilingRow, NoiselessFacts, NoiselessRow, NoiselessSource,
    PartDifferenceRow, PatternRow, Pictures, PrevalenceRow, Provenance, RankRow, Record,
    RegionDifferenceRow, ResponsiveBy, ResponsiveCeiling, RingRow, ScoreRow, SearchRow, ShareRow,
    SpreadRow, Statistic, SubjectFacts, TermRow, TestRow, TunedFacts, TunedRow, WholesRow,
    summary_json,
};
use crate::Error;
use crate::guards::{Defect, GuardRow, Verdict};

/// Numbers that are hard to write: without a word in JSON, with 17 digits, or next to a limit of the type.
const HARD: [f64; 14] = [
    0.0,
    -0.0,
    1.0,
    0.1,
    0.300_000_000_000_000_04,
    0.999_999_999_999_999_9,
    1.234_567_890_123_456_7e-7,
    9.007_199_254_740_993e15,
    f64::MIN_POSITIVE,
    5e-324,
    f64::MAX,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

/// What dividing nothing by nothing gives on x86: a NaN with its sign bit set.
fn other_nan() -> f64 {
    f64::from_bits(0xfff8_0000_0000_0000)
}

fn against(value: f64) -> Against {
    Against {
        value,
        n_images: 2,
        interval: Some((value, value)),
        interval_method: Some(IntervalMethod::ImageBootstrap),
        p_sign_flip: Some(value),
        p_sign_flip_ties_whole: Some(value),
        p_holm: Some(value),
    }
}

/// A record in which every number is `value`.
#[expect(clippy::too_many_lines, reason = "one row of every kind")]
/// A record with one row of each kind.
pub(in crate::record) fn record(value: f64) -> Record {
    let mut curve = Curve::new("loss of \"G\" at 1e-3", "update");
    curve.push(value, value);
    Record {
        name: "a \"name\" with 1.5 \\ and 2e3 in it".into(),
        description: String::new(),
        toy: Some("shrunk \"everything\" to 1.5".into()),
        provenance: Provenance {
            seed: u64::MAX,
            command: "lab run x.ron --set 'a=0.5'".into(),
            run_hash: "0e12".into(),
            versions: vec![("lab".into(), "0.1.0".into())],
            hashes: Vec::new(),
            resolved: "(\n    l2: 0.01,\n)".into(),
            plugins: Vec::new(),
        },
        data: DataFacts {
            dataset: "letters".into(),
            simulated: None,
            n_train: 3,
            n_train_pictures: None,
            n_test: 2,
            height: 2,
            width: 1,
            field_of_view_deg: Some(value),
            classes: Vec::new(),
            test_images: vec![ImageFacts {
                name: "1.5, \"a\".png".into(),
                class: "2e3".into(),
                id: 7,
            }],
            subjects: vec![SubjectFacts {
                id: "S1".into(),
                n_voxels: 1,
                n_trials: 2,
                rois: vec![("V1".into(), 1)],
                noise_ceiling: Some(value),
            }],
            n_features: 1,
            n_latents: None,
            notes: Vec::new(),
        },
        alignment: vec![AlignmentRow {
            aligner: "pca".into(),
            quality: "variance".into(),
            of: "S1".into(),
            value,
            unit: "share".into(),
            held_out: true,
        }],
        scores: vec![score(value)],
        decisions: vec![DecisionRow {
            condition: Condition::Member(3),
            observer: "pixel".into(),
            test_image: 0,
            class: String::new(),
            n_decisions: 5,
            n_correct: value,
            identification: value,
        }],
        image_scores: vec![ImageScoresRow {
            statistic: Statistic::Similarity,
            observer: "pixel".into(),
            in_loss: false,
            direction: Direction::None,
            values: vec![value, 0.5],
        }],
        confusions: Vec::new(),
        differences: vec![difference(value)],
        headline_tests: vec![TestRow {
            figure: "observer.pixel.overall".into(),
            alternative: Alternative::Greater,
            p: value,
            p_holm: value,
        }],
        guards: vec![GuardRow {
            defect: Defect::WrongPairing,
            verdict: Verdict::NotJudged,
            evidence: "1e3, \"x\"".into(),
        }],
        corpora: vec![CorpusRow {
            what: "the corpus of 1e3".into(),
            n_images: Some(9),
            n_alike: 1,
            threshold: value,
            nearest: Some(CorpusPair {
                test_image: 0,
                corpus_image: 8,
                corpus_name: "2e3".into(),
                correlation: value,
            }),
            wholes: Some(WholesRow {
                n_pictures: 3,
                n_alike: 1,
                threshold: value,
                test_image: 0,
                picture: "2e3".into(),
                likeness: value,
            }),
        }],
        distances: vec![DistanceRow {
            test_image: 0,
            nearest: 3,
            nearest_name: "2e3".into(),
            distance: value,
            identification: Some(value),
            similarity: value,
        }],
        distance_trends: vec![DistanceTrend {
            score: DistantScore::Similarity,
            n_images: 2,
            rho: Some(value),
            interval: Some((value, value)),
            confidence: value,
            n_bootstrap: 9,
            p_permutation: Some(value),
            n_permutations: 9,
        }],
        shares: vec![ShareRow {
            term: "t".into(),
            layer: "conv1−".into(),
            share: value,
        }],
        terms: vec![TermRow {
            condition: Condition::Subject("S1".into()),
            set: "test".into(),
            term: "t".into(),
            weight: value,
            value,
        }],
        searches: vec![SearchRow {
            condition: Condition::CeilingFromDecoders,
            n_images: 2,
            n_starts: 4,
            n_offered: 7,
            by_encoder: false,
            n_steps: 60,
            maximum: 240,
            tolerance: value,
            window: 50,
            n_stalled: 2,
            fall: Some(value),
            loss: value,
        }],
        tuned: Some(TunedFacts {
            score: "mean pixel correlation".into(),
            n_images: 20,
            n_folds: 5,
            n_members: 1,
            parts: vec![vec![0, 1]],
            rows: vec![TunedRow {
                settings: vec!["decoder.l2".into()],
                values: vec!["0.1".into()],
                scores: vec![value],
                score: value,
                standard_error: value,
                is_chosen: true,
                is_at_an_end: vec![false],
            }],
        }),
        decoder_ceiling: Some(NoiselessFacts {
            source: NoiselessSource::EncodingModel,
            subjects: vec![NoiselessRow {
                subject: "S1".into(),
                n_voxels: 3,
                of_voxels: 7,
                left_out: Some(value),
                test: value,
            }],
        }),
        noise_ceilings: vec![NoiseCeilingRow {
            subject: "S1".into(),
            source: CeilingSource::Repeats,
            n_voxels: 1,
            quantiles: vec![value; 5],
            interval: Some((value, value)),
            responsive: Some(ResponsiveCeiling {
                by: ResponsiveBy::OtherHalf,
                n_voxels: value,
                median: value,
                interval: Some((value, value)),
            }),
        }],
        spread: vec![SpreadRow {
            test_image: 1,
            spread: value,
        }],
        information: Some(InformationFacts {
            n_train_images: 3,
            n_train_rows: 6,
            n_latents: 4,
            rank: 3,
            widths: vec![1, 2],
        }),
        ranks: vec![RankRow {
            condition: Condition::Bottleneck(2),
            effective_rank: value,
            most: 1,
        }],
        patterns: vec![PatternRow {
            subject: "S1".into(),
            region: "V1".into(),
            n_voxels: 1,
            median: value,
            ninth_decile: value,
            part: value,
        }],
        region_differences: vec![RegionDifferenceRow {
            region: "V1".into(),
            other: "V2".into(),
            against: against(value),
            n_sign_flips: 4,
        }],
        part_differences: vec![PartDifferenceRow {
            part: Condition::Bottleneck(2),
            against: against(value),
            n_sign_flips: 4,
        }],
        centre_less_edge: Some(CentreLessEdge {
            value,
            interval: Some((value, value)),
        }),
        rings: vec![RingRow {
            from: value,
            to: value,
            n_pixels: 2,
            correlation: value,
            interval: Some((value, value)),
        }],
        prevalence: Some(PrevalenceRow {
            n_subjects: 3,
            n_significant: 2,
            alpha: value,
            most_probable: value,
            interval: (value, value),
            confidence: value,
            at_least: value,
        }),
        members: vec![MemberRow {
            member: 0,
            cosine_to_combined: value,
            pixel_correlation: value,
            pixel_identification: value,
        }],
        curves: vec![("generator".into(), curve)],
        warnings: vec![("load".into(), "0.5 of it".into())],
        unproven: vec!["no commit names 1.5e3".into()],
        criteria: vec![CriterionRow {
            criterion: "at_least(\"x\", 0.5)".into(),
            value,
            holds: false,
        }],
        headline: BTreeMap::from([("observer.pixel.overall".into(), value)]),
    }
}

fn difference(value: f64) -> DifferenceRow {
    DifferenceRow {
        baseline: Condition::Subject("S2".into()),
        best_of: Some(3),
        statistic: Statistic::ObserverOverall,
        observer: "pixel".into(),
        in_loss: false,
        direction: Direction::OriginalToReconstructions,
        decoder: value,
        value,
        n_images: 2,
        interval: Some((value, value)),
        interval_method: None,
        p_sign_flip: Some(value),
        p_sign_flip_ties_whole: Some(value),
        n_sign_flips: 4,
        n_differing: Some(1),
    }
}

fn score(value: f64) -> ScoreRow {
    ScoreRow {
        condition: Condition::Decoder,
        statistic: Statistic::Similarity,
        observer: "pixel".into(),
        in_loss: false,
        direction: Direction::None,
        pool: "pairs".into(),
        tie_rule: "none".into(),
        value,
        chance: None,
        n_images: 2,
        n_decisions: Some(1),
        n_correct: Some(value),
        image_interval: Some((value, value)),
        image_interval_method: Some(IntervalMethod::ImageBootstrap),
        wilson: None,
        clopper_pearson: Some((value, value)),
        p_binomial: Some(value),
        p_permutation: None,
        p_permutation_ties_whole: Some(value),
        n_permutations: Some(9),
    }
}

/// A record of before differences and methods of intervals were stored.
#[test]
fn an_older_record_is_read() {
    let mut stored: serde_json::Value =
        serde_json::from_slice(&record(0.5).to_json().unwrap()).unwrap();
    let fields = stored.as_object_mut().unwrap();
    fields.remove("differences").unwrap();
    fields.remove("headline_tests").unwrap();
    fields.remove("guards").unwrap();
    fields.remove("distances").unwrap();
    fields.remove("distance_trends").unwrap();
    let score = fields["scores"][0].as_object_mut().unwrap();
    score.remove("image_interval_method").unwrap();
    let found = Record::from_json(stored.to_string().as_bytes()).unwrap();
    assert!(found.differences.is_empty() && found.headline_tests.is_empty());
    assert!(found.guards.is_empty());
    assert!(found.distances.is_empty() && found.distance_trends.is_empty());
    assert_eq!(found.scores[0].image_interval_method, None);
}

#[test]
fn a_record_comes_back_equal() {
    for value in HARD.into_iter().filter(|value| !value.is_nan()) {
        let record = record(value);
        let json = record.to_json().unwrap();
        assert_eq!(Record::from_json(&json).unwrap(), record, "{value:e}");
    }
}

/// Equality does not see the sign of zero or the bits of a NaN; the text of all fields does not either.
#[test]
fn every_number_comes_back_with_its_bits() {
    for value in HARD.into_iter().chain([other_nan()]) {
        let json = record(value).to_json().unwrap();
        let found = Record::from_json(&json).unwrap();
        let (_, curve) = &found.curves[0];
        let (score, interval) = (&found.scores[0], found.scores[0].image_interval.unwrap());
        let member = &found.members[0];
        let numbers = [
            found.headline["observer.pixel.overall"],
            found.criteria[0].value,
            found.data.field_of_view_deg.unwrap(),
            found.data.subjects[0].noise_ceiling.unwrap(),
            found.alignment[0].value,
            score.value,
            score.n_correct.unwrap(),
            interval.0,
            interval.1,
            score.clopper_pearson.unwrap().1,
            score.p_binomial.unwrap(),
            found.differences[0].decoder,
            found.differences[0].value,
            found.differences[0].interval.unwrap().1,
            found.differences[0].p_sign_flip.unwrap(),
            found.headline_tests[0].p,
            found.headline_tests[0].p_holm,
            found.distances[0].distance,
            found.distances[0].identification.unwrap(),
            found.distances[0].similarity,
            found.distance_trends[0].rho.unwrap(),
            found.distance_trends[0].interval.unwrap().0,
            found.distance_trends[0].confidence,
            found.distance_trends[0].p_permutation.unwrap(),
            found.decisions[0].n_correct,
            found.decisions[0].identification,
            found.shares[0].share,
            found.terms[0].weight,
            found.terms[0].value,
            member.cosine_to_combined,
            member.pixel_correlation,
            member.pixel_identification,
            curve.points[0].0,
            curve.points[0].1,
        ];
        for number in numbers {
            assert_eq!(
                number.to_bits(),
                value.to_bits(),
                "{number:e} for {value:e}"
            );
        }
        assert_eq!(found.to_json().unwrap(), json, "{value:e}");
    }
}

#[test]
fn random_bits_come_back() {
    let mut bits: u64 = 1;
    for _ in 0..2000 {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut record = record(0.0);
        record.headline.insert("x".into(), f64::from_bits(bits));
        let found = Record::from_json(&record.to_json().unwrap()).unwrap();
        assert_eq!(found.headline["x"].to_bits(), bits);
    }
}

#[test]
fn only_decimals_are_quoted() {
    let json = r#"{"a 1.5": [1, -2, 0.5, -1e-3], "b\"2.5\\": "3.5", "c": null}"#;
    let quoted = r#"{"a 1.5": [1, -2, "0.5", "-1e-3"], "b\"2.5\\": "3.5", "c": null}"#;
    assert_eq!(quote_decimals(json), quoted);
    assert_eq!(quote_decimals("\"1.5"), "\"1.5", "a text without an end");
}

#[test]
fn pictures_come_back_equal() {
    let pixels = vec![-1.0, 1.0, 0.1, f32::MIN_POSITIVE, 1e-45, -0.0];
    let gallery = |height, width, pixels: &[f32]| Gallery {
        height,
        width,
        pixels: pixels.to_vec(),
    };
    let pictures = Pictures {
        galleries: BTreeMap::from([
            ("originals".into(), gallery(3, 1, &pixels)),
            ("decoder".into(), gallery(1, 2, &pixels)),
            ("corpus".into(), gallery(2, 2, &[])),
        ]),
    };
    let bytes = pictures.to_bytes().unwrap();
    let found = Pictures::from_bytes(&bytes).unwrap();
    assert_eq!(found, pictures);
    assert!(found.galleries["decoder"].pixels[5].is_sign_negative());
    assert_eq!(found.to_bytes().unwrap(), bytes);
    let nan = Pictures {
        galleries: BTreeMap::from([("x".into(), gallery(1, 1, &[f32::NAN]))]),
    };
    let found = Pictures::from_bytes(&nan.to_bytes().unwrap()).unwrap();
    assert_eq!(found.galleries["x"].pixels[0].to_bits(), f32::NAN.to_bits());
}

#[test]
fn what_is_no_record_is_refused() {
    let json = String::from_utf8(record(0.5).to_json().unwrap()).unwrap();
    let damaged = |text: &str| {
        let error = Record::from_json(text.as_bytes()).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
    };
    damaged("");
    damaged(&json[..json.len() / 2]);
    damaged(&json.replace("\"pixel\"", "7"));
    damaged(&json.replace("\"n_train\"", "\"n_trian\""));
    for other in [
        json.replace("\"format\": 1", "\"format\": 2"),
        json.replace("\"format\": 1,", ""),
    ] {
        let error = Record::from_json(other.as_bytes()).unwrap_err();
        assert!(
            matches!(error, Error::Format { expected: 1, .. }),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_picture_is_refused() {
    let bytes = Pictures::default().to_bytes().unwrap();
    for end in [0, 4, bytes.len() - 1] {
        let error = Pictures::from_bytes(&bytes[..end]).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
    }
    let other = String::from_utf8(bytes).unwrap().replace("\"1\"", "\"7\"");
    let error = Pictures::from_bytes(other.as_bytes()).unwrap_err();
    assert!(matches!(error, Error::Format { got, .. } if got == "7"));
}

#[test]
fn a_summary_has_few_figures_in_front_and_explains_every_name() {
    let mut record = record(0.5);
    for name in [
        "observer.pixel.majority",
        "identification.gabor.energy.original_to_reconstructions",
        "identification.gabor.energy.reconstruction_to_originals",
        "p.permutation.gabor.energy",
        "ceiling.classes.accuracy",
        "similarity.ssim",
    ] {
        record.headline.insert(name.into(), 0.5);
    }
    let summary: serde_json::Value = serde_json::from_str(&summary_json(&record)).unwrap();
    let keys = |of: &str| -> Vec<String> {
        let figures = summary[of].as_object().unwrap();
        figures.keys().cloned().collect()
    };
    assert_eq!(keys("all").len(), record.headline.len());
    assert_eq!(
        keys("headline"),
        [
            "identification.gabor.energy.original_to_reconstructions",
            "observer.pixel.overall",
            "p.permutation.gabor.energy",
            "similarity.ssim",
        ]
    );
    let names = keys("names");
    let explained = |figure: &str| {
        names.iter().any(|name| {
            let parts: Vec<&str> = name.split("OBSERVER").collect();
            let first = parts[0];
            let last = if parts.len() > 1 {
                parts[parts.len() - 1]
            } else {
                ""
            };
            figure.starts_with(first) && figure.ends_with(&last.replace(".DIRECTION", "s"))
        })
    };
    for figure in keys("headline") {
        assert!(explained(&figure), "{figure} is none of {names:?}");
    }
    assert!(
        names.contains(&"similarity.ssim".to_owned()) && names.len() > 10,
        "{names:?}"
    );
}

#[test]
fn a_summary_says_null_for_what_is_no_number() {
    let summary: serde_json::Value =
        serde_json::from_str(&summary_json(&record(f64::NAN))).unwrap();
    assert!(summary["headline"]["observer.pixel.overall"].is_null());
    assert!(summary["criteria"][0]["value"].is_null());
}
