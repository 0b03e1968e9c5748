//! The errors of the Psych-DS validator, found again: what is exported has none, and each is seen where it is planted.
//!
//! Source: the rules with `level: error` in `src/setup/defaultSchema.json` of psych-ds/psychds-validator (Psych-DS 1.0), which
//! names each by the code that is used here. That a JSON file is encoded as UTF-8 and that it is JSON-LD are looked at as
//! far as this dataset can break them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::export;
use super::tests::{answered, settings};
use crate::testing::study;

/// Files of a dataset by their paths in it.
type Files = BTreeMap<String, Vec<u8>>;

const DESCRIPTION: &str = "dataset_description.json";

fn read(folder: &Path, below: &str, files: &mut Files) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            read(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}

/// The codes of everything that the validator would call an error.
fn errors(files: &Files) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let data: Files = files
        .iter()
        .filter(|(name, _)| name.starts_with("data/"))
        .map(|(name, bytes)| (name.clone(), bytes.clone()))
        .collect();
    if data.is_empty() {
        found.insert("MISSING_DATA_DIRECTORY");
    }
    if files.values().any(Vec::is_empty) {
        found.insert("FILE_EMPTY");
    }
    let variables = match files.get(DESCRIPTION) {
        None => {
            found.insert("MISSING_DATASET_DESCRIPTION");
            BTreeSet::new()
        }
        Some(bytes) => of_description(bytes, &mut found),
    };
    let mut n_data_files = 0;
    for (name, bytes) in &data {
        let name = name.rsplit('/').next().unwrap();
        if is_named_by_keywords(name) {
            n_data_files += 1;
            of_table(bytes, &variables, &mut found);
        } else {
            found.insert("FILENAME_KEYWORD_FORMATTING_ERROR");
        }
    }
    if n_data_files == 0 {
        found.insert("MISSING_DATAFILE");
    }
    found
}

/// `([a-z]+-[a-zA-Z0-9]+)(_[a-z]+-[a-zA-Z0-9]+)*_data\.csv`
fn is_named_by_keywords(name: &str) -> bool {
    let Some(stem) = name.strip_suffix("_data.csv") else {
        return false;
    };
    stem.split('_').all(|keyword| {
        keyword.split_once('-').is_some_and(|(key, value)| {
            !key.is_empty()
                && !value.is_empty()
                && key.bytes().all(|letter| letter.is_ascii_lowercase())
                && value.bytes().all(|letter| letter.is_ascii_alphanumeric())
        })
    })
}

/// Names of the variables.
fn of_description(bytes: &[u8], found: &mut BTreeSet<&'static str>) -> BTreeSet<String> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        found.insert("JSON_ENCODING_ERROR");
        return BTreeSet::new();
    };
    let Ok(description) = serde_json::from_str::<Value>(text) else {
        found.insert("INVALID_JSON_FORMATTING");
        return BTreeSet::new();
    };
    match description["@type"].as_str() {
        None => _ = found.insert("MISSING_DATASET_TYPE"),
        Some("Dataset") => {}
        Some(_) => _ = found.insert("INCORRECT_DATASET_TYPE"),
    }
    let has_context = description["@context"]
        .as_str()
        .is_some_and(|context| context.trim_end_matches('/').ends_with("://schema.org"));
    if !has_context {
        found.insert("INVALID_JSONLD_FORMATTING");
    }
    for key in ["name", "description", "variableMeasured"] {
        if description.get(key).is_none_or(Value::is_null) {
            found.insert("JSON_KEY_REQUIRED");
        }
    }
    let variables = description["variableMeasured"].as_array();
    let name = |one: &Value| one["name"].as_str().or(one.as_str()).map(str::to_owned);
    variables.into_iter().flatten().filter_map(name).collect()
}

fn of_table(bytes: &[u8], variables: &BTreeSet<String>, found: &mut BTreeSet<&'static str>) {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let Ok(header) = reader.headers().cloned() else {
        found.insert("CSV_FORMATTING_ERROR");
        return;
    };
    if header.is_empty() {
        found.insert("CSV_HEADER_MISSING");
        return;
    }
    if header.iter().any(|column| !variables.contains(column)) {
        found.insert("CSV_COLUMN_MISSING_FROM_METADATA");
    }
    let row_id = header.iter().position(|column| column == "row_id");
    let mut ids = BTreeSet::new();
    for row in reader.records() {
        let Ok(row) = row else {
            found.insert("CSV_FORMATTING_ERROR");
            return;
        };
        if row.len() != header.len() {
            found.insert("CSV_HEADER_LENGTH_MISMATCH");
        }
        let id = row_id.and_then(|at| row.get(at));
        if id.is_some_and(|id| !ids.insert(id.to_owned())) {
            found.insert("ROWID_VALUES_NOT_UNIQUE");
        }
    }
}

/// The dataset of one person's answers.
fn exported() -> Files {
    let (temp, study) = study(10, &settings());
    drop(answered(&study));
    let out = temp.path().join("out");
    export(&study.folder, &out, None).unwrap();
    let mut files = Files::new();
    read(&out.join("psych-ds"), "", &mut files);
    files
}

fn data_file(files: &Files) -> String {
    let mut names = files.keys().filter(|name| name.starts_with("data/"));
    names.next().unwrap().clone()
}

/// Replaces text in a file.
fn replaced(files: &Files, name: &str, from: &str, to: &str) -> Files {
    let text = String::from_utf8(files[name].clone()).unwrap();
    assert!(text.contains(from), "{name} holds no {from}");
    let mut all = files.clone();
    all.insert(name.into(), text.replacen(from, to, 1).into_bytes());
    all
}

fn with(files: &Files, name: &str, bytes: &[u8]) -> Files {
    let mut all = files.clone();
    all.insert(name.into(), bytes.to_vec());
    all
}

fn without(files: &Files, name: &str) -> Files {
    let mut all = files.clone();
    all.remove(name).unwrap();
    all
}

#[test]
fn a_dataset_has_no_error_of_the_validator() {
    let files = exported();
    assert_eq!(errors(&files), BTreeSet::new());
    // What is recommended is there too, and nothing that the standard does not know.
    assert_eq!(
        files
            .keys()
            .filter(|name| !name.contains('/'))
            .collect::<Vec<_>>(),
        ["CHANGES.md", "README.md", DESCRIPTION]
    );
}

#[test]
fn every_error_is_seen_where_it_is_planted() {
    let files = exported();
    let data = data_file(&files);
    let header = String::from_utf8(files[&data].clone()).unwrap();
    let header = header.lines().next().unwrap().to_owned();
    let described = |from: &str, to: &str| replaced(&files, DESCRIPTION, from, to);
    let with_ids = {
        let all = replaced(&files, &data, &header, "row_id,set\n1,a\n1,b");
        let text = String::from_utf8(all[&data].clone()).unwrap();
        let three: Vec<&str> = text.lines().take(3).collect();
        with(
            &replaced(
                &files,
                DESCRIPTION,
                "\"name\": \"set\"",
                "\"name\": \"set\"},{\"name\": \"row_id\"",
            ),
            &data,
            three.join("\n").as_bytes(),
        )
    };
    let renamed = with(
        &without(&files, &data),
        "data/Study_data.csv",
        &files[&data],
    );
    let cases: [(&[&str], Files); 15] = [
        (
            &[
                "MISSING_DATASET_DESCRIPTION",
                "CSV_COLUMN_MISSING_FROM_METADATA",
            ],
            without(&files, DESCRIPTION),
        ),
        (
            &["MISSING_DATA_DIRECTORY", "MISSING_DATAFILE"],
            without(&files, &data),
        ),
        (
            &["FILENAME_KEYWORD_FORMATTING_ERROR", "MISSING_DATAFILE"],
            renamed,
        ),
        (&["FILE_EMPTY"], with(&files, "README.md", b"")),
        (
            &[
                "INVALID_JSON_FORMATTING",
                "CSV_COLUMN_MISSING_FROM_METADATA",
            ],
            with(&files, DESCRIPTION, b"{"),
        ),
        (
            &["JSON_ENCODING_ERROR", "CSV_COLUMN_MISSING_FROM_METADATA"],
            with(&files, DESCRIPTION, b"\xff{}"),
        ),
        (
            &["MISSING_DATASET_TYPE"],
            described("\"@type\": \"Dataset\"", "\"about\": \"nothing\""),
        ),
        (
            &["INCORRECT_DATASET_TYPE"],
            described("\"@type\": \"Dataset\"", "\"@type\": \"Thing\""),
        ),
        (
            &["INVALID_JSONLD_FORMATTING"],
            described("https://schema.org/", "somewhere"),
        ),
        (
            &["JSON_KEY_REQUIRED"],
            described("\"description\": \"Two", "\"about\": \"Two"),
        ),
        (&["CSV_HEADER_MISSING"], with(&files, &data, b"\n")),
        (
            &["CSV_FORMATTING_ERROR"],
            with(&files, &data, b"\xff\xfe\n\xff\n"),
        ),
        (
            &["CSV_HEADER_LENGTH_MISMATCH"],
            replaced(&files, &data, &header, &format!("{header}\na,b")),
        ),
        (
            &["CSV_COLUMN_MISSING_FROM_METADATA"],
            replaced(&files, &data, "rater", "person"),
        ),
        (&["ROWID_VALUES_NOT_UNIQUE"], with_ids),
    ];
    for (codes, planted) in cases {
        let expected: BTreeSet<&str> = codes.iter().copied().collect();
        assert_eq!(errors(&planted), expected);
    }
}
