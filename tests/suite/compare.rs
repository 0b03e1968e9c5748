//! `lab compare generators`: the card at toy size.

use std::fs;

use serde_json::Value;

use crate::lab_test::{LabTest, contents, experiment};

/// The quickstart with some text replaced.
fn changed(lab: &LabTest, file: &str, changes: &[(&str, &str)]) {
    let mut text = fs::read_to_string(experiment("quickstart")).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "'{from}' left the quickstart");
        text = text.replace(from, to);
    }
    lab.write(file, text);
}

fn n_stages(lab: &LabTest, stage: &str) -> usize {
    fs::read_dir(lab.path("runs/.stages").join(stage))
        .unwrap()
        .count()
}

/// A finished run of the quickstart, and an experiment with a narrower generator.
fn two_generators(lab: &LabTest) {
    let quickstart = experiment("quickstart");
    let run = lab.lab(&["run", &quickstart, "--smoke", "--runs", "runs"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    changed(
        lab,
        "narrow.ron",
        &[
            ("name: \"quickstart\"", "name: \"narrow\""),
            ("seed: 2018", "seed: 2019"),
            ("latent: 50", "latent: 8"),
        ],
    );
}

fn compare(lab: &LabTest, out: &str, format: &str) -> String {
    let quickstart = experiment("quickstart");
    let files = ["compare", "generators", &quickstart, "narrow.ron"];
    let more = [
        "--smoke", "--runs", "runs", "--out", out, "--format", format,
    ];
    let ended = lab.lab(&[&files[..], &more[..]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.starts_with("TOY: "), "{}", ended.stderr);
    ended.stdout
}

fn card(lab: &LabTest) -> Value {
    serde_json::from_str(&compare(lab, "card", "json")).unwrap()
}

#[test]
fn generators_stand_side_by_side() {
    let lab = LabTest::new();
    two_generators(&lab);
    let card = card(&lab);

    // The run's generator is found by its key, and the other one is trained.
    assert_eq!(
        (
            n_stages(&lab, "generator"),
            n_stages(&lab, "observer-convnet")
        ),
        (2, 1)
    );
    let generators = card["generators"].as_array().unwrap();
    assert_eq!(generators.len(), 2);
    assert_eq!(generators[1]["n_latents"], 8);
    assert_eq!(
        card["differences"],
        serde_json::json!(["narrow differs from quickstart in: seed"])
    );
    assert_eq!(card["judge"]["features"], "convnet.conv3");
    for generator in generators {
        let quality = &generator["quality"];
        for path in [
            "/kid/value",
            "/kid/interval/1",
            "/fid/value",
            "/precision_recall/recall/value",
            "/coverage/sure/value",
            "/copying/pixels/p",
        ] {
            assert!(quality.pointer(path).unwrap().is_number(), "{path}");
        }
        assert!(
            generator
                .pointer("/ceiling/two_alternatives/value")
                .unwrap()
                .is_number()
        );
        let curve = generator.pointer("/sensitivity/pixels/points").unwrap();
        let at = |idx: usize| curve[idx]["similarity"].as_f64().unwrap();
        assert!((at(0) - 1.0).abs() < 1e-9, "an image is like itself");
        assert!(at(1) > at(9), "a larger error in z costs more");
    }

    // Real images of the corpus score better than a generator that has hardly learned.
    let real = &card["training_images"][0][1];
    let kid = |quality: &Value| quality["kid"]["value"].as_f64().unwrap();
    assert!(kid(real) < kid(&generators[0]["quality"]));
}

#[test]
fn a_finished_run_adds_its_decoder() {
    let lab = LabTest::new();
    two_generators(&lab);
    let generators = card(&lab)["generators"].take();
    let summary = fs::read(lab.path("runs/quickstart/latest-toy/summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    let finished = &generators[0]["decoding"]["Finished"];
    assert_eq!(
        finished["headline"]["observer.pixel.overall"],
        summary["headline"]["observer.pixel.overall"]
    );
    let angle = finished["error"]["angle"]["value"].as_f64().unwrap();
    assert!((0.0..180.0).contains(&angle), "{angle}");
    assert!(generators[1]["decoding"]["NotRun"]["reason"].is_string());
}

#[test]
fn the_same_card_from_the_same_stages() {
    let lab = LabTest::new();
    two_generators(&lab);
    card(&lab);
    let text = compare(&lab, "again", "text");
    for word in [
        "KID ↓ ",
        "corpus of quickstart",
        "not run",
        "share of 'B'",
        "again",
    ] {
        assert!(text.contains(word), "'{word}' is missing in\n{text}");
    }
    let (first, second) = (contents(&lab.path("card")), contents(&lab.path("again")));
    assert!(first == second, "the same card from the same stages");
    for name in [
        "card.json",
        "card.csv",
        "card.txt",
        "card.pdf",
        "sensitivity.svg",
    ] {
        assert!(first.contains_key(name), "{name}");
    }
    for name in [
        "samples-quickstart.png",
        "nearest-narrow.png",
        "sensitivity.png",
    ] {
        assert!(first[name].starts_with(b"\x89PNG"), "{name}");
    }
}

#[test]
fn seeds_are_repetitions() {
    let lab = LabTest::new();
    let seed = ("seed: 2018", "seed: 2019");
    let narrow = [
        ("name: \"quickstart\"", "name: \"narrow\""),
        ("latent: 50", "latent: 8"),
    ];
    changed(&lab, "second.ron", &[seed]);
    changed(&lab, "narrow.ron", &narrow);
    changed(&lab, "narrow-second.ron", &[narrow[0], narrow[1], seed]);
    let quickstart = experiment("quickstart");
    let files = [
        &*quickstart,
        "second.ron",
        "narrow.ron",
        "narrow-second.ron",
    ];
    let more = ["--smoke", "--runs", "runs", "--out", "card"];
    let ended = lab.lab(&[&["compare", "generators"][..], &files, &more].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let card: Value =
        serde_json::from_slice(&fs::read(lab.path("card/card.json")).unwrap()).unwrap();
    let labels: Vec<&str> = card["generators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|generator| generator["label"].as_str().unwrap())
        .collect();
    let expected = [
        "quickstart-seed2018",
        "quickstart-seed2019",
        "narrow-seed2018",
        "narrow-seed2019",
    ];
    assert_eq!(labels, expected);

    // Two seeds: the half width is t(1 degree of freedom)·|a − b|/2.
    let errors: Vec<f64> = card["generators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|generator| {
            let value = generator.pointer("/ceiling/pixel_error/value");
            value.unwrap().as_f64().unwrap()
        })
        .collect();
    let figure = |of: &str| {
        let all = card["over_seeds"].as_array().unwrap();
        let found = all
            .iter()
            .find(|figure| figure["measure"] == "ceiling.pixel_error" && figure["of"] == of);
        found.unwrap_or_else(|| panic!("{of} is not among {all:?}"))
    };
    let differences = [errors[2] - errors[0], errors[3] - errors[1]];
    for (of, [a, b]) in [
        ("quickstart, 2 seeds", [errors[0], errors[1]]),
        ("narrow, 2 seeds", [errors[2], errors[3]]),
        ("narrow − quickstart", differences),
    ] {
        let found = figure(of);
        let near = |value: &Value, expected: f64| {
            let value = value.as_f64().unwrap();
            assert!((value - expected).abs() < 1e-6, "{of}: {value} {expected}");
        };
        let half_width = 12.706_204_736 * (a - b).abs() / 2.0;
        near(&found["mean"], f64::midpoint(a, b));
        near(&found["interval"][0], f64::midpoint(a, b) - half_width);
        near(&found["interval"][1], f64::midpoint(a, b) + half_width);
        assert_eq!(found["n_seeds"], 2);
    }
    assert!(
        ended.stdout.contains("narrow − quickstart = "),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("SIMULATED: "));
    assert!(ended.stdout.contains("TOY: "), "{}", ended.stdout);
    let csv = fs::read_to_string(lab.path("card/card.csv")).unwrap();
    assert!(csv.contains("\n\"quickstart, 2 seeds\",kid,"), "{csv}");
    assert!(contents(&lab.path("card"))["card.pdf"].starts_with(b"%PDF-"));
}

#[test]
fn what_cannot_be_compared_is_said() {
    let lab = LabTest::new();
    let compare = |file: &str, words: &[&str]| {
        let quickstart = experiment("quickstart");
        let arguments = ["compare", "generators", &quickstart, file, "--smoke"];
        lab.complains(&arguments, words);
    };
    changed(&lab, "other.ron", &[("size: 32", "size: 64")]);
    compare("other.ron", &["other.ron", "got 1×64×64", "of one shape"]);
    compare("missing.ron", &["missing.ron"]);
    fs::create_dir(lab.path("empty")).unwrap();
    compare(
        "empty",
        &["'empty' is not the folder of a run", "runs/NAME/latest"],
    );
    let arguments = ["compare", "generators", "other.ron", "--samples", "3"];
    lab.complains(&arguments, &["--samples 3", "at least 16"]);
    let text = fs::read_to_string(experiment("quickstart")).unwrap();
    let start = text.find("    observers: [").unwrap();
    let end = start + text[start..].find("\n    ],").unwrap() + "\n    ],\n".len();
    lab.write("blind.ron", text[..start].to_owned() + &text[end..]);
    lab.complains(
        &["compare", "generators", "blind.ron", "--smoke"],
        &["no observer", "observers: [convnet"],
    );
}
