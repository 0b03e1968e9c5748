//! Files of the kind that users reported. They lie outside of the project, in the folder that `LAB_TEST_DATA` names.

use std::path::PathBuf;

use lab_core::testing::skip;

use crate::container::{Container, sniff};
use crate::npy;
use crate::tensors::Tensors;

fn case(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("LAB_TEST_DATA") else {
        skip("LAB_TEST_DATA names no folder with cases from the field");
        return None;
    };
    Some(PathBuf::from(folder).join("cases").join(name))
}

/// What scipy.io.loadmat 1.17.1 reads of the same files: the sum of `dataTrnS1`, NaN left out.
#[test]
fn numbers_beside_objects_of_matlab_are_read_and_the_objects_are_named() {
    for (folder, name, class) in [
        ("42_vim1_with_string", "label", "string"),
        ("42_vim1_with_string4", "info", "string"),
        ("42_vim1_with_string8", "subjects", "string"),
        ("42_vim1_with_table", "T", "table"),
    ] {
        let Some(path) = case(&format!("{folder}/EstimatedResponses.mat")) else {
            return;
        };
        let file = Container::open(&path).unwrap();
        let variables = file.variables().unwrap();
        let object = variables.iter().find(|variable| variable.name == name);
        assert_eq!(object.unwrap().kind, format!("object of class {class}"));
        assert!(variables.iter().all(|variable| !variable.name.is_empty()));
        let array = file.array::<f64>("dataTrnS1").unwrap();
        assert_eq!(array.shape, [30, 12]);
        let sum: f64 = array.values.iter().filter(|value| !value.is_nan()).sum();
        assert!((sum + 110.971_989_083_336_67).abs() < 1e-9, "{sum}");
        let error = file.array::<f64>(name).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("object"), "{error}");
    }
}

/// What h5py 3.16.0 reads: eighths of a turn.
#[test]
fn a_file_of_matlab_7_4_is_read() {
    let Some(path) = case("47_real_matlab/testhdf5_7.4_GLNX86.mat") else {
        return;
    };
    let array = Container::open(&path)
        .unwrap()
        .array::<f64>("testdouble")
        .unwrap();
    assert_eq!(array.shape, [1, 9]);
    for (idx, value) in array.values.iter().enumerate() {
        let eighth = idx as f64 * std::f64::consts::FRAC_PI_4;
        assert!((value - eighth).abs() < 1e-15, "{idx}: {value}");
    }
}

#[test]
fn a_sparse_matrix_is_listed_as_one() {
    let Some(path) = case("47_real_matlab/logical_sparse.mat") else {
        return;
    };
    let variables = Container::open(&path).unwrap().variables().unwrap();
    let found: Vec<_> = variables
        .iter()
        .map(|v| (v.name.as_str(), v.kind.as_str()))
        .collect();
    assert_eq!(found, [("sp_log_5_4", "sparse logical")]);
    assert_eq!(variables[0].shape, [5, 4]);
    let old = case("47_real_matlab/test_mat4_le_floats.mat").unwrap();
    let error = Container::open(&old).map(drop).unwrap_err().to_string();
    assert!(error.contains("MATLAB 4"), "{error}");
}

#[test]
fn an_array_that_is_none_of_numbers_says_what_it_is_and_what_to_do() {
    for (name, is, remedy) in [
        ("S1.npz", "an archive (.npz) of the arrays", "numpy.save('"),
        (
            "object.npy",
            "[36, 30] of Python objects",
            "numpy.array(list(x), dtype='float32')",
        ),
        ("ragged.npy", "Python objects", "rectangular"),
        (
            "struct.npy",
            "a table with named columns ('[('v0', '<f4')",
            "structured_to_unstructured",
        ),
        ("complex.npy", "complex numbers", "magnitude"),
        ("longdouble.npy", "another width", "astype('float64')"),
        ("string.npy", "text", "save numbers"),
    ] {
        let Some(path) = case(&format!("10_npy/{name}")) else {
            return;
        };
        let error = npy::open(&path).unwrap_err().to_string();
        for part in [name, is, remedy] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
    let path = case("10_npy/images").unwrap();
    assert!(sniff(&path).unwrap_err().to_string().contains("a folder"));
}

/// What PyTorch 2.15.0 uses in evaluation: the first two numbers, and the sum of squares.
#[test]
fn weights_of_a_gan_with_norms_are_folded() {
    for (file, name, first, squares) in [
        (
            "spectral",
            "main.0.weight",
            [0.008_046_205, -0.008_454_156],
            10.424_336_545,
        ),
        (
            "spectral",
            "main.3.weight",
            [-0.006_236_547, -0.102_640_897],
            5.957_635_409,
        ),
        // 8 × 8 channels, for which the others of the file tell the axis.
        (
            "spectral",
            "main.6.weight",
            [-0.021_017_104, 0.044_121_921],
            5.615_758_952,
        ),
        (
            "spectral",
            "main.9.weight",
            [0.017_983_334, -0.083_905_376],
            0.999_999_800,
        ),
        (
            "weightnorm",
            "main.3.weight",
            [-0.034_611_493, -0.569_634_855],
            183.495_863_013,
        ),
    ] {
        let Some(path) = case(&format!("50_weights/{file}.pth")) else {
            return;
        };
        let tensors = Tensors::open(&path).unwrap();
        let values = tensors.values(tensors.entry(name).unwrap()).unwrap();
        for (found, expected) in values.iter().zip(first) {
            assert!(
                (f64::from(*found) - expected).abs() < 1e-7,
                "{name}: {found} for {expected}"
            );
        }
        let sum: f64 = values.iter().map(|&x| f64::from(x).powi(2)).sum();
        assert!(
            (sum - squares).abs() < 1e-6 * squares,
            "{name}: {sum} for {squares}"
        );
    }
}
