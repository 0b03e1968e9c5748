//! Whole runs at toy size: what they leave behind, and that it is always the same.

use std::fs;

use crate::lab_test::{LabTest, contents, experiment};

fn smoke(lab: &LabTest, runs: &str, more: &[&str]) -> String {
    let quickstart = experiment("quickstart");
    let mut arguments = vec!["run", quickstart.as_str(), "--smoke", "--runs", runs];
    arguments.extend_from_slice(more);
    let ended = lab.lab(&arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended.stdout.trim_end().to_owned()
}

#[test]
fn a_run_leaves_what_the_design_says() {
    let lab = LabTest::new();
    let report = smoke(&lab, "runs", &[]);
    assert!(
        report.ends_with("report.pdf"),
        "the last line is the report's path: {report}"
    );
    assert!(fs::read(lab.path(&report)).unwrap().starts_with(b"%PDF"));
    let folder = lab.path(&report).parent().unwrap().to_owned();
    for name in [
        "run.ron",
        "summary.json",
        "record.json",
        "manifest.json",
        "reconstructions/index.csv",
        "tables/scores.csv",
        "tables/scores.parquet",
    ] {
        assert!(folder.join(name).exists(), "{name}");
    }
    assert!(fs::read_dir(folder.join("figures")).unwrap().count() >= 10);
    let record = fs::read_to_string(folder.join("record.json")).unwrap();
    assert!(record.contains("fitted on single trials"));
    assert!(folder.join("weights/generator.safetensors").exists());
    assert_eq!(
        folder.canonicalize().unwrap(),
        lab.path("runs/quickstart/latest-toy")
            .canonicalize()
            .unwrap()
    );

    // The resolved experiment runs again as it is, and finds every stage done.
    let run_ron = folder.join("run.ron").to_string_lossy().into_owned();
    let again = lab.lab(&["run", &run_ron, "--smoke", "--runs", "runs"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(again.stdout.trim_end(), report);
    let n_reused = again.stderr.lines().filter(|line| line.ends_with("reused"));
    assert!(n_reused.count() > 10, "{}", again.stderr);
}

#[test]
fn the_same_bytes_from_any_number_of_threads_and_from_two_runs() {
    let lab = LabTest::new();
    let mut all = Vec::new();
    for (runs, threads) in [("a", "1"), ("b", "2")] {
        // The command stands on the provenance page, so that the runs differ in their folder alone.
        fs::create_dir(lab.path(runs)).unwrap();
        let quickstart = experiment("quickstart");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_lab"))
            .args(["run", &quickstart, "--smoke"])
            .env("RAYON_NUM_THREADS", threads)
            .current_dir(lab.path(runs))
            .output()
            .unwrap();
        let report = String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned();
        let mut files = contents(lab.path(runs).join(report).parent().unwrap());
        files.remove("manifest.json");
        all.push(files);
    }
    for other in &all[1..] {
        assert_eq!(
            all[0].keys().collect::<Vec<_>>(),
            other.keys().collect::<Vec<_>>()
        );
        for (name, bytes) in &all[0] {
            assert!(bytes == &other[name], "{name} differs between runs");
        }
    }
}

#[test]
fn a_changed_weight_trains_decoders_again_and_not_the_generator() {
    let lab = LabTest::new();
    smoke(&lab, "runs", &[]);
    let count = |stage: &str| {
        fs::read_dir(lab.path("runs/.stages").join(stage))
            .unwrap()
            .count()
    };
    assert_eq!((count("generator"), count("decode")), (1, 1));
    smoke(&lab, "runs", &["--set", "losses.1.0=25"]);
    assert_eq!(
        (count("generator"), count("features"), count("decode")),
        (1, 1, 2)
    );
}

#[test]
fn feature_terms_move_the_decoder() {
    let lab = LabTest::new();
    let decoder = |runs: &str, more: &[&str]| {
        let report = smoke(&lab, runs, more);
        fs::read(
            lab.path(&report)
                .with_file_name("weights/decoders.safetensors"),
        )
        .unwrap()
    };
    let with = decoder("with", &[]);
    let presence = decoder("presence", &["--set", "losses.1.0=0"]);
    let magnitude = decoder("magnitude", &["--set", "losses.2.0=0"]);
    assert!(
        with != presence,
        "the presence term does not reach the decoder"
    );
    assert!(
        with != magnitude,
        "the magnitude term does not reach the decoder"
    );
}

#[test]
fn a_failed_criterion_is_exit_code_one() {
    let lab = LabTest::new();
    let report = smoke(&lab, "runs", &[]);
    let run_ron = lab
        .path(&report)
        .with_file_name("run.ron")
        .to_string_lossy()
        .into_owned();
    for (bound, code) in [("1.1", 1), ("-1.0", 0)] {
        let set = format!("criteria=[at_least(\"observer.pixel.overall\", {bound})]");
        let ended = lab.lab(&["run", &run_ron, "--set", &set]);
        assert_eq!(ended.code, code, "{}", ended.stderr);
    }
    let set = "criteria=[at_least(\"observer.pixl.overall\", 0.5)]";
    lab.complains(
        &["run", &run_ron, "--set", set],
        &[
            "observer.pixl.overall",
            "did you mean 'observer.pixel.overall'?",
        ],
    );
}
