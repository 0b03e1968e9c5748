//! Splits as data: made, read, part of keys and manifests, and said in the report.

use std::fs;

use serde_json::{Value, json};

use crate::arrays::{Mine, SIZE, arguments, npy, record};
use crate::lab_test::{Ended, LabTest, contents, experiment};

const USED: &str = r#"split=file("split.csv")"#;

/// Arrays of 24 training and 12 test images, with `0.png` … as names of nothing: images are counted.
fn arrays() -> LabTest {
    let lab = LabTest::new();
    Mine::new().write(&lab);
    lab
}

/// Makes a split of the arrays.
fn make(lab: &LabTest, how: &str, more: &[&str]) -> String {
    let ended = asked(lab, how, more);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended.stdout
}

/// Asks for a split of the arrays, and tells how that ended.
fn asked(lab: &LabTest, how: &str, more: &[&str]) -> Ended {
    let run = arguments(&[]);
    let sets = run.iter().skip(3).map(String::as_str);
    let mut asked = vec!["data", "split"];
    let template = experiment("arrays");
    asked.push(&template);
    asked.extend(sets);
    asked.extend(["--how", how, "--n-test", "8", "--out", "split.csv"]);
    asked.extend(more);
    lab.lab(&asked)
}

#[test]
fn a_split_that_was_made_is_used_and_said() {
    let lab = arrays();
    let said = make(
        &lab,
        "leak-controlled",
        &["--threshold", "0.05", "--seed", "4"],
    );
    assert!(
        said.contains("nearer than 0.05") && said.ends_with("split.csv\n"),
        "{said}"
    );
    let text = fs::read_to_string(lab.path("split.csv")).unwrap();
    assert_eq!(text.lines().count(), 37);
    let n_neither = text.matches(",none").count();
    let used = record(&lab, &[USED]);
    assert_eq!(
        (&used["data"]["n_test"], &used["data"]["n_train"]),
        (&8.into(), &(28 - n_neither).into())
    );
    let notes = used["data"]["notes"].to_string();
    assert!(
        notes.contains("those of 'split.csv'") && notes.contains("shown 2 times"),
        "{notes}"
    );
    // Test images are those of the table, by their indices among all images of the dataset.
    let ids: Vec<u64> = used["data"]["test_images"]
        .as_array()
        .unwrap()
        .iter()
        .map(|image| image["id"].as_u64().unwrap())
        .collect();
    let lines = text.lines().skip(1).filter(|line| line.ends_with(",test"));
    let expected: Vec<u64> = lines
        .map(|line| line.split(',').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(ids, expected);
    // No training image is nearer than the threshold.
    let distances = used["distances"].as_array().unwrap();
    assert_eq!(distances.len(), 8);
    assert!(
        distances
            .iter()
            .all(|row| row["distance"].as_f64().unwrap() >= 0.05 - 1e-6),
        "{distances:?}"
    );
}

#[test]
fn a_split_is_an_input_whose_content_counts() {
    let lab = arrays();
    make(&lab, "random", &[]);
    let before = contents(&lab.path(""));
    let run = arguments(&[USED]);
    let ended = lab.lab(&run);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let folder = lab.path(ended.stdout.trim_end());
    let manifest: Value =
        serde_json::from_slice(&fs::read(folder.with_file_name("manifest.json")).unwrap()).unwrap();
    let data = manifest["inputs"]["data"].as_array().unwrap();
    assert!(
        data.iter().any(|file| file["path"] == "split.csv"),
        "{data:?}"
    );
    // The resolved experiment names it, and check knows it.
    let check: Vec<String> = run.iter().skip(1).cloned().collect();
    let checked = lab.json(
        &[
            &["check".to_owned()][..],
            &check,
            &["--format".into(), "json".into()],
        ]
        .concat(),
    );
    assert!(
        checked["resolved"]
            .as_str()
            .unwrap()
            .contains("split: file(\"split.csv\")")
    );
    assert_eq!(checked["data"]["n_test"], json!(8));
    assert!(checked["files"].to_string().contains("split.csv"));
    // Another split is another key of the data, and why is told by the table's name.
    let text = String::from_utf8(before["split.csv"].clone()).unwrap();
    let changed = text.replacen(",test", ",none", 1);
    lab.write("split.csv", changed);
    let why = lab.lab(
        &[
            &["plan".to_owned()][..],
            &check,
            &["--why".into(), "align".into()],
        ]
        .concat(),
    );
    assert_eq!(why.code, 0, "{}", why.stderr);
    assert!(why.stdout.contains("split.csv"), "{}", why.stdout);
    lab.complains(
        &arguments(&[r#"split=file("missing.csv")"#]),
        &["there is no file 'missing.csv'", "lab data split"],
    );
    lab.write("split.csv", text.replacen(",test", ",tset", 1));
    lab.complains(
        &run,
        &["split.csv", "set, line", "train, test or none", "'tset'"],
    );
}

#[test]
fn pictures_of_no_experiment_are_split_too() {
    let lab = LabTest::new();
    let mine = Mine::new();
    let n_images = mine.images.len() / (SIZE * SIZE);
    lab.write("images.npy", npy(&[n_images, SIZE, SIZE], &mine.images));
    let asked = |how: &str, out: &str| -> Vec<String> {
        let words = [
            "data",
            "split",
            "images.npy",
            "--how",
            how,
            "--n-test",
            "8",
            "--clusters",
            "4",
            "--out",
            out,
        ];
        words.map(str::to_owned).to_vec()
    };
    for (how, says) in [
        ("random", "drawn at random"),
        ("cluster", "of 4 clusters"),
        ("leak-controlled", "nearer than 0.1"),
        ("out-of-distribution", "farthest from the others"),
    ] {
        let out = format!("{how}.csv");
        let ended = lab.lab(&asked(how, &out));
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stdout.contains(says), "{}", ended.stdout);
        let first = fs::read(lab.path(&out)).unwrap();
        // It is not overwritten, and made again it is the same.
        lab.complains(&asked(how, &out), &[&out]);
        fs::remove_file(lab.path(&out)).unwrap();
        assert_eq!(lab.lab(&asked(how, &out)).code, 0);
        assert_eq!(fs::read(lab.path(&out)).unwrap(), first);
    }
}

#[test]
fn a_distance_is_from_0_to_2_and_no_table_is_written_over() {
    let lab = arrays();
    let asked = |threshold: &str| asked(&lab, "leak-controlled", &["--threshold", threshold]);
    for threshold in ["NaN", "inf", "2.5", "x"] {
        let ended = asked(threshold);
        assert!(
            ended.code == 2 && ended.stderr.contains("from 0 to 2"),
            "{}",
            ended.stderr
        );
    }
    lab.write("split.csv", "mine");
    let ended = asked("0.1");
    assert!(
        ended.code == 2 && ended.stderr.contains("expected a new file"),
        "{}",
        ended.stderr
    );
    assert_eq!(fs::read_to_string(lab.path("split.csv")).unwrap(), "mine");
}
