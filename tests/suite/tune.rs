//! `tune`: settings that a run chooses by cross-validation within its training images.
//!
//! The world of these tests is linear and small: `tests/reference/tuning/make.py` wrote it, with what scikit-learn chooses in it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::lab_test::{LabTest, root};
use crate::plan::the_plan_is_what_was_made;
use crate::toy::pages;

const EXPERIMENT: &str = r#"(
    name: "tuned",
    seed: 5,
    dataset: arrays(
        responses: ["responses_A.npy", "responses_B.npy"],
        images: "images.npy",
        trials: "trials.csv",
        range: Signed,
    ),
    align: [standardise(), concatenate(), pca(variance: 0.9)],
    generator: layers_generator(
        latent: 6,
        weights: "generator.npz",
        layers: [Linear(out: 256), Reshape(channels: 1, height: 16, width: 16)],
    ),
    losses: [(10.0, pixel())],
    decoder: linear(learning_rate: 0.01, l2: 0.01, batch: 8, epochs: 30),
    ensemble: (members: 2, per_pass: 2),
    tune: (
        folds: 4,
        values: ["decoder.l2=1000,0.001"],
    ),
    evaluate: [Identification],
    scores: (n_permutations: 50, n_bootstrap: 50),
)
"#;

fn reference(name: &str) -> PathBuf {
    root().join("tests/reference/tuning").join(name)
}

/// The small world with its experiment.
pub(crate) fn world() -> LabTest {
    let lab = LabTest::new();
    for name in [
        "responses_A.npy",
        "responses_B.npy",
        "images.npy",
        "trials.csv",
        "generator.npz",
    ] {
        lab.write(name, fs::read(reference(name)).unwrap());
    }
    lab.write("tuned.ron", EXPERIMENT);
    lab
}

/// Runs the experiment with some settings changed; the folder of the run.
fn run(lab: &LabTest, sets: &[&str]) -> PathBuf {
    let mut arguments = vec!["run", "tuned.ron"];
    arguments.extend(sets.iter().flat_map(|set| ["--set", set]));
    let ended = lab.lab(&arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let report = lab.path(ended.stdout.trim_end());
    report.parent().unwrap().to_owned()
}

fn record(run: &Path) -> Value {
    serde_json::from_slice(&fs::read(run.join("record.json")).unwrap()).unwrap()
}

/// The values of the combination that was chosen.
fn chosen(record: &Value) -> &Value {
    let rows = record["tuned"]["rows"].as_array().unwrap();
    let mut chosen = rows.iter().filter(|row| row["is_chosen"] == true);
    let only = &chosen.next().unwrap()["values"];
    assert!(chosen.next().is_none());
    only
}

fn numbers(value: &Value) -> Vec<f64> {
    let values = value.as_array().unwrap().iter();
    values.map(|value| value.as_f64().unwrap()).collect()
}

/// The share of variance that PCA keeps, before ridge regression to pixels: every score within 1e-7 of scikit-learn's, as rows are
/// 32-bit numbers here.
#[test]
fn scores_and_choice_are_those_of_scikit_learn() {
    let lab = world();
    let run = run(
        &lab,
        &[
            "decoder=ridge_to_pixels()",
            r#"tune.values=["align.2.variance=0.3,0.6,0.9,1.0"]"#,
        ],
    );
    let record = record(&run);
    let found = &record["tuned"];
    let text = fs::read_to_string(reference("tuning.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["parts"], expected["parts"]);
    assert_eq!(
        (&found["n_images"], &found["n_folds"]),
        (&40.into(), &4.into())
    );
    for (place, row) in found["rows"].as_array().unwrap().iter().enumerate() {
        let mut pairs: Vec<(f64, f64)> = numbers(&row["scores"])
            .into_iter()
            .zip(numbers(&expected["scores"][place]))
            .collect();
        assert_eq!(pairs.len(), 4);
        for (name, of) in [("score", "means"), ("standard_error", "standard_errors")] {
            pairs.push((
                row[name].as_f64().unwrap(),
                expected[of][place].as_f64().unwrap(),
            ));
        }
        for (found, expected) in pairs {
            assert!(
                (found - expected).abs() < 1e-7,
                "{place}: {found} {expected}"
            );
        }
        assert_eq!(row["is_chosen"], expected["chosen"] == place, "{place}");
    }
}

/// A penalty that leaves nothing of the responses is offered first, and not taken.
#[test]
fn a_value_that_ruins_the_decoder_is_not_chosen() {
    let lab = world();
    let run = run(&lab, &[]);
    let record = record(&run);
    assert_eq!(chosen(&record), &serde_json::json!(["0.001"]));
    let rows = record["tuned"]["rows"].as_array().unwrap();
    assert!(
        rows[1]["score"].as_f64().unwrap() > rows[0]["score"].as_f64().unwrap() + 0.2,
        "{rows:?}"
    );
    // The decoder is that of the chosen value, and the resolved experiment still asks.
    let plugins = record["provenance"]["plugins"].to_string();
    assert!(
        plugins.contains("l2: 0.001") && !plugins.contains("l2: 0.01,"),
        "{plugins}"
    );
    let resolved = fs::read_to_string(run.join("run.ron")).unwrap();
    assert!(resolved.contains("decoder.l2=1000,0.001"), "{resolved}");
    let table = fs::read_to_string(run.join("tables/tuned.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        lines[0],
        "settings,score,mean,standard_error,n_folds,is_chosen"
    );
    assert!(
        lines[2].starts_with("decoder.l2=0.001,mean pixel correlation,")
            && lines[2].ends_with(",4,true"),
        "{table}"
    );
    if let Some(pages) = pages(&run.join("report.pdf")) {
        let text = pages
            .concat()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let words = "inner cross-validation on 40 training images in 4 parts; the test images were not used";
        assert!(text.contains(words), "{text}");
    }
    let verified = lab.lab(&["verify", run.to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    // A run with the value written, and nothing to choose, has the same decoders and the same result.
    let written = run_without(&lab, "decoder.l2=0.001");
    assert_eq!(record["headline"], self::record(&written)["headline"]);
    let weights = |run: &Path| fs::read(run.join("weights/decoders.safetensors")).unwrap();
    assert!(weights(&run) == weights(&written));
}

/// The same experiment with a value that is written, and nothing to choose.
fn run_without(lab: &LabTest, set: &str) -> PathBuf {
    let text = EXPERIMENT.replace(
        "    tune: (\n        folds: 4,\n        values: [\"decoder.l2=1000,0.001\"],\n    ),\n",
        "",
    );
    assert!(!text.contains("tune:"));
    lab.write("tuned.ron", text);
    run(lab, &[set])
}

/// Test rows hold numbers far outside of all responses, and other ones in each: what is chosen, and every score on the way, stays.
#[test]
fn test_rows_choose_nothing() {
    let lab = world();
    let before = record(&run(&lab, &[]));
    for name in ["responses_A.npy", "responses_B.npy"] {
        let mut bytes = fs::read(lab.path(name)).unwrap();
        let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let n_columns = (bytes.len() - header) / 4 / 100;
        for (place, value) in bytes[header..].chunks_exact_mut(4).enumerate() {
            if place / n_columns % 50 >= 40 {
                value.copy_from_slice(&(1e6 * (place as f32).sin()).to_le_bytes());
            }
        }
        lab.write(name, bytes);
    }
    let after = record(&run(&lab, &[]));
    assert_eq!(before["tuned"], after["tuned"]);
    assert_ne!(before["headline"], after["headline"]);
}

#[test]
fn a_plan_lists_the_fits_and_says_what_they_chose() {
    let lab = world();
    let plan = || {
        let ended = lab.lab(&["plan", "tuned.ron"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        ended.stdout
    };
    let before = plan();
    for words in [
        "tune (8 of 8)",
        "The fits of tune choose among 2 combinations",
    ] {
        assert!(before.contains(words), "{before}");
    }
    let checked = lab.lab(&["check", "tuned.ron", "--estimate"]);
    assert!(
        checked.stdout.contains("tune, 8 fits: "),
        "{}{}",
        checked.stdout,
        checked.stderr
    );
    run(&lab, &[]);
    the_plan_is_what_was_made(&lab, "tuned.ron", &[]);
    let after = plan();
    for words in [
        "The 8 fits of tune are there, and chose decoder.l2=0.001",
        "A run would train nothing.",
    ] {
        assert!(after.contains(words), "{after}");
    }
    // One more value adds its own fits, and the others are reused.
    let more = lab.json(&[
        "plan",
        "tuned.ron",
        "--format",
        "json",
        "--set",
        r#"tune.values=["decoder.l2=1000,0.001,0.1"]"#,
    ]);
    let stages = more["stages"].as_array().unwrap();
    let fits = stages.iter().filter(|stage| stage["stage"] == "tune");
    let states: Vec<&str> = fits.map(|stage| stage["state"].as_str().unwrap()).collect();
    assert_eq!(
        states.iter().filter(|state| **state == "there").count(),
        8,
        "{states:?}"
    );
    assert_eq!(states.len(), 12);
}

/// Each run of a sweep chooses for itself; what a sweep sets is not chosen.
#[test]
fn a_sweep_over_a_tuned_experiment_chooses_in_each_run() {
    let lab = world();
    let plan = lab.lab(&["sweep", "tuned.ron", "--set", "seed=1,2", "--plan"]);
    assert!(
        plan.stdout.contains("tune       2 runs share 2 trainings"),
        "{}",
        plan.stdout
    );
    let ended = lab.lab(&["sweep", "tuned.ron", "--set", "seed=1,2"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let runs = fs::read_dir(lab.path("runs/tuned")).unwrap();
    let folders = runs
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir());
    let records: Vec<Value> = folders.map(|entry| record(&entry.path())).collect();
    let [first, second] = &records[..] else {
        panic!("{} runs", records.len());
    };
    assert_ne!(first["tuned"]["parts"], second["tuned"]["parts"]);
    assert_eq!(chosen(first), chosen(second));
    lab.complains(
        &["sweep", "tuned.ron", "--set", "decoder.l2=0.1,0.2"],
        &[
            "decoder.l2=0.1",
            "'decoder.l2' is chosen by tune",
            "take the setting out",
        ],
    );
}

#[test]
fn smoke_runs_shrink_it() {
    let checked = world().json(&[
        "check",
        "tuned.ron",
        "--smoke",
        "--format",
        "json",
        "--set",
        "tune.members=5",
    ]);
    let resolved = checked["resolved"].as_str().unwrap();
    let tune = &resolved[resolved.find("tune:").unwrap()..];
    assert!(
        tune.contains("folds: 2") && tune.contains("members: 2"),
        "{resolved}"
    );
}

/// What cannot be right is told with its place, before anything is computed.
#[test]
fn what_cannot_be_chosen_is_said_where_it_is_written() {
    let lab = world();
    let values = r#"["decoder.l2=1000,0.001"]"#;
    for (before, after, words) in [
        (
            values,
            r#"["generator.latent=5,6"]"#,
            &["tuned.ron:21:", "networks are trained once"][..],
        ),
        (
            values,
            r#"["seed=1,2"]"#,
            &["tuned.ron:21:", "no better than another"],
        ),
        (
            values,
            r#"["dataset.size=16,8"]"#,
            &["changes the data or the test set"],
        ),
        (values, r#"["decoder.l3=1,2"]"#, &["tuned.ron:21:18", "l3"]),
        (
            values,
            r#"["decodr.l2=1,2"]"#,
            &["no 'decodr'", "did you mean 'decoder'?"],
        ),
        (
            values,
            r#"["align.7.variance=0.1,0.2"]"#,
            &["tuned.ron:21:18", "align.7"],
        ),
        (
            values,
            r#"["decoder.l2=0.1,-1"]"#,
            &["tuned.ron:21:18", "decoder.l2=-1", "0 or"],
        ),
        (
            values,
            r#"["decoder.l2=0.1,many"]"#,
            &["tuned.ron:21:18", "many"],
        ),
        (
            values,
            r#"["decoder.l2=0.1,,2"]"#,
            &["a value beside each comma"],
        ),
        (
            values,
            r#"["decoder.l2=0.1"]"#,
            &["two combinations or more, got one"],
        ),
        (values, "[]", &["two combinations or more, got one"]),
        (values, r#"["decoder.l2"]"#, &["a setting and its values"]),
        (
            values,
            r#"["decoder.l2=1..1001"]"#,
            &["at most 1000 combinations, got 1001"],
        ),
        (
            values,
            r#"["decoder=linear(),mlp()", "decoder.l2=1,2"]"#,
            &["are one setting"],
        ),
        (
            values,
            r#"["ensemble.members=1,2"]"#,
            &["tune.members decoders"],
        ),
        (
            "folds: 4",
            "folds: 1",
            &["tuned.ron:20:16", "at least 2", "1"],
        ),
        (
            "folds: 4",
            "folds: 21",
            &[
                "tuned.ron:20:16",
                "at most 20",
                "40 training images",
                "got 21",
            ],
        ),
        (
            "folds: 4",
            "score: Pixels",
            &["tuned.ron:20:", "Pixels", "PixelCorrelation"],
        ),
        ("folds: 4", "fold: 4", &["tuned.ron:20:", "fold", "folds"]),
    ] {
        assert!(EXPERIMENT.contains(before));
        lab.write("tuned.ron", EXPERIMENT.replace(before, after));
        for verb in ["check", "run"] {
            lab.complains(&[verb, "tuned.ron"], words);
        }
    }
    // Nothing was made for it.
    assert!(!lab.path("runs/.stages/tune").exists());
}
