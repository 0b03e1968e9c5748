//! The barrier: what test rows hold reaches nothing that is fitted.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::arrays::{Mine, arguments};
use crate::lab_test::LabTest;

/// The weights of every network and decoder of a run by file, and its record.
fn run(lab: &LabTest) -> (BTreeMap<String, Vec<u8>>, Value) {
    let ended = lab.lab(&arguments(&[]));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let folder = lab.path(ended.stdout.trim_end());
    let folder = folder.parent().unwrap();
    let files = fs::read_dir(folder.join("weights")).unwrap();
    let weights = files.map(|file| {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, fs::read(path).unwrap())
    });
    let weights = weights.collect();
    let record = fs::read(folder.join("record.json")).unwrap();
    (weights, serde_json::from_slice(&record).unwrap())
}

/// Facts of the fitted aligners, which are not of held-out rows.
fn fits(record: &Value) -> Vec<Value> {
    let rows = record["alignment"].as_array().unwrap().iter();
    rows.filter(|row| row["held_out"] == false)
        .cloned()
        .collect()
}

#[test]
fn poisoned_test_rows_change_nothing_that_is_fitted() {
    let lab = LabTest::new();
    let mut mine = Mine::new();
    mine.write(&lab);
    let (weights, record) = run(&lab);
    assert!(weights.len() >= 4, "{:?}", weights.keys());

    // Far larger than any response, and another number for each: no mean, scale or direction could miss them.
    mine.poison_test_rows();
    fs::remove_dir_all(lab.path("mine")).unwrap();
    mine.write(&lab);
    let (poisoned, poisoned_record) = run(&lab);
    for (name, bytes) in &weights {
        assert!(poisoned.get(name) == Some(bytes), "{name} has changed");
    }
    assert_eq!(fits(&record), fits(&poisoned_record));
    for same in ["curves", "shares", "patterns", "information"] {
        assert_eq!(record[same], poisoned_record[same], "{same}");
    }
    // The decoder's ceiling stands on an encoding model of training rows, and only tells how it goes along with test rows.
    let ceiling = "decoder_ceiling.observer.pixel.overall";
    assert_eq!(
        record["headline"][ceiling],
        poisoned_record["headline"][ceiling]
    );
    // What is decoded from these rows is another thing, or they would not have been poisoned.
    let score = "similarity.pixel";
    assert_ne!(
        record["headline"][score],
        poisoned_record["headline"][score]
    );
}
