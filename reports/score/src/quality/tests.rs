//! Scores of samples against numpy, scipy and scikit-learn, and what they must say of known generators.

use serde::Deserialize;

use super::{
    KernelDistance, Sensitivity, Side, angles, copying, coverage, frechet_distance,
    kernel_distance, precision_recall, row_correlations,
};
use crate::Rows;

/// `tests/reference/samples/make.py`
const REFERENCE: &str = include_str!("../../../../tests/reference/samples/samples.json");

#[derive(Deserialize)]
struct Case {
    n_columns: usize,
    samples: Vec<f32>,
    held_out: Vec<f32>,
    training: Vec<f32>,
    kid: f64,
    kid_error: f64,
    /// The picture of each held-out image.
    pictures: Vec<usize>,
    /// KID with whole pictures left out, and its error.
    kid_by_pictures: [f64; 2],
    /// KID of the samples less that of the training images, likewise.
    kid_difference: [f64; 2],
    fid: f64,
    fid_half: f64,
    fid_without_end: f64,
    precision: f64,
    recall: f64,
    of_samples: Vec<f64>,
    of_held_out: Vec<f64>,
    nearest: Vec<usize>,
    nearer: f64,
    p: f64,
}

impl Case {
    fn rows(&self, values: &[f32]) -> Rows {
        Rows {
            n_columns: self.n_columns,
            values: values.to_vec(),
        }
    }
}

/// Cases with samples, held-out images and training images.
fn cases() -> Vec<(Case, [Rows; 3])> {
    let cases: Vec<Case> = serde_json::from_str(REFERENCE).unwrap();
    let with_rows = |case: Case| {
        let sets = [&case.samples, &case.held_out, &case.training].map(|rows| case.rows(rows));
        (case, sets)
    };
    cases.into_iter().map(with_rows).collect()
}

/// Equal to a billionth of the larger number, or of 1.
fn assert_close(what: &str, ours: f64, theirs: f64) {
    assert!(
        (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0),
        "{what}: {ours}, expected {theirs}"
    );
}

/// Images that are each a picture of their own.
fn single(rows: &Rows) -> Side<'_> {
    Side {
        rows,
        pictures: None,
    }
}

/// The distance and its interval are the reference's.
fn assert_distance(what: &str, found: &KernelDistance, value: f64, error: f64) {
    assert_close(what, found.value, value);
    assert_close(&format!("error of {what}"), found.standard_error, error);
    let width = found.interval.1 - found.interval.0;
    let expected = 2.0 * 1.959_963_984_540_054 * error;
    assert_close(&format!("interval of {what}"), width, expected);
}

#[test]
fn kernel_distances_are_those_of_scikit_learn() {
    for (case, [samples, held_out, training]) in cases() {
        let of_samples = kernel_distance(single(&samples), single(&held_out)).unwrap();
        let found = of_samples.distance(0.95);
        assert_distance("KID", &found, case.kid, case.kid_error);
        let pictures = Some(&case.pictures[..]);
        let real = Side {
            rows: &held_out,
            pictures,
        };
        let by_pictures = kernel_distance(single(&samples), real).unwrap();
        let [value, error] = case.kid_by_pictures;
        assert_distance("KID by pictures", &by_pictures.distance(0.95), value, error);
        let of_training = kernel_distance(single(&training), real).unwrap();
        let found = by_pictures.less(&of_training, 0.95).unwrap();
        let [value, error] = case.kid_difference;
        assert_distance("difference of KID", &found, value, error);
        let other = of_samples.less(&by_pictures, 0.95).unwrap_err().to_string();
        assert!(other.contains("real images"), "{other}");
    }
}

#[test]
fn images_of_too_few_pictures_are_refused() {
    let (_, [samples, held_out, _]) = cases().remove(0);
    for (pictures, words) in [
        (vec![0; held_out.n_rows()], "pictures of real images"),
        (vec![0, 1, 2], "one for each image"),
    ] {
        let real = Side {
            rows: &held_out,
            pictures: Some(&pictures),
        };
        let error = kernel_distance(single(&samples), real).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn frechet_distances_are_those_of_scipy() {
    for (case, [samples, held_out, _]) in cases() {
        let found = frechet_distance(&samples, &held_out).unwrap();
        assert_close("FID", found.value, case.fid);
        assert_close("FID of half", found.with_half, case.fid_half);
        assert_close(
            "FID without end",
            found.without_end.unwrap(),
            case.fid_without_end,
        );
        let few = frechet_distance(&samples.first(3 * case.n_columns), &held_out).unwrap();
        assert_eq!(few.without_end, None);
    }
}

#[test]
fn precision_and_recall_are_those_of_scikit_learn() {
    for (case, [samples, held_out, _]) in cases() {
        let found = precision_recall(&samples, &held_out, 0.95).unwrap();
        assert_close("precision", found.precision.value, case.precision);
        assert_close("recall", found.recall.value, case.recall);
        let (low, high) = found.recall.interval;
        assert!((low..=high).contains(&case.recall) && low < high);
    }
}

#[test]
fn copies_are_those_of_scipy() {
    for (case, [samples, held_out, training]) in cases() {
        let found = copying(&samples, &held_out, &training).unwrap();
        assert_eq!(found.nearest, case.nearest);
        for (ours, theirs) in found.of_samples.iter().zip(&case.of_samples) {
            assert_close("distance of a sample", *ours, *theirs);
        }
        for (ours, theirs) in found.of_held_out.iter().zip(&case.of_held_out) {
            assert_close("distance of a held-out image", *ours, *theirs);
        }
        assert_close("nearer", found.nearer, case.nearer);
        assert_close("p", found.p, case.p);
    }
}

#[test]
fn a_copier_is_found_out() {
    let (_, [_, held_out, training]) = cases().remove(0);
    let found = copying(&training, &held_out, &training).unwrap();
    assert!(found.nearer > 0.99 && found.p < 1e-6);
    let (of_copies, of_others) = found.medians();
    assert!(of_copies < 1e-6 * of_others, "{of_copies}, {of_others}");
    let new = copying(&held_out, &held_out, &training).unwrap();
    assert_close("nearer", new.nearer, 0.5);
    assert!(new.p > 0.4);
}

#[test]
fn a_set_is_at_no_distance_from_itself() {
    let (_, [_, held_out, _]) = cases().remove(0);
    let found = frechet_distance(&held_out, &held_out).unwrap();
    assert!(found.value.abs() < 1e-6, "{}", found.value);
    let found = precision_recall(&held_out, &held_out, 0.95).unwrap();
    assert_close("precision", found.precision.value, 1.0);
    assert_close("recall", found.recall.value, 1.0);
}

#[test]
fn sets_that_do_not_fit_are_refused() {
    let (_, [samples, held_out, training]) = cases().remove(0);
    let narrow = Rows {
        n_columns: 3,
        values: held_out.values.clone(),
    };
    let error = kernel_distance(single(&samples), single(&narrow)).unwrap_err();
    assert!(
        error.to_string().contains("rows of 6, got rows of 3"),
        "{error}"
    );
    let error = precision_recall(&samples.first(3), &held_out, 0.95).unwrap_err();
    assert!(error.to_string().contains("at least 4, has 3"), "{error}");
    let mut broken = training.clone();
    broken.values[7] = f32::NAN;
    let error = copying(&samples, &held_out, &broken).unwrap_err();
    assert!(error.to_string().contains("NaN in row 1"), "{error}");
}

#[test]
fn classes_are_counted_with_their_intervals() {
    let names: Vec<String> = ["B", "R", "A"].map(str::to_owned).into();
    #[rustfmt::skip]
    let probabilities = [
        0.95, 0.03, 0.02,
        0.40, 0.35, 0.25,
        0.05, 0.93, 0.02,
        0.91, 0.05, 0.04,
    ];
    let found = coverage(&names, &probabilities, 0.9, 0.95).unwrap();
    let counts: Vec<(usize, usize)> = found.classes.iter().map(|c| (c.n, c.n_sure)).collect();
    assert_eq!(counts, [(3, 2), (1, 1), (0, 0)]);
    assert_close("sure", found.sure.value, 0.75);
    assert_eq!(found.rarest().unwrap().name, "A");
    // exp(−¾·ln ¾ − ¼·ln ¼)
    assert_close("effective", found.effective_classes, 1.754_765_350_603_323);
    // Wilson's interval of 0 of 4 (statsmodels' proportion_confint, method "wilson").
    assert_close(
        "upper end",
        found.classes[2].share.interval.1,
        0.489_890_836_454_597_3,
    );
    let error = coverage(&names, &probabilities[1..], 0.9, 0.95).unwrap_err();
    assert!(error.to_string().contains("rows of 3 classes"), "{error}");
}

#[test]
fn angles_and_similarities_are_exact() {
    let rows = |values: &[f32]| Rows {
        n_columns: 2,
        values: values.to_vec(),
    };
    let a = rows(&[1.0, 0.0, 2.0, 0.0, 1.0, 1.0, 1.0, 0.0]);
    let b = rows(&[3.0, 0.0, 0.0, 5.0, -1.0, -1.0, 1.0, 1.0]);
    let found = angles(&a, &b).unwrap();
    for (ours, expected) in found.iter().zip([0.0, 90.0, 180.0, 45.0]) {
        assert_close("angle", *ours, expected);
    }
    let wide = |values: &[f32]| Rows {
        n_columns: 4,
        values: values.to_vec(),
    };
    let images = wide(&[0.0, 1.0, 2.0, 3.0, 1.0, 1.0, 1.0, 1.0]);
    let others = wide(&[3.0, 1.0, 2.5, 0.0, 1.0, 2.0, 3.0, 4.0]);
    let found = row_correlations(&images, &others).unwrap();
    // numpy.corrcoef([0, 1, 2, 3], [3, 1, 2.5, 0])[0, 1]
    assert_close("correlation", found[0], -0.703_210_846_407_743_1);
    assert_close("correlation of a flat image", found[1], 0.0);

    let curve = Sensitivity::of(
        &[
            (0.0, vec![1.0, 1.0]),
            (10.0, vec![0.9, 0.7]),
            (30.0, vec![0.4, 0.0]),
        ],
        (-1.0, 1.0),
        100,
        0.95,
        1,
    );
    assert_close("halfway", curve.at(20.0).unwrap(), 0.5);
    assert_close("at a point", curve.at(10.0).unwrap(), 0.8);
    assert_eq!(curve.at(31.0), None);
    assert_eq!(curve.points[0].interval, None, "an image and itself");
    assert!(curve.points[1..].iter().all(|point| {
        point
            .interval
            .is_some_and(|(low, high)| low < point.similarity && point.similarity < high)
    }));
}
