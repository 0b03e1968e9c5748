//! Settings that a run chooses on its training images.

use std::fs;

use serde_json::Value;

use crate::arrays::{Mine, arguments};
use crate::lab_test::LabTest;

/// An L2 penalty so strong that nothing is learned, between two that let something through.
const VALUES: &str = r#"tune=(values: ["decoder.l2=0.01,1000000,0.02"], folds: 3)"#;
/// Toy decoders learn next to nothing: this is enough to tell the penalties apart.
const LONGER: [&str; 4] = [
    "decoder.epochs=60",
    "decoder.learning_rate=0.01",
    "ensemble.members=1",
    "ensemble.per_pass=1",
];

fn sets(more: &[&'static str]) -> Vec<&'static str> {
    [&LONGER[..], more].concat()
}

/// What a run records, and the weights of its decoders.
fn run(lab: &LabTest, sets: &[&str]) -> (Value, Vec<u8>) {
    let ended = lab.lab(&arguments(sets));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let folder = lab.path(ended.stdout.trim_end());
    let folder = folder.parent().unwrap();
    let record = fs::read(folder.join("record.json")).unwrap();
    let weights = fs::read(folder.join("weights/decoders.safetensors")).unwrap();
    (serde_json::from_slice(&record).unwrap(), weights)
}

#[test]
fn a_penalty_that_lets_nothing_through_is_not_chosen_and_test_rows_take_no_part() {
    let lab = LabTest::new();
    let mut mine = Mine::new();
    mine.write(&lab);
    let (record, weights) = run(&lab, &sets(&[VALUES]));
    let tuned = &record["tuned"];
    let rows = tuned["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    // A toy run cuts the images into two parts.
    assert_eq!(
        (&tuned["n_images"], &tuned["n_folds"]),
        (&24.into(), &2.into())
    );
    let chosen: Vec<&Value> = rows.iter().filter(|row| row["is_chosen"] == true).collect();
    assert_eq!(chosen.len(), 1);
    let chosen = chosen[0]["values"][0].as_str().unwrap();
    assert_ne!(chosen, "1000000", "{rows:?}");

    // The run is the one with that value in the file, byte for byte.
    let set = format!("decoder.l2={chosen}");
    let written = [&LONGER[..], &[set.as_str()]].concat();
    let (_, as_written) = run(&lab, &written);
    assert!(weights == as_written, "decoders differ from those of {set}");

    mine.poison_test_rows();
    fs::remove_dir_all(lab.path("mine")).unwrap();
    mine.write(&lab);
    let (poisoned, poisoned_weights) = run(&lab, &sets(&[VALUES]));
    assert_eq!(*tuned, poisoned["tuned"]);
    assert!(
        weights == poisoned_weights,
        "test rows decided about decoders"
    );
}

#[test]
fn settings_that_cannot_be_chosen_are_refused_where_they_stand() {
    let lab = LabTest::new();
    Mine::new().write(&lab);
    for (tune, words) in [
        (r#"["seed=1,2"]"#, ["'seed' may not be chosen", "lab sweep"]),
        (
            r#"["decoder.l2=0.1"]"#,
            ["two combinations or more, got one", "leave tune out"],
        ),
        (
            r#"["decoder.l2=0.1,0.2", "decoder.l2=0.3"]"#,
            ["'decoder.l2' stands there twice", "in one text"],
        ),
        (
            r#"["decoder.l3=0.1,0.2"]"#,
            ["tune.values, decoder.l3=0.1", "l2"],
        ),
        (
            r#"["decoder.l2=-1,0.2"]"#,
            ["tune.values, decoder.l2=-1", "0 or a number above 0"],
        ),
        (
            r#"["align.9.variance=0.1,0.2"]"#,
            ["tune.values, align.9.variance=0.1", "align"],
        ),
        (r#"["decoder.l2"]"#, ["decoder.l2", "path.to.key=value"]),
    ] {
        let set = format!("tune=(values: {tune})");
        lab.complains(&arguments(&[&set]), &words);
    }
    let one = r#"tune=(values: ["decoder.l2=0.1,0.2"], folds: 1)"#;
    lab.complains(&arguments(&[one]), &["folds", "at least 2"]);
}
