//! Files of weights: told apart by their content, and hostile ones.

use std::fs;

use super::weights_fixture as fixture;
use crate::mutations::survive;
use crate::tensors::Tensors;

#[test]
fn content_says_what_a_file_is() {
    let folder = tempfile::tempdir().unwrap();
    for (name, n_tensors) in [
        ("dcgan.pth", 14),
        ("dcgan_legacy.pth", 14),
        ("dcgan.npz", 14),
        ("dcgan.safetensors", 14),
        ("authors_dcgan.h5", 30),
        ("authors_dcgan.npz", 30),
    ] {
        let copy = folder.path().join("weights");
        fs::copy(fixture(name), &copy).unwrap();
        let file = Tensors::open(&copy).unwrap();
        assert_eq!(file.entries().len(), n_tensors, "{name}");
        for entry in file.entries() {
            let n = entry.shape.iter().product::<usize>();
            assert_eq!(
                file.values(entry).unwrap().len(),
                n,
                "{name}, {}",
                entry.name
            );
        }
    }
    fs::write(folder.path().join("text"), "weights, as text").unwrap();
    let Err(error) = Tensors::open(&folder.path().join("text")) else {
        panic!("text was read");
    };
    let error = error.to_string();
    assert!(
        error.contains("safetensors") && error.contains("16 bytes"),
        "{error}"
    );
}

#[test]
fn numbers_that_are_not_finite_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.safetensors");
    let header = br#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  "#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend(
        [1.0f32, f32::NAN]
            .iter()
            .flat_map(|value| value.to_le_bytes()),
    );
    fs::write(&path, bytes).unwrap();
    let file = Tensors::open(&path).unwrap();
    let error = file.values(&file.entries()[0]).unwrap_err().to_string();
    assert!(
        error.contains("variable 'w'") && error.contains("NaN"),
        "{error}"
    );
}

#[test]
fn damaged_copies_are_refused_or_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy");
    for (seed, name) in ["kinds.safetensors", "module.pth", "dcgan.npz"]
        .into_iter()
        .enumerate()
    {
        let bytes = fs::read(fixture(name)).unwrap();
        // A few thousand bytes hold every header.
        let (n_read, n_refused) = survive(&bytes, seed as u64, |copy| {
            fs::write(&path, copy).unwrap();
            let file = Tensors::open(&path)?;
            for entry in file.entries() {
                let _ = file.values(entry);
            }
            Ok::<(), lab_core::Error>(())
        });
        assert!(
            n_refused > n_read / 10,
            "{name}: {n_read} read, {n_refused} refused"
        );
    }
}
