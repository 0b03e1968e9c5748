//! Every form of file that is read, and what is told of it.

use std::path::{Path, PathBuf};

use super::{Inspection, inspect};

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/reference")
        .join(name)
}

/// All that a person would see, in one text.
fn told(found: &Inspection) -> String {
    format!("{found:#?}")
}

#[test]
fn every_form_is_told_by_its_content() {
    for (name, container, part) in [
        ("datasets/c_order.npy", "NumPy array", "float64"),
        ("datasets/deflated.npz", "NumPy archive", "int"),
        ("datasets/plain.mat", "MATLAB 5", "double"),
        (
            "datasets/everything_4.pkl",
            "Python pickle",
            "nothing in it was run",
        ),
        ("datasets/volumes.nii.gz", "NIfTI", "5 volumes"),
        (
            "containers/volume.mgh",
            "FreeSurfer volume (MGH)",
            "2 frames",
        ),
        (
            "containers/volume.mgz",
            "FreeSurfer volume (MGH)",
            "2 frames",
        ),
        ("containers/table.parquet", "Parquet table", ""),
        (
            "weights/dcgan.safetensors",
            "safetensors",
            "weights of a network",
        ),
        ("weights/dcgan.pth", "PyTorch file", "float32"),
        (
            "weights/dcgan_legacy.pth",
            "PyTorch file",
            "weights of a network",
        ),
        ("weights/authors_dcgan.npz", "NumPy archive", "Chainer"),
        (
            "containers/norms_spectral_new.pth",
            "PyTorch file",
            "5 weights are saved in parts",
        ),
        (
            "../../experiments/quickstart.ron",
            "RON: an experiment",
            "lab run",
        ),
    ] {
        let found = inspect(&reference(name)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(found.container, container, "{name}");
        assert!(found.failures.is_empty(), "{name}: {:?}", found.failures);
        assert!(
            told(&found).contains(part),
            "{name}: {part} in {}",
            told(&found)
        );
    }
}

#[test]
fn what_cannot_be_read_stops_nothing_else() {
    let found = inspect(&reference("containers/outside.h5")).unwrap();
    let names: Vec<&str> = found.variables.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(names, ["inner/ids", "numbers"]);
    assert_eq!(found.variables[1].range, Some((0.0, 5.0)));
    assert_eq!(found.failures.len(), 5, "{:?}", found.failures);
    // One member of an archive with a wrong check sum.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.npz");
    let mut bytes = std::fs::read(reference("datasets/stored.npz")).unwrap();
    let at = bytes
        .windows(6)
        .position(|bytes| bytes == b"\x93NUMPY")
        .unwrap();
    bytes[at + 129] ^= 0x40;
    std::fs::write(&path, bytes).unwrap();
    let found = inspect(&path).unwrap();
    assert_eq!(found.failures.len(), 1, "{:?}", found.failures);
    assert!(
        found.failures[0].contains("check sum"),
        "{:?}",
        found.failures
    );
    assert!(
        found.variables.iter().any(|v| v.n_missing.is_some()),
        "{found:?}"
    );
}

#[test]
fn pictures_that_are_cut_off_are_no_good_folder() {
    let folder = tempfile::tempdir().unwrap();
    let picture = reference("datasets/crops.png");
    let bytes = std::fs::read(picture).unwrap();
    std::fs::write(folder.path().join("whole.png"), &bytes).unwrap();
    assert!(inspect(folder.path()).unwrap().failures.is_empty());
    // The header of what is left tells height and width.
    let half = &bytes[..bytes.len() / 2];
    std::fs::write(folder.path().join("half.png"), half).unwrap();
    let found = inspect(folder.path()).unwrap();
    assert_eq!(found.failures.len(), 1, "{:?}", found.failures);
    assert!(found.failures[0].contains("half.png"));
}

#[test]
fn tables_of_text_are_told_by_their_columns() {
    let folder = tempfile::tempdir().unwrap();
    let look = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        inspect(&path)
    };
    let trials = "subject;image_idx;class\nS1;0;A\nS1;1;n/a\nS2;2;B\n";
    let found = look("trials.csv", trials).unwrap();
    assert_eq!(found.known_as.as_deref(), Some("a table of trials"));
    assert!(
        found.container.contains("semicolons"),
        "{}",
        found.container
    );
    let [subject, index, class] = &found.variables[..] else {
        panic!("{:?}", found.variables);
    };
    assert_eq!(subject.words, [("S1".to_owned(), 2), ("S2".to_owned(), 1)]);
    assert_eq!((index.range, index.shape[0]), (Some((0.0, 2.0)), 3));
    assert_eq!((class.kind.as_str(), class.n_missing), ("text", Some(1)));
    let matrix = look("matrix.tsv", "1\t2\n3\t4\n").unwrap();
    assert_eq!(matrix.variables[0].shape, [2, 2]);
    let uneven = look("uneven.csv", "a,b\n1,2\n3\n").unwrap();
    assert!(
        uneven.failures[0].contains("line 3"),
        "{:?}",
        uneven.failures
    );
    let error = look("notes.md", "no data").unwrap_err().to_string();
    assert!(
        error.contains("notes.md") && error.contains(".csv"),
        "{error}"
    );
    let error = look("bad.ron", "(name: 3)").unwrap_err().to_string();
    assert!(error.contains("bad.ron"), "{error}");
}
