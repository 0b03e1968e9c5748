//! Tests of the charts.

use std::fs;
use std::path::PathBuf;

use super::{Figure, write};
use crate::example::example;
use lab_score::record::Pictures;

/// A fresh folder of this test alone.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("lab-charts-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder");
    folder
}

fn names(figures: &[Figure]) -> Vec<&str> {
    figures.iter().map(|figure| figure.name.as_str()).collect()
}

#[test]
fn every_figure_is_drawn_and_twice_the_same() {
    let (record, pictures) = example();
    let (first, second) = (folder("first"), folder("second"));
    let figures = write(&record, &pictures, &first).expect("the example can be drawn");
    let again = write(&record, &pictures, &second).expect("the example can be drawn");
    let all = [
        "reconstructions",
        "failures",
        "conditions",
        "decisions",
        "observers",
        "confusion",
        "variability",
        "overfit",
        "samples",
        "curves",
    ];
    assert_eq!(names(&figures), all);
    for (figure, again) in figures.iter().zip(&again) {
        for (path, other) in [(&figure.svg, &again.svg), (&figure.png, &again.png)] {
            let bytes = fs::read(path).expect("the figure's file");
            assert!(bytes.len() > 2000, "{} is trivial", path.display());
            assert_eq!(
                bytes,
                fs::read(other).expect("the figure's file"),
                "{} differs",
                path.display()
            );
        }
    }
    for folder in [first, second] {
        fs::remove_dir_all(folder).expect("the temporary folder");
    }
}

#[test]
fn a_figure_without_its_pictures_or_rows_is_left_out() {
    let (mut record, _) = example();
    record.curves.clear();
    record.confusions.clear();
    let folder = folder("without");
    let figures = write(&record, &Pictures::default(), &folder)
        .expect("a record without pictures can be drawn");
    assert_eq!(names(&figures), ["decisions", "observers"]);
    fs::remove_dir_all(folder).expect("the temporary folder");
}
