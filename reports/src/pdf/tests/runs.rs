//! Several runs as charts, tables and pages.

use std::fs;

use lab_score::record::{Record, Statistic};
use lab_score::runs::{
    ComparedRuns, Paired, RunFacts, SettingRow, rows, settings_of_scores, why_not_paired,
};

use crate::example::example;
use crate::pdf::runs::{findings, render, warnings};
use crate::{charts, tables};

/// So many runs of the example, each with other decisions than the one before.
fn compared(n_runs: usize) -> ComparedRuns {
    let records: Vec<Record> = (0..n_runs).map(record).collect();
    let all: Vec<&Record> = records.iter().collect();
    let scores = settings_of_scores(&records[0]).unwrap_or_default();
    let pairing = Paired::draw(records[0].data.n_test, &scores, 7);
    let run = |(place, record): (usize, &Record)| RunFacts {
        label: format!("run {place}"),
        name: record.name.clone(),
        seed: place as u64,
        run_hash: format!("{place:012}"),
        version: "lab 0.1.0".into(),
        dataset: record.data.dataset.clone(),
        n_test: record.data.n_test,
        toy: None,
        simulated: None,
        unproven: Vec::new(),
        not_paired: if place == 2 {
            vec!["the pixels of the test images differ".into()]
        } else {
            Vec::new()
        },
    };
    let paired: Vec<bool> = (0..n_runs).map(|place| place != 2).collect();
    ComparedRuns {
        rows: rows(&all, &paired, Some(&pairing)),
        settings: vec![SettingRow {
            setting: "decoder.l2".into(),
            values: (0..n_runs).map(|n| Some(n.to_string())).collect(),
        }],
        n_sign_flips: pairing.n_sign_flips(),
        confidence: Some(pairing.confidence()),
        runs: records.iter().enumerate().map(run).collect(),
    }
}

fn record(place: usize) -> Record {
    let (mut record, _) = example();
    for row in record.decisions.iter_mut().skip(place) {
        let right = row.n_correct + (place % 3) as f64 - 1.0;
        row.n_correct = right.clamp(0.0, row.n_decisions as f64);
    }
    record
}

#[test]
fn runs_are_drawn_and_set_whether_few_or_many() {
    for n_runs in [2, 6, 8] {
        let compared = compared(n_runs);
        let folder = tempfile::tempdir().unwrap();
        let figures = charts::write_runs(&compared, folder.path()).unwrap();
        let names: Vec<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
        assert_eq!(names, ["runs", "run_differences"]);
        let pdf = render(&compared, &figures, ("lab", "0123")).unwrap();
        assert!(pdf.starts_with(b"%PDF-"));
        assert_eq!(pdf, render(&compared, &figures, ("lab", "0123")).unwrap());
        // LAB_SHOW keeps them to be looked at.
        if let Some(out) = std::env::var_os("LAB_SHOW") {
            let out = std::path::Path::new(&out).join(n_runs.to_string());
            fs::create_dir_all(&out).unwrap();
            fs::write(out.join("runs.pdf"), &pdf).unwrap();
            for figure in &figures {
                fs::copy(&figure.png, out.join(figure.png.file_name().unwrap())).unwrap();
            }
        }
    }
}

#[test]
fn the_table_has_a_row_a_run_and_score() {
    let compared = compared(3);
    let folder = tempfile::tempdir().unwrap();
    tables::write_runs(&compared, folder.path()).unwrap();
    let columns = tables::columns(&folder.path().join("runs.parquet")).unwrap();
    assert_eq!(
        (columns.n_rows, columns.columns.len()),
        (compared.rows.len(), 26)
    );
    let csv = fs::read_to_string(folder.path().join("runs.csv")).unwrap();
    assert_eq!(csv.lines().count(), compared.rows.len() + 1);
}

#[test]
fn runs_that_are_not_paired_are_warned_of_and_have_no_findings() {
    let compared = compared(3);
    let (found, warned) = (findings(&compared), warnings(&compared));
    assert_eq!((found.len(), warned.len()), (1, 1), "{found:?} {warned:?}");
    assert!(found[0].starts_with("run 1 against run 0, image by image"));
    assert!(
        warned[0].starts_with("run 2 is not compared with run 0") && warned[0].contains("pixels")
    );
    let of = |run: usize| {
        let mut rows = compared.rows.iter();
        rows.find(|row| row.run == run && row.statistic == Statistic::ObserverOverall)
    };
    assert!(of(1).unwrap().against_first.is_some());
    assert!(of(2).unwrap().against_first.is_none() && of(2).unwrap().value.is_finite());
}

#[test]
fn what_keeps_runs_from_being_paired_is_said() {
    let (mut first, _) = example();
    first.provenance.resolved = "(\n    scores: (n_foils: 5, confidence: 0.95),\n)".into();
    let why = |change: &dyn Fn(&mut Record)| {
        let mut own = first.clone();
        change(&mut own);
        why_not_paired(&first, &own, [Some("a"), Some("a")])
    };
    assert!(why(&|_| {}).is_empty());
    let said = |found: Vec<String>, words: &str| {
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(words), "{}", found[0]);
    };
    said(why(&|own| own.data.n_test = 3), "36 in the first run, 3 in");
    said(why(&|own| own.data.dataset = "x".into()), "the dataset: ");
    said(why(&|own| own.data.width = 3), "the pixels of an image");
    said(
        why(&|own| own.data.test_images[4].class = "Q".into()),
        "test image 4: ",
    );
    let other = "(\n    scores: (n_foils: 6, confidence: 0.9),\n)";
    let found = why(&|own| own.provenance.resolved = other.into());
    assert!(found[0].contains("scores.n_foils: 5 in the first run, 6") && found.len() == 2);
    said(
        why(&|own| own.provenance.resolved.clear()),
        "cannot be read",
    );
    said(
        why_not_paired(&first, &first, [Some("a"), Some("b")]),
        "the pixels of the test images differ",
    );
}
