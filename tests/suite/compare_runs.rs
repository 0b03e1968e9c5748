//! `lab compare runs`: scores side by side, paired differences as scipy computes them, and settings that differ.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::finished::{copy, finished, json, rewrite_record};
use crate::lab_test::{LabTest, contents, root};
use crate::toy::pages;

/// Draws as those of scipy: all 4096 signs of 12 images, and enough for an interval.
fn with_many_draws(record: &mut Value) {
    let resolved = record["provenance"]["resolved"].as_str().unwrap();
    let many = resolved
        .replace("n_permutations: 200", "n_permutations: 5000")
        .replace("n_bootstrap: 200", "n_bootstrap: 20000");
    assert_ne!(resolved, many);
    record["provenance"]["resolved"] = many.into();
}

/// Puts the decisions of a reference run into a record.
fn with_decisions(record: &mut Value, run: &Value) {
    let rows = record["decisions"].as_array_mut().unwrap();
    let mut n_changed = 0;
    for row in rows.iter_mut().filter(|row| row["condition"] == "Decoder") {
        let observer = row["observer"].as_str().unwrap().to_owned();
        let image = row["test_image"].as_u64().unwrap() as usize;
        if run["n_correct"][&observer].is_array() {
            assert_eq!(row["n_decisions"], 5);
            row["n_correct"] = run["n_correct"][&observer][image].clone();
            row["identification"] = run["identification"][&observer][image].clone();
            n_changed += 1;
        }
    }
    assert_eq!(n_changed, 36, "3 observers of 12 images");
}

fn compare(lab: &LabTest, runs: &[&str], out: &str) -> Value {
    lab.json(
        &[
            &["compare", "runs"],
            runs,
            &["--out", out, "--format", "json"],
        ]
        .concat(),
    )
}

/// The difference of a run in a score.
fn against<'a>(compared: &'a Value, run: usize, statistic: &str, observer: &str) -> &'a Value {
    let rows = compared["rows"].as_array().unwrap();
    let found = rows.iter().find(|row| {
        row["run"] == run
            && row["statistic"] == statistic
            && row["observer"] == observer
            && row["direction"] == "OriginalToReconstructions"
    });
    &found.unwrap_or_else(|| panic!("no {statistic} {observer}"))["against_first"]
}

#[test]
fn paired_differences_are_those_of_scipy() {
    let reference = json(&root().join("tests/reference/runs/runs.json"));
    let lab = LabTest::new();
    for (name, run) in ["a", "b", "c"]
        .iter()
        .zip(reference["runs"].as_array().unwrap())
    {
        copy(&lab.path(name));
        rewrite_record(&lab.path(name), |record| {
            with_many_draws(record);
            with_decisions(record, run);
            record["name"] = (*name).into();
        });
    }
    let compared = compare(&lab, &["a", "b", "c"], "out");
    let near = |found: &Value, expected: &Value, tolerance: f64, what: &str| {
        let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
        assert!(
            (found - expected).abs() <= tolerance,
            "{what}: {found} {expected}"
        );
    };
    for (place, expected) in reference["expected"].as_array().unwrap().iter().enumerate() {
        let scores = [
            ("ObserverOverall", "decisions"),
            ("PairwiseIdentification", "pairs"),
        ];
        for (statistic, of) in scores {
            for (observer, expected) in expected[of].as_object().unwrap() {
                let found = against(&compared, place + 1, statistic, observer);
                let what = format!("run {place}, {statistic}, {observer}");
                near(&found["value"], &expected["value"], 1e-12, &what);
                let p = &found["p_sign_flip_ties_whole"];
                near(p, &expected["p"], 1e-12, &what);
                assert!(found["p_sign_flip"].as_f64() <= p.as_f64(), "{what}");
                // Two bootstraps of 20 000 and 200 000 draws, of shares in steps of 1/120.
                near(&found["interval"][0], &expected["interval"][0], 0.01, &what);
                near(&found["interval"][1], &expected["interval"][1], 0.01, &what);
                if of == "decisions" {
                    // Corrected is p with its place among ties, which is at most the one with all of them.
                    let most = expected["p_holm"].as_f64().unwrap() + 1e-12;
                    let p_holm = found["p_holm"].as_f64().unwrap();
                    assert!(found["p_sign_flip"].as_f64() <= Some(p_holm), "{what}");
                    assert!(p_holm <= most, "{what}: {p_holm} {most}");
                } else {
                    assert!(found["p_holm"].is_null(), "{what}");
                }
            }
        }
    }
    assert_eq!(compared["n_sign_flips"], 4096);
    let found = compared["findings"].to_string();
    assert!(found.contains("b against a, image by image"), "{found}");
    assert!(
        found.contains("by pixels +32.5 percentage points"),
        "{found}"
    );
    assert!(found.contains("b is better") && found.contains("which may be chance"));
    assert_eq!(compared["settings"], serde_json::json!([]));
    files_are_there(&lab.path("out"));
    // The table has the same numbers.
    let table = fs::read_to_string(lab.path("out/runs.csv")).unwrap();
    let line = table
        .lines()
        .find(|line| line.starts_with("b,") && line.contains("observer_overall,pixel"));
    assert!(line.unwrap().contains(",a,0.325"), "{line:?}");
}

fn files_are_there(out: &Path) {
    let files = contents(out);
    for (name, begin) in [
        ("runs.csv", &b"run,experiment,"[..]),
        ("runs.parquet", b"PAR1"),
        ("runs.pdf", b"%PDF-"),
        ("runs.png", b"\x89PNG"),
        ("runs.svg", b"<svg"),
        ("run_differences.png", b"\x89PNG"),
        ("runs.json", b"{"),
    ] {
        assert!(files[name].starts_with(begin), "{name}");
    }
    // Toy runs say so on every page.
    if let Some(pages) = pages(&out.join("runs.pdf")) {
        assert!(pages.len() > 1);
        for page in &pages {
            assert!(page.contains("TOY, NO RESULT"), "{page}");
            assert!(page.contains("SIMULATED RESPONSES"), "{page}");
        }
    }
}

#[test]
fn runs_that_cannot_be_paired_stand_by_themselves() {
    let lab = LabTest::new();
    let first = finished().to_string_lossy().into_owned();
    let changed = |name: &str, change: &dyn Fn(&mut Value)| {
        copy(&lab.path(name));
        rewrite_record(&lab.path(name), |record| change(record));
    };
    let in_text = |from: &'static str, to: &'static str| {
        move |record: &mut Value| {
            let resolved = record["provenance"]["resolved"].as_str().unwrap();
            assert!(resolved.contains(from), "{from}");
            record["provenance"]["resolved"] = resolved.replacen(from, to, 1).into();
        }
    };
    changed("foils", &in_text("n_foils: 5", "n_foils: 7"));
    changed("image", &|record| {
        record["data"]["test_images"][3]["id"] = 999.into();
    });
    changed("setting", &in_text("l2: 0.01", "l2: 0.5"));
    let runs = [&*first, "foils", "image", "setting"];
    let compared = compare(&lab, &runs, "out");
    let why = |place: usize| compared["runs"][place]["not_paired"].to_string();
    assert!(why(1).contains("scores.n_foils: 5 in the first run, 7 in this one"));
    assert!(why(2).contains("test image 3: ") && why(2).contains("index 999"));
    assert_eq!((why(0), why(3)), ("[]".into(), "[]".into()));
    let warnings = compared["warnings"].to_string();
    assert!(
        warnings.contains("is not compared with quickstart-"),
        "{warnings}"
    );
    for (place, is_paired) in [(1, false), (2, false), (3, true)] {
        let found = against(&compared, place, "ObserverOverall", "pixel");
        assert_eq!(found.is_object(), is_paired, "{place}");
    }
    // Equal decisions differ by nothing, and nothing can be said of them.
    let same = against(&compared, 3, "ObserverOverall", "pixel");
    assert_eq!(
        (&same["value"], &same["p_sign_flip"]),
        (&0.0.into(), &1.0.into())
    );
    // Every run's scores stand in the table, paired or not.
    let table = fs::read_to_string(lab.path("out/runs.csv")).unwrap();
    assert_eq!(table.matches("observer_overall,pixel").count(), 4);
    let settings = compared["settings"].as_array().unwrap();
    let setting = |name: &str| settings.iter().find(|row| row["setting"] == name);
    let l2 = &setting("decoder.l2").unwrap()["values"];
    assert_eq!(*l2, serde_json::json!(["0.01", "0.01", "0.01", "0.5"]));
    assert!(setting("scores.n_foils").is_some() && settings.len() == 2);
    // Labels of namesakes tell them apart, and the terminal says what the JSON does.
    let labels: Vec<&Value> = (0..4).map(|at| &compared["runs"][at]["label"]).collect();
    assert!(
        (1..4).all(|at| !labels[..at].contains(&labels[at])),
        "{labels:?}"
    );
    let arguments = [&["compare", "runs"], &runs[..], &["--out", "again"]].concat();
    let ended = lab.lab(&arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for words in [
        "TOY: ",
        "SIMULATED: ",
        "decoder.l2",
        "two alternatives, pixel",
        "! ",
    ] {
        assert!(ended.stdout.contains(words), "{words}: {}", ended.stdout);
    }
    assert!(contents(&lab.path("out")) == contents(&lab.path("again")));
}

#[test]
fn two_runs_are_asked_for() {
    let lab = LabTest::new();
    let first = finished().to_string_lossy().into_owned();
    lab.complains(&["compare", "runs", &*first], &["2 values required"]);
    fs::create_dir(lab.path("empty")).unwrap();
    lab.complains(
        &["compare", "runs", &*first, "empty"],
        &[
            "'empty' is the folder of an unfinished run, or of none",
            "runs/NAME/latest",
        ],
    );
}
