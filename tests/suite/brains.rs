//! The authors' real BRAINS stimuli with simulated responses.

use crate::lab_test::{LabTest, experiment, real_file};

#[test]
fn brains_runs_on_the_real_stimuli() {
    let Some(stimuli) = real_file("stim_brains.mat") else {
        return;
    };
    let lab = LabTest::new();
    let set = format!("dataset.stimuli.images={:?}", stimuli.to_string_lossy());
    let ended = lab.lab(&["run", &experiment("brains"), "--smoke", "--set", &set]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let record = lab
        .path(ended.stdout.trim_end())
        .with_file_name("record.json");
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(record).unwrap()).unwrap();
    assert_eq!(
        (&record["data"]["n_train"], &record["data"]["n_test"]),
        (&288.into(), &72.into())
    );
    assert!(record["data"]["simulated"].is_string());
}

#[test]
fn brains_stands_in_for_missing_stimuli_at_smoke_size_only() {
    let lab = LabTest::new();
    let experiment = experiment("brains");
    lab.complains(&["run", &experiment], &["there is no file", "brains.ron:"]);
    assert_eq!(lab.lab(&["check", &experiment, "--smoke"]).code, 0);
}

#[test]
fn letters_stand_in_for_a_missing_corpus_at_smoke_size_only() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let corpus = "features.train.corpus=characters(path: \"none.mat\")";
    lab.complains(
        &["check", &quickstart, "--set", corpus],
        &["features: there is no file 'none.mat'"],
    );
    let ended = lab.lab(&["check", &quickstart, "--smoke", "--set", corpus]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("corpus of features: there is no file 'none.mat'"),
        "{}",
        ended.stderr
    );
    // What stands in is part of what is done, and no letter of the test set is among it.
    assert!(
        ended.stdout.contains("series: \"features\""),
        "{}",
        ended.stdout
    );
    assert!(!ended.stdout.contains("none.mat"), "{}", ended.stdout);
}
