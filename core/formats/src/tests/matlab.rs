//! The readers against files that scipy and numpy wrote (`tests/reference/datasets/make_fixtures.py`).
#![expect(clippy::print_stdout, reason = "counts are shown with --nocapture")]

use std::path::Path;

use super::{expected, fixture};
use crate::container::{Container, Kind, sniff};
use crate::hdf5::Hdf5File;
use crate::mat5::MatFile;
use crate::mat5_element::Value;
use crate::mutations::survive;
use crate::{npy, table};

#[test]
fn matlab_variables_equal_what_scipy_wrote() {
    for name in ["plain.mat", "packed.mat"] {
        let file = MatFile::open(&fixture(name)).unwrap();
        let cases = [
            ("doubles", vec![3, 4, 5], 1.0, false),
            ("singles", vec![4, 3], 1.0, false),
            ("bytes", vec![2, 6, 7], 1.0, true),
            ("shorts", vec![5, 2], -1.0, true),
            ("words", vec![3, 3], 1.0, true),
        ];
        for (variable, shape, sign, whole) in cases {
            let (dims, values) = file.array::<f32>(variable).unwrap().row_major();
            let n = shape.iter().product();
            assert_eq!(
                (dims, values),
                (shape, expected(n, sign, whole)),
                "{name}, {variable}"
            );
        }
        let value = |variable| file.value::<f64>(variable).unwrap();
        assert_eq!(value("text").strings().unwrap(), ["hello"]);
        assert_eq!(value("names").strings().unwrap(), ["A", "bc", "def"]);
        let structure = value("structure");
        let Some(Value::Numbers(one)) = structure.field("a") else {
            panic!("{structure:?}");
        };
        assert_eq!((&one.shape[..], &one.values[..]), (&[1, 1][..], &[1.0][..]));
        assert!(file.array::<f32>("structure").is_err());
    }
}

#[test]
fn a_missing_variable_is_answered_with_the_list() {
    let file = MatFile::open(&fixture("plain.mat")).unwrap();
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
        let Ok(file) = MatFile::open(&path) else {
            continue;
        };
        let names: Vec<String> = file.heads().map(|head| head.name.clone()).collect();
        let n_whole = names
            .iter()
            .filter(|name| file.value::<f64>(name).is_ok())
            .count();
        assert!(n_whole < 8, "{n} of {} bytes", bytes.len());
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

#[test]
fn hdf5_in_every_storage_equals_what_h5py_wrote() {
    for name in ["layouts/storages.h5", "layouts/latest.h5"] {
        let file = Hdf5File::open(&fixture(name)).unwrap();
        assert!(!file.is_matlab());
        for variable in file.names() {
            let (sign, whole) = match variable {
                "shorts" => (-1.0, true),
                "bytes" | "longs" => (1.0, true),
                "contiguous" | "gzip" | "lzf" | "big_endian" => (1.0, false),
                _ => continue,
            };
            let found = file.array::<f32>(variable).unwrap().row_major();
            assert_eq!(
                found,
                (vec![4, 6], expected(24, sign, whole)),
                "{name}, {variable}"
            );
            let some = file.slices::<f64>(variable, 1, 2).unwrap();
            let all = file.array::<f64>(variable).unwrap().values;
            assert_eq!(some, all[6..18], "{name}, {variable}");
        }
    }
    let file = Hdf5File::open(&fixture("layouts/storages.h5")).unwrap();
    assert_eq!(file.array::<f32>("group/inner").unwrap().shape, [6]);
    assert_eq!(file.strings("fixed").unwrap(), ["A", "bc", "def"]);
    assert_eq!(file.strings("variable").unwrap(), ["A", "bcé"]);
    let error = file.array::<f32>("fixed").unwrap_err().to_string();
    assert!(
        error.contains("storages.h5") && error.contains("fixed") && error.contains("text"),
        "{error}"
    );
    let error = file.array::<f32>("nothing").unwrap_err().to_string();
    assert!(error.contains("contiguous"), "{error}");
}

#[test]
fn matlab_7_3_shows_the_shapes_of_matlab() {
    let path = fixture("layouts/vim1/EstimatedResponses.mat");
    let Container::Hdf5(file) = Container::open(&path).unwrap() else {
        panic!("not recognised as HDF5");
    };
    assert!(file.is_matlab());
    let array = file.array::<f32>("dataTrnS2").unwrap();
    assert_eq!(array.shape, [4, 6]);
    let (_, rows) = array.row_major();
    assert!((rows[6] - 1.0).abs() < f32::EPSILON && (rows[1] - 100.0).abs() < f32::EPSILON);
    let keys = Hdf5File::open(&fixture("layouts/god_v73/Subject1.h5")).unwrap();
    assert!(keys.names().iter().all(|name| !name.starts_with("#refs#")));
    assert_eq!(keys.strings("metaData/key").unwrap()[0], "VoxelData");
}

#[test]
fn content_says_what_a_file_is_and_not_its_name() {
    for (name, kind) in [
        ("layouts/god_v73/Subject1.h5", Kind::Hdf5),
        ("layouts/god/Subject2.mat", Kind::Other),
        ("c_order.npy", Kind::Npy),
        (
            "layouts/god/images/test/n01443537/n01443537_22563.JPEG",
            Kind::Jpeg,
        ),
    ] {
        assert_eq!(sniff(&fixture(name)).unwrap(), kind, "{name}");
    }
}

/// Opens a file and reads everything in it.
fn read_all(path: &Path) -> lab_core::Result<usize> {
    let container = Container::open(path)?;
    let mut n = 0;
    for variable in container.variables()? {
        match container.array::<f64>(&variable.name) {
            Ok(array) => n += array.values.len(),
            Err(_) => n += container.strings(path, &variable.name)?.len(),
        }
    }
    Ok(n)
}

#[test]
fn damaged_matlab_files_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged");
    for (seed, name) in ["plain.mat", "packed.mat", "layouts/god/Subject2.mat"]
        .into_iter()
        .enumerate()
    {
        let bytes = std::fs::read(fixture(name)).unwrap();
        let (n_read, n_refused) = survive(&bytes, seed as u64, |copy| {
            std::fs::write(&path, copy).map_err(lab_core::Error::io("writing", &path))?;
            read_all(&path)
        });
        println!("{name}: {n_read} read, {n_refused} refused");
        assert!(n_refused > 0, "{name}");
    }
}
