//! `lab doctor` says what a machine has, and what to do about what is missing.

use std::fs;

use lab_core::nn::cpu;
use lab_core::training::INTERVAL_VARIABLE;

use crate::lab_test::{LabTest, experiment};

#[test]
fn a_machine_that_runs_experiments_is_fine() {
    let lab = LabTest::new();
    let ended = lab.lab(&["doctor", &experiment("quickstart")]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    for title in [
        "Processor",
        "Memory",
        "Disk",
        "Cards",
        "Cluster",
        "Data and weights",
        "Variables",
    ] {
        assert!(
            ended.stdout.lines().any(|line| line.starts_with(title)),
            "{title}: {}",
            ended.stdout
        );
    }
    assert!(
        ended.stdout.contains("makes its own data"),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.lines().all(|line| line.chars().count() <= 80),
        "{}",
        ended.stdout
    );
    let left = fs::read_dir(lab.path(".")).unwrap().count();
    assert_eq!(left, 0, "nothing is left behind");
}

#[test]
fn data_that_is_missing_is_named_with_its_source() {
    let lab = LabTest::new();
    let facts = lab.lab(&["doctor", &experiment("vim1"), "--format", "json"]);
    assert_eq!(facts.code, 1, "{}", facts.stderr);
    let facts: serde_json::Value = serde_json::from_str(&facts.stdout).unwrap();
    assert_eq!(facts["works"], false);
    let groups = facts["groups"].as_array().unwrap();
    let data = groups
        .iter()
        .find(|group| group["title"].as_str().unwrap().starts_with("Data"))
        .unwrap();
    let finding = &data["findings"][0];
    assert_eq!(finding["state"], "stops", "{finding:#}");
    assert!(
        finding["found"].as_str().unwrap().contains("dataset: no '"),
        "{finding:#}"
    );
    assert!(
        finding["remedy"].as_str().unwrap().contains("crcns"),
        "{finding:#}"
    );
    // Of experiments that nobody asked for, missing data stops nothing.
    fs::create_dir(lab.path("experiments")).unwrap();
    fs::copy(experiment("vim1"), lab.path("experiments/vim1.ron")).unwrap();
    lab.write("experiments/broken.ron", "(name: ");
    let ended = lab.lab(&["doctor"]);
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    assert!(
        ended.stdout.contains("! experiments/broken.ron"),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.contains("! experiments/vim1.ron"),
        "{}",
        ended.stdout
    );
}

#[test]
fn what_keeps_lab_from_working_is_said() {
    let lab = LabTest::new();
    lab.write("file", "");
    let ended = lab.lab(&["doctor", "--runs", "file"]);
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    assert!(ended.stdout.contains("is no folder"), "{}", ended.stdout);
    let variables = [("LAB_CPU", "fast"), ("LAB_TREADS", "3")];
    let ended = lab.lab_with(&["doctor"], &variables);
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    assert!(
        ended.stdout.contains("LAB_CPU is 'fast'"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("is it misspelt?"), "{}", ended.stdout);
    // What the program reads itself is known.
    let variables = [
        (INTERVAL_VARIABLE, "30"),
        (cpu::VARIABLE, "avx2"),
        ("LAB_NO_PROGRESS", "1"),
    ];
    let ended = lab.lab_with(&["doctor"], &variables);
    assert!(!ended.stdout.contains("misspelt"), "{}", ended.stdout);
    // Without any program to ask, less is said.
    let ended = lab.lab_with(&["doctor"], &[("PATH", "/nowhere")]);
    assert_eq!(ended.code, 0, "{}", ended.stdout);
}
