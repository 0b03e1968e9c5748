//! The readers against files that scipy and numpy wrote (`tests/reference/datasets/make_fixtures.py`).

use std::path::{Path, PathBuf};

use super::mat5::{MatFile, Values};
use super::{npy, table};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/reference/datasets")
        .join(name)
}

/// What the script puts at each place, before it is cast.
fn expected(n: usize, sign: f32, whole: bool) -> Vec<f32> {
    let value = |i: usize| i as f32 + if whole { 0.0 } else { 0.5 * (i % 2) as f32 };
    (0..n).map(|i| sign * value(i)).collect()
}

#[test]
fn matlab_variables_equal_what_scipy_wrote() {
    for name in ["plain.mat", "packed.mat"] {
        let file = MatFile::read(&fixture(name)).unwrap();
        let cases = [
            ("doubles", vec![3, 4, 5], 1.0, false),
            ("singles", vec![4, 3], 1.0, false),
            ("bytes", vec![2, 6, 7], 1.0, true),
            ("shorts", vec![5, 2], -1.0, true),
            ("words", vec![3, 3], 1.0, true),
        ];
        for (variable, shape, sign, whole) in cases {
            let (dims, values) = file.row_major(file.any_of(&[variable]).unwrap()).unwrap();
            let n = shape.iter().product();
            assert_eq!(
                (dims, values),
                (shape, expected(n, sign, whole)),
                "{name}, {variable}"
            );
        }
        assert_eq!(
            file.any_of(&["text"]).unwrap().values,
            Values::Text(vec!["hello".into()])
        );
        let names = Values::Cells(vec!["A".into(), "bc".into(), "def".into()]);
        assert_eq!(file.any_of(&["names"]).unwrap().values, names);
        assert!(
            file.row_major(file.any_of(&["structure"]).unwrap())
                .is_err()
        );
    }
}

#[test]
fn a_missing_variable_is_answered_with_the_list() {
    let file = MatFile::read(&fixture("plain.mat")).unwrap();
    let error = file.any_of(&["stimTrn"]).unwrap_err().to_string();
    assert!(
        error.contains("stimTrn") && error.contains("doubles, singles"),
        "{error}"
    );
}

#[test]
fn every_truncation_is_refused_or_reads_fewer_variables() {
    let bytes = std::fs::read(fixture("packed.mat")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for n in (0..bytes.len()).step_by(7) {
        let path = folder.path().join("cut.mat");
        std::fs::write(&path, &bytes[..n]).unwrap();
        if let Ok(file) = MatFile::read(&path) {
            assert!(file.names().len() < 8, "{n} of {} bytes", bytes.len());
        }
    }
}

#[test]
fn numpy_arrays_of_any_order_and_type() {
    for (name, shape, whole) in [
        ("c_order.npy", vec![3, 4, 5], false),
        ("fortran.npy", vec![3, 4, 5], false),
        ("bytes.npy", vec![6, 7], true),
        ("longs.npy", vec![6, 7], true),
    ] {
        let n = shape.iter().product();
        assert_eq!(
            npy::read(&fixture(name)).unwrap(),
            (shape, expected(n, 1.0, whole)),
            "{name}"
        );
    }
    assert!(
        npy::read(&fixture("plain.mat"))
            .unwrap_err()
            .to_string()
            .contains("plain.mat")
    );
}

#[test]
fn tables_name_line_and_column_of_a_bad_cell() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("responses.csv");
    std::fs::write(&path, "1.0, 2.0\n3.0, four\n").unwrap();
    let error = table::matrix(&path).unwrap_err().to_string();
    assert!(
        error.contains("line 2, column 2") && error.contains("'four'"),
        "{error}"
    );
    std::fs::write(&path, "1.0, nan\n3.0, 4\n").unwrap();
    let (shape, values) = table::matrix(&path).unwrap();
    assert!(shape == [2, 2] && values[1].is_nan() && (values[3] - 4.0).abs() < f32::EPSILON);
}
