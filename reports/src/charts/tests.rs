//! Tests of the charts.

use std::fs;
use std::path::PathBuf;

use super::{Figure, write};
use crate::example::example;
use lab_score::record::{Condition, Curve, Pictures};

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
        "glance",
        "reconstructions",
        "failures",
        "conditions",
        "decisions",
        "observers",
        "distances",
        "confusion",
        "information",
        "ensemble",
        "regions",
        "eccentricity",
        "visual_field",
        "uncertainty",
        "variability",
        "overfit",
        "samples",
        "curves",
    ];
    assert_eq!(names(&figures), all);
    for (figure, again) in figures.iter().zip(&again) {
        for (path, other) in [(&figure.svg, &again.svg), (&figure.png, &again.png)] {
            let bytes = fs::read(path).expect("the figure's file");
            assert!(bytes.len() > 1000, "{} is trivial", path.display());
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
    record.distances.clear();
    record.information = None;
    record.rings.clear();
    record.scores.retain(|row| !row.condition.is_of_a_series());
    let folder = folder("without");
    let figures = write(&record, &Pictures::default(), &folder)
        .expect("a record without pictures can be drawn");
    assert_eq!(names(&figures), ["decisions", "observers"]);
    fs::remove_dir_all(folder).expect("the temporary folder");
}

#[test]
fn shares_and_losses_have_axes_of_their_own() {
    let (mut record, pictures) = example();
    let curve = |name: &str, values: [f64; 3]| {
        let points = values.into_iter().enumerate();
        let points = points.map(|(at, value)| (at as f64, value)).collect();
        (
            "observer convnet".to_owned(),
            Curve {
                name: name.into(),
                x_label: "update".into(),
                points,
            },
        )
    };
    record.curves = vec![
        curve("loss", [2.0, 1.0, 0.5]),
        curve("accuracy", [0.981, 0.995, 0.999]),
    ];
    let folder = folder("axes");
    let figures = write(&record, &pictures, &folder).expect("the example can be drawn");
    let curves = figures.iter().find(|figure| figure.name == "curves");
    let svg = fs::read_to_string(&curves.expect("curves").svg).expect("the figure's file");
    let lines: Vec<&str> = svg.lines().map(str::trim).collect();
    for axis in ["loss", "share of right answers", "0.990"] {
        assert!(lines.contains(&axis), "there is no '{axis}'");
    }
    fs::remove_dir_all(folder).expect("the temporary folder");
}

#[test]
fn the_classifier_speaks_beside_what_pixels_identify() {
    let (record, pictures) = example();
    let folder = folder("classified");
    let figures = write(&record, &pictures, &folder).expect("the example can be drawn");
    let shown = figures
        .iter()
        .find(|figure| figure.name == "reconstructions");
    let shown = shown.expect("reconstructions");
    assert!(
        shown
            .title
            .starts_with("Reconstructions identified by pixels: "),
        "{}",
        shown.title
    );
    let table = record
        .confusions
        .iter()
        .find(|table| table.condition == Condition::Decoder);
    let counts = &table.expect("classes of reconstructions").counts;
    let right: usize = (0..counts.len()).map(|class| counts[class][class]).sum();
    let all: usize = counts.iter().flatten().sum();
    let words = format!("names the right one for {right} of {all} reconstructions");
    assert!(shown.caption.contains(&words), "{}", shown.caption);
    assert!(shown.caption.contains("index and class of the test image"));
    fs::remove_dir_all(folder).expect("the temporary folder");
}

#[test]
fn images_without_classes_have_no_class_over_them() {
    let (mut record, pictures) = example();
    record
        .decisions
        .iter_mut()
        .for_each(|row| row.class.clear());
    let folder = folder("unlabelled");
    let figures = write(&record, &pictures, &folder).expect("the example can be drawn");
    let all: Vec<&String> = figures.iter().map(|figure| &figure.caption).collect();
    let over = |words: &str| all.iter().any(|caption| caption.contains(words));
    assert!(over("Over each column: index of the test image") && !over("index and class"));
    fs::remove_dir_all(folder).expect("the temporary folder");
}
