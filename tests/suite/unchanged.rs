//! What no change of the rooms may move: resolved experiments, random streams, labels and splits to the last byte, and the
//! scores of a toy run within a stated tolerance.
//!
//! Only what no kernel computes is held by hash, so that the tests pass on processors with and without AVX-512.
//! `LAB_UPDATE=1` writes `golden/unchanged.json` anew; a difference belongs into `core/CHANGELOG.md`, "Results change".

use std::fs;
use std::path::PathBuf;

use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::{Split, Subject};
use lab_core::rng::stream;
use lab_core::traits::Dataset;
use rand::Rng;
use serde_json::{Map, Value, json};

use crate::lab_test::{LabTest, experiment, root};

// The linker drops plugins that nothing names.
use lab_all as _;

/// Scores of `experiments/quickstart.ron --smoke`, with the largest difference that two processors may make.
///
/// The mean image knows no matrix product; ridge regression does; what goes through trained networks differs most.
const SCORES: [(&str, f64); 6] = [
    ("mean_image.similarity.pixel", 1e-6),
    ("ridge_to_pixels.similarity.pixel", 1e-3),
    ("no_alignment.similarity.pixel", 1e-3),
    ("ceiling.similarity.pixel", 0.03),
    ("member_0.similarity.pixel", 0.03),
    ("member_1.similarity.pixel", 0.03),
];

fn golden() -> PathBuf {
    root().join("tests/suite/golden/unchanged.json")
}

/// Compares one part with the golden file, or writes it there.
fn hold(part: &str, found: Value) {
    let text = fs::read_to_string(golden()).unwrap_or_else(|_| "{}".into());
    let mut all: Map<String, Value> = serde_json::from_str(&text).unwrap();
    if std::env::var_os("LAB_UPDATE").is_some() {
        all.insert(part.to_owned(), found);
        let text = serde_json::to_string_pretty(&all).unwrap();
        fs::write(golden(), text + "\n").unwrap();
        return;
    }
    assert_eq!(all.get(part), Some(&found), "{part} moved");
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

#[test]
fn resolved_experiments_keep_their_bytes() {
    let test = LabTest::new();
    let mut found = Map::new();
    for name in [
        "quickstart",
        "r3gan",
        "scenes",
        "scenes_r3gan",
        "brains",
        "vim1",
        "god",
        "arrays",
        "ablation/base",
    ]
    .into_iter()
    .chain(crate::paper::SETS)
    {
        let checked = test.json(&["check", &experiment(name), "--smoke", "--format", "json"]);
        let resolved = checked["resolved"].as_str().unwrap();
        found.insert(name.to_owned(), hash(resolved.as_bytes()).into());
    }
    hold("resolved", found.into());
}

#[test]
fn streams_keep_their_numbers() {
    let mut found = Map::new();
    for (seed, path) in [
        (1, "generator/update-17"),
        (2018, "decode/member-3/initial"),
        (20_171_208, "simulated/noise"),
    ] {
        let mut stream = stream(seed, path);
        let numbers: Vec<u8> = (0..1000)
            .flat_map(|_| stream.random::<u64>().to_le_bytes())
            .collect();
        found.insert(format!("{seed} {path}"), hash(&numbers).into());
    }
    hold("streams", found.into());
}

#[test]
fn labels_splits_and_trials_keep_their_order() {
    let mut found = Map::new();
    for text in [
        "letters(n_train: 60, n_test: 18, size: 24)",
        "scenes(n_train: 36, n_test: 12, size: 24)",
        "jittered(of: letters(n_train: 12, n_test: 0, size: 24), copies: 3)",
        "simulated(stimuli: letters(n_train: 24, n_test: 6, size: 24), voxels: [20, 30])",
    ] {
        let ctx = Context::new(7);
        let dataset = PluginRef::<dyn Dataset>::of(text).build(&ctx).unwrap();
        let recording = dataset.load(&ctx).unwrap();
        let stimuli = &recording.stimuli;
        let labels = stimuli
            .labels
            .as_ref()
            .map(|labels| (&labels.names, &labels.of));
        let is_test: Vec<bool> = stimuli
            .split
            .iter()
            .map(|set| *set == Split::Test)
            .collect();
        let subject = |subject: &Subject| {
            let trials: Vec<_> = subject
                .trials
                .iter()
                .map(|trial| (trial.image_idx, trial.run, trial.repeat))
                .collect();
            let regions: Vec<u16> = subject.voxels.roi.iter().map(|of| of[0]).collect();
            (subject.id.clone(), trials, regions)
        };
        let subjects: Vec<_> = recording.subjects.iter().map(subject).collect();
        let order = format!("{labels:?} {is_test:?} {subjects:?}");
        found.insert(text.to_owned(), hash(order.as_bytes()).into());
    }
    hold("order", found.into());
}

#[test]
fn scores_of_a_toy_run_stay_within_their_tolerance() {
    let test = LabTest::new();
    let summary = test.json(&[
        "run",
        &experiment("quickstart"),
        "--smoke",
        "--format",
        "json",
    ]);
    let score = |name: &str| summary["all"][name].as_f64().unwrap();
    if std::env::var_os("LAB_UPDATE").is_some() {
        let found: Map<String, Value> = SCORES
            .iter()
            .map(|(name, _)| ((*name).to_owned(), json!(score(name))))
            .collect();
        hold("scores", found.into());
        return;
    }
    let text = fs::read_to_string(golden()).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    for (name, tolerance) in SCORES {
        let expected = all["scores"][name].as_f64().unwrap();
        let difference = (score(name) - expected).abs();
        assert!(
            difference <= tolerance,
            "{name}: {} in place of {expected}, {difference:.2e} apart",
            score(name)
        );
    }
}
