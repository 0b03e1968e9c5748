//! The report of an example record, and a card: bytes, words, and what happens without figures.

mod captions;
mod distances;
mod findings;
mod methods;
mod observers;
mod parts;
mod people;
mod regions;
mod runs;
mod study;
mod views;

use crate::Error;
use crate::charts;
use crate::example::example;
use crate::pdf::pages::ReportPages;
use crate::pdf::{CardPages, CardPicture, CardSection, CardTable, Table, render};

#[test]
fn the_same_record_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (record, pictures) = example();
    let figures = charts::write(&record, &pictures, folder.path()).unwrap();
    let bytes = render(&record, &figures, None).unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    assert_eq!(bytes, render(&record, &figures, None).unwrap());
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
    assert!(render(&record, &[], None).unwrap().starts_with(b"%PDF-"));
}

#[test]
fn findings_state_chance_interval_and_p() {
    let (record, _) = example();
    let words = serde_json::to_value(ReportPages::of(&record, &[], None)).unwrap();
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

fn card(file: &std::path::Path) -> CardPages {
    let table = |cells: [&str; 2]| CardTable {
        caption: "Means".into(),
        sections: vec![CardSection {
            heading: "Samples #pagebreak()".into(),
            table: Table {
                columns: vec![String::new(), "a *name* $x".into()],
                rows: vec![cells.map(String::from).into()],
            },
        }],
    };
    CardPages {
        title: "A card".into(),
        simulated: Some("by a test".into()),
        over_seeds: Some(table(["KID ↓", "0.1 [0.0, 0.2]"])),
        each: table(["KID ↓", "0.1"]),
        sheets: vec![vec![CardPicture {
            title: "Samples".into(),
            file: file.into(),
            ..CardPicture::default()
        }]],
        card_hash: "abc".into(),
        ..CardPages::default()
    }
}

#[test]
fn a_card_is_set_whatever_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = folder.path().join("sheet.png");
    image::GrayImage::new(8, 4).save(&sheet).unwrap();
    let bytes = card(&sheet).render().unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    assert_eq!(bytes, card(&sheet).render().unwrap());
    let bare = CardPages::default().render().unwrap();
    assert!(bare.starts_with(b"%PDF-") && bare.len() < bytes.len());
}

#[test]
fn a_sheet_that_is_missing_is_named() {
    let missing = std::path::Path::new("missing.png");
    let error = card(missing).render().unwrap_err();
    assert!(matches!(error, Error::Io { path, .. } if path == missing));
}
