//! Planted leaks, end to end: what is refused, and what the report warns of. Equal pixels in both sets are among [`crate::arrays`].

use std::fs;
use std::path::Path;

use lab_formats::bdata::BData;
use lab_formats::writers::bdata::{Key, write};
use serde_json::Value;

use crate::arrays::{CORPUS, Mine, N_TRAIN, SIZE, corpus, record};
use crate::lab_test::LabTest;

/// Everything that the record of a run warns of, and the rows of its test images beside the training images.
fn warned(lab: &LabTest, sets: &[&str]) -> (Vec<String>, Value) {
    let record = record(lab, sets);
    let warnings = record["warnings"].as_array().unwrap().iter();
    let said = warnings.filter_map(|of| of[1].as_str().map(str::to_owned));
    (said.collect(), record["distances"].clone())
}

#[test]
fn a_near_duplicate_across_the_sets_is_warned_of_and_has_no_distance() {
    let lab = LabTest::new();
    let mut mine = Mine::new();
    let (train, test) = mine.images.split_at_mut(N_TRAIN * SIZE * SIZE);
    // The first test image becomes a training image that is paler and was rounded.
    let copied = &train[5 * SIZE * SIZE..6 * SIZE * SIZE];
    for (to, from) in test.iter_mut().zip(copied) {
        *to = (40.0 * from).round() / 50.0 + 0.05;
    }
    mine.write(&lab);
    let (said, distances) = warned(&lab, &[]);
    let leak = said
        .iter()
        .find(|text| text.contains("look like training images"));
    assert!(
        leak.unwrap().contains("1 of 12: 24 like 5 (correlation"),
        "{said:?}"
    );
    let first = &distances[0];
    assert_eq!(
        (&first["test_image"], &first["nearest"]),
        (&0.into(), &5.into())
    );
    assert!(first["distance"].as_f64().unwrap() < 0.002, "{first}");
    assert!(distances[1]["distance"].as_f64().unwrap() > 0.002);
}

#[test]
fn a_near_duplicate_in_a_corpus_is_warned_of_with_the_name_of_the_network() {
    let lab = LabTest::new();
    let mine = Mine::new();
    mine.write(&lab);
    // The first picture is a paler test image.
    corpus(&lab, &mine, |pixel| 0.9 * pixel);
    let (said, _) = warned(&lab, &[CORPUS]);
    let leak = said
        .iter()
        .find(|text| text.contains("look like test images"));
    let leak = leak.unwrap_or_else(|| panic!("{said:?}"));
    for words in [
        "the generator's corpus",
        "1 of 12 test images",
        "30 like image '00.png'",
        "1.0000",
    ] {
        assert!(leak.contains(words), "{leak}");
    }
}

/// A file of GOD in which one row is another.
fn with_row(path: &Path, from: f64, change: impl Fn(&mut f64, &mut f64)) {
    let file = BData::open(path).unwrap();
    let all: Vec<usize> = (0..file.n_columns).collect();
    let mut columns = file.read_columns(&all).unwrap();
    let place = |key: &str| file.columns(key)[0];
    let (kind, id) = (place("DataType"), place("stimulus_id"));
    let row = columns[kind]
        .iter()
        .position(|of| (of - from).abs() < 0.5)
        .unwrap();
    let (mut new_kind, mut new_id) = (columns[kind][row], columns[id][row]);
    change(&mut new_kind, &mut new_id);
    (columns[kind][row], columns[id][row]) = (new_kind, new_id);
    let table: Vec<f64> = (0..file.n_samples)
        .flat_map(|row| columns.iter().map(move |column| column[row]))
        .collect();
    let keys: Vec<Key> = file
        .keys()
        .iter()
        .map(|name| Key {
            values: file.values(name).unwrap().to_vec(),
            description: String::new(),
            name: (*name).clone(),
        })
        .collect();
    let n_columns = file.n_columns;
    drop(file);
    write(path, n_columns, &table, &keys).unwrap();
}

#[test]
fn imagery_rows_in_training_or_among_seen_ones_are_refused() {
    let lab = LabTest::new();
    let simulate = [
        "data", "simulate", "god", "god", "--train", "8", "--test", "4", "--voxels", "20",
    ];
    let ended = lab.lab(&[&simulate[..], &["--corpus", "0"]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let check = ["data", "check", "god", "god"];
    let whole = lab.lab(&check);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    assert!(
        whole.stdout.contains("imagery is left out"),
        "{}",
        whole.stdout
    );
    let file = lab.path("god/Subject1.h5");
    let bytes = fs::read(&file).unwrap();
    // A row of imagery that is marked as training, as a test row, and as something in between.
    for (kind, words) in [
        (
            1.0,
            [
                "DataType 1, which names no picture",
                "rows of imagery by DataType 3",
            ],
        ),
        (
            2.0,
            [
                "DataType 2, which names no picture",
                "rows of imagery by DataType 3",
            ],
        ),
        (1.4, ["DataType", "1.4 in row"]),
    ] {
        fs::write(&file, &bytes).unwrap();
        with_row(&file, 3.0, |of, _| *of = kind);
        lab.complains(&check, &words);
    }
    // A row of imagery with the id of a test picture, marked as training: the picture would be in both sets.
    fs::write(&file, &bytes).unwrap();
    let seen = {
        let file = BData::open(&file).unwrap();
        let column = |key: &str| {
            file.read_columns(&file.columns(key)[..1])
                .unwrap()
                .remove(0)
        };
        let (kinds, ids) = (column("DataType"), column("stimulus_id"));
        let row = kinds.iter().position(|of| (of - 2.0).abs() < 0.5).unwrap();
        ids[row]
    };
    with_row(&file, 3.0, |of, id| (*of, *id) = (1.0, seen));
    lab.complains(
        &check,
        &["each picture in training or in the test", "in both"],
    );
    // Imagery that is tested may not be moved into training by a split either.
    fs::write(&file, &bytes).unwrap();
    lab.write("split.csv", "image,set\n");
    let experiment = crate::lab_test::experiment("god");
    lab.complains(
        &[
            "run",
            &experiment,
            "--smoke",
            "--set",
            "dataset.root=\"god\"",
            "--set",
            "dataset.test=Imagery",
            "--set",
            "split=file(\"split.csv\")",
        ],
        &["imagined categories", "no training set may hold"],
    );
}
