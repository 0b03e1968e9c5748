//! `--smoke`: toy size says so everywhere, and takes no other run's place.

use std::fs;

use serde_json::Value;

use crate::lab_test::{LabTest, experiment};

const SAID: &str = "made by --smoke at toy size";

/// The words on each page of a PDF, by poppler; `None` with a printed reason where it is not installed.
pub(crate) fn pages(pdf: &std::path::Path) -> Option<Vec<String>> {
    let Ok(output) = std::process::Command::new("pdftotext")
        .arg(pdf)
        .arg("-")
        .output()
    else {
        lab_core::testing::skip("pdftotext is not installed");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(
        text.trim_end_matches('\u{c}')
            .split('\u{c}')
            .map(str::to_owned)
            .collect(),
    )
}

#[test]
fn a_toy_run_says_so_everywhere() {
    let lab = LabTest::new();
    let ended = lab.lab(&["run", &experiment("quickstart"), "--smoke"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stderr.starts_with("TOY: ") && ended.stderr.contains(SAID),
        "{}",
        ended.stderr
    );
    let report = lab.path(ended.stdout.trim_end());
    let summary = fs::read(report.with_file_name("summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    assert!(summary["toy"].as_str().unwrap().contains(SAID));
    if let Some(pages) = pages(&report) {
        assert!(pages.len() > 5);
        for (idx, page) in pages.iter().enumerate() {
            assert!(page.contains("TOY, NO RESULT"), "page {}: {page}", idx + 1);
        }
        assert!(pages[0].contains("by --smoke"), "{}", pages[0]);
    }
    // The page is one of the stored record.
    let name = report.parent().unwrap().to_string_lossy().into_owned();
    let before = fs::read(&report).unwrap();
    assert_eq!(lab.lab(&["report", &name]).code, 0);
    assert!(fs::read(&report).unwrap() == before);
    // At full size nothing says so.
    let checked = lab.json(&["check", &experiment("quickstart"), "--format", "json"]);
    assert!(checked["toy"].is_null());
}

#[test]
fn a_toy_run_is_never_the_latest() {
    let lab = LabTest::new();
    let run = |more: &[&str]| {
        let ended = lab.lab(&[&["run"], more].concat());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        lab.path(ended.stdout.trim_end())
            .parent()
            .unwrap()
            .canonicalize()
            .unwrap()
    };
    let quickstart = experiment("quickstart");
    let toy = run(&[&quickstart, "--smoke"]);
    assert!(!lab.path("runs/quickstart/latest").exists());
    let resolved = toy.join("run.ron").to_string_lossy().into_owned();
    // The same sizes at full size: a run of its own, which is the latest one.
    let whole = run(&[&resolved]);
    assert_ne!(whole, toy, "neither takes the place of the other");
    let latest = || lab.path("runs/quickstart/latest").canonicalize().unwrap();
    assert_eq!(latest(), whole);
    assert_eq!(run(&[&resolved, "--smoke"]), toy);
    assert_eq!(latest(), whole);
    let latest_toy = lab.path("runs/quickstart/latest-toy");
    assert_eq!(latest_toy.canonicalize().unwrap(), toy);
    let summary = fs::read_to_string(whole.join("summary.json")).unwrap();
    assert!(summary.contains("\"toy\": null"), "{summary}");
}

#[test]
fn criteria_that_are_set_by_hand_hold_at_toy_size_too() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let resolved = |sets: &[&str]| {
        let mut arguments = vec!["check", &quickstart, "--smoke", "--format", "json"];
        sets.iter().for_each(|set| arguments.extend(["--set", set]));
        let facts = lab.json(&arguments);
        facts["resolved"].as_str().unwrap().to_owned()
    };
    assert!(resolved(&[]).contains("criteria: []"));
    let bound = r#"criteria=[at_least("observer.pixel.overall", 1.5)]"#;
    assert!(resolved(&[bound]).contains(r#"at_least("observer.pixel.overall", 1.5)"#));
    let ended = lab.lab(&["run", &quickstart, "--smoke", "--set", bound]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let failed = "failed: at_least(\"observer.pixel.overall\", 1.5), and it is 0.";
    assert!(ended.stderr.contains(failed), "{}", ended.stderr);
}

#[test]
fn what_stands_in_for_missing_files_is_said() {
    let lab = LabTest::new();
    let sets = [
        r#"dataset=arrays(responses: ["no.npy"], images: "no.npy", trials: "no.csv", size: 32)"#,
        r#"generator.train.corpus=packed(path: "no-corpus.npy")"#,
    ];
    let quickstart = experiment("quickstart");
    let mut arguments = vec!["check", quickstart.as_str()];
    sets.iter().for_each(|set| arguments.extend(["--set", set]));
    lab.complains(&arguments, &["there is no file 'no.npy'"]);
    arguments.extend(["--smoke", "--format", "json"]);
    let facts = lab.json(&arguments);
    let toy = facts["toy"].as_str().unwrap();
    for part in [
        "dataset: there is no file 'no.npy'",
        "corpus of generator: there is no file 'no-corpus.",
    ] {
        assert!(toy.contains(part), "{toy}");
    }
    let resolved = facts["resolved"].as_str().unwrap();
    assert!(
        resolved.contains("simulated(") && !resolved.contains("no-corpus"),
        "{resolved}"
    );
}
