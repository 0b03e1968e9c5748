//! PyTorch's files against what PyTorch put into them (`tests/reference/weights/make.py`), and hostile ones.

use std::path::Path;

use candle_core::Device;
use lab_core::Error;
use lab_core::weights::{Weights, from_bytes};

use super::Checkpoint;
use crate::mmap::Mapped;
use crate::mutations::survive;
use crate::tests::weights_fixture as fixture;

fn expected(name: &str) -> Weights {
    from_bytes(&std::fs::read(fixture(name)).unwrap(), &Device::Cpu).unwrap()
}

fn of(bytes: Vec<u8>) -> Result<Checkpoint, Error> {
    Checkpoint::of(Mapped::memory(bytes, Path::new("copy.pth")))
}

#[test]
fn every_type_view_and_nesting_is_read() {
    let expected = expected("kinds.safetensors");
    for name in ["kinds.pth", "kinds_legacy.pth"] {
        let file = Checkpoint::open(&fixture(name)).unwrap();
        let names: Vec<&str> = file.tensors().iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names.len(), expected.len() + 1, "{names:?}");
        assert_eq!(names.last(), Some(&"history.1"));
        for tensor in file.tensors() {
            let Some(key) = tensor.name.strip_prefix("state_dict.") else {
                continue;
            };
            let wanted = &expected[key];
            assert_eq!(tensor.shape, wanted.dims(), "{name}, {key}");
            let wanted = wanted.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert_eq!(file.values(tensor), wanted, "{name}, {key}");
        }
    }
}

#[test]
fn a_payload_is_refused_by_name_and_nothing_is_run() {
    for name in ["payload.pth", "payload_legacy.pth"] {
        let error = Checkpoint::open(&fixture(name)).unwrap_err().to_string();
        let named = error.contains("'posix.system'") && error.contains("nothing was run");
        assert!(named && error.contains(name), "{error}");
        assert!(error.contains("state_dict"), "{error}");
        assert!(!fixture("ran.txt").exists() && !Path::new("ran.txt").exists());
    }
}

#[test]
fn whole_modules_are_refused_by_name() {
    let error = Checkpoint::open(&fixture("module.pth")).unwrap_err();
    let error = error.to_string();
    let class = "'torch.nn.modules.container.Sequential'";
    assert!(
        error.contains(class) && error.contains("net.state_dict()"),
        "{error}"
    );
}

#[test]
fn numpys_pickles_do_not_take_torchs_names() {
    let error = crate::pickle::Pickle::of(Mapped::memory(
        b"ccollections\nOrderedDict\n.".to_vec(),
        Path::new("a.pkl"),
    ))
    .unwrap_err()
    .to_string();
    assert!(error.contains("'collections.OrderedDict'"), "{error}");
}

/// The pickle of one tensor of PyTorch's, in the older form, over a storage of two numbers.
fn tensor(offset: &str, shape: &str, strides: &str) -> Vec<u8> {
    let mut bytes =
        b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}.".to_vec();
    let storage = "((S'storage'\nctorch\nFloatStorage\nS'7'\nS'cpu'\nI2\nNtQ";
    let text = format!(
        "(dS'w'\nctorch._utils\n_rebuild_tensor_v2\n{storage}{offset}\n{shape}{strides}I00\nNtRs."
    );
    bytes.extend(text.bytes());
    bytes.extend(b"(lS'7'\na.");
    bytes.extend(2u64.to_le_bytes());
    bytes.extend([1.5f32, -2.0].iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

#[test]
fn views_that_leave_their_storage_are_refused() {
    let file = of(tensor("I0", "(I2\nt", "(I1\nt")).unwrap();
    assert_eq!(file.values(&file.tensors()[0]), [1.5, -2.0]);
    for (offset, shape, strides, part) in [
        ("I1", "(I2\nt", "(I1\nt", "[2] with steps [1]"),
        ("I0", "(I2\nt", "(I2\nt", "steps [2]"),
        ("I-1", "(I1\nt", "(I1\nt", "an offset of -1"),
        ("I0", "(I2\nt", "(I-1\nt", "length -1"),
        ("I0", "(I2\nI2\nt", "(I1\nt", "a tensor of 2 axes"),
        ("I0", "(I4000000000\nt", "(I0\nt", "[4000000000]"),
        (
            "I0",
            "(I9223372036854775807\nI9223372036854775807\nt",
            "(I0\nI0\nt",
            "9223372036854775807",
        ),
        ("I0", "(I1\nt", "(I9223372036854775807\nt", ""),
    ] {
        let found = of(tensor(offset, shape, strides));
        match found {
            Ok(file) => assert_eq!(file.values(&file.tensors()[0]), [1.5], "{shape}"),
            Err(error) => {
                let error = error.to_string();
                assert!(
                    error.contains(part) && error.contains("copy.pth"),
                    "{error}"
                );
            }
        }
    }
    let mut cut = tensor("I0", "(I2\nt", "(I1\nt");
    cut.truncate(cut.len() - 1);
    let error = of(cut).unwrap_err().to_string();
    assert!(
        error.contains("7 bytes for a storage of 2 numbers"),
        "{error}"
    );
}

#[test]
fn dictionaries_without_end_are_refused() {
    let mut bytes = tensor("I0", "(I2\nt", "(I1\nt");
    let object = b"}p0\nS'a'\ng0\ns.";
    let at = bytes
        .windows(4)
        .position(|window| window == b"(dS'")
        .unwrap();
    bytes.truncate(at);
    bytes.extend(object);
    // No storages behind it.
    bytes.extend(b"(l.");
    let error = of(bytes).unwrap_err().to_string();
    assert!(error.contains("nested without end"), "{error}");
}

#[test]
fn damaged_files_are_refused_or_read() {
    let names = ["kinds.pth", "kinds_legacy.pth", "payload_legacy.pth"];
    for (seed, name) in names.into_iter().enumerate() {
        let bytes = std::fs::read(fixture(name)).unwrap();
        let outcome = survive(&bytes, seed as u64, |copy| {
            let file = of(copy)?;
            file.tensors().iter().for_each(|tensor| {
                let _ = file.values(tensor);
            });
            Ok::<(), Error>(())
        });
        assert!(outcome.1 > outcome.0 / 10, "{name}: {outcome:?}");
    }
}
