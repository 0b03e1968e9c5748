//! The report of an example record: bytes, words, and what happens without figures.

use crate::charts;
use crate::pdf::render;
use crate::pdf::view::View;
use crate::record::example::example;

#[test]
fn the_same_record_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (record, pictures) = example();
    let figures = charts::write(&record, &pictures, folder.path()).unwrap();
    let bytes = render(&record, &figures).unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    assert_eq!(bytes, render(&record, &figures).unwrap());
}

#[test]
fn a_record_without_figures_and_optional_parts_is_set_too() {
    let (mut record, _) = example();
    record.data.simulated = None;
    record.warnings.clear();
    record.criteria.clear();
    record.members.clear();
    record.confusions.clear();
    record.scores.clear();
    assert!(render(&record, &[]).unwrap().starts_with(b"%PDF-"));
}

#[test]
fn findings_state_chance_interval_and_p() {
    let (record, _) = example();
    let words = serde_json::to_value(View::of(&record, &[])).unwrap();
    let findings = words["findings"].as_array().unwrap();
    let first = findings[0].as_str().unwrap();
    for part in [
        "of 180 decisions",
        "chance 50.0 %",
        "interval over images",
        "by permutation",
    ] {
        assert!(first.contains(part), "{first}");
    }
    assert!(findings.iter().any(|finding| {
        finding
            .as_str()
            .unwrap()
            .contains("which the loss did not use")
    }));
}
