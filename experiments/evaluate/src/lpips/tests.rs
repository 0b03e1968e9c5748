//! LPIPS against torchmetrics, and files that are none of weights.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lab_core::context::Context;
use lab_score::Rows;
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use serde_json::Value;

use super::network::LAYERS;
use super::{Lpips, how, note, weights};
use crate::request::LpipsFiles;

const REFERENCE: &str = include_str!("../../../../tests/reference/lpips/lpips.json");
/// How far a distance may be from that of torchmetrics.
const TOLERANCE: f64 = 1e-6;

/// A tensor's shape and numbers.
type Tensor = (Vec<usize>, Vec<f32>);
type Tensors = BTreeMap<String, Tensor>;

/// Numbers in [0, 1), as the script makes them: an integer hash of the place and of the tensor's number.
fn numbers(n: usize, tensor: u32) -> impl Iterator<Item = f64> {
    (0..n as u32).map(move |place| {
        let mut hash = place
            .wrapping_mul(2_654_435_761)
            .wrapping_add(40_503 * (tensor + 1));
        hash ^= hash >> 15;
        hash = hash.wrapping_mul(2_246_822_519);
        hash ^= hash >> 13;
        f64::from(hash >> 8) / 16_777_216.0
    })
}

fn backbone() -> Tensors {
    let mut all = Tensors::new();
    for (place, layer) in LAYERS.iter().enumerate() {
        let place = place as u32;
        let fan_in: usize = layer.shape[1..].iter().product();
        let scale = (6.0 / fan_in as f64).sqrt();
        let n_out = layer.shape[0];
        let kernel = numbers(n_out * fan_in, 2 * place).map(|u| ((2.0 * u - 1.0) * scale) as f32);
        let bias = numbers(n_out, 2 * place + 1).map(|u| (0.2 * u - 0.1) as f32);
        let name = |part| format!("features.{}.{part}", layer.number);
        all.insert(name("weight"), (layer.shape.to_vec(), kernel.collect()));
        all.insert(name("bias"), (vec![n_out], bias.collect()));
    }
    // A classifier is left aside.
    all.insert("classifier.6.bias".into(), (vec![10], vec![0.0; 10]));
    all
}

fn heads() -> Tensors {
    let head = |(place, layer): (usize, &super::network::Layer)| {
        let n = layer.shape[0];
        let weights = numbers(n, 20 + place as u32).map(|u| (0.2 * u) as f32);
        let name = format!("lin{place}.model.1.weight");
        (name, (vec![1, n, 1, 1], weights.collect()))
    };
    LAYERS.iter().enumerate().map(head).collect()
}

/// Writes tensors as safetensors.
fn save(path: &Path, tensors: &Tensors) {
    let bytes: Vec<(&String, &Vec<usize>, Vec<u8>)> = tensors
        .iter()
        .map(|(name, (shape, values))| {
            let bytes = values.iter().flat_map(|value| value.to_le_bytes());
            (name, shape, bytes.collect())
        })
        .collect();
    let views = bytes.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, (*shape).clone(), bytes).unwrap();
        (name.as_str(), view)
    });
    serialize_to_file(views, None, path).unwrap();
}

/// The heads as torch.save wrote them.
fn torch_heads() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference/lpips/heads.pth")
}

fn lpips(folder: &Path) -> Lpips {
    let path = folder.join("alexnet.safetensors");
    save(&path, &backbone());
    Lpips::read(&path, &torch_heads(), &Context::new(1)).unwrap()
}

fn floats(value: &Value) -> Vec<f64> {
    let all = value.as_array().unwrap().iter();
    all.map(|number| number.as_f64().unwrap()).collect()
}

/// Pictures of bytes, as the script hands them over: in `[−1, 1]`.
fn pictures(value: &Value) -> Rows {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(floats).collect();
    let all = rows.iter().flatten();
    Rows {
        n_columns: rows[0].len(),
        values: all.map(|&byte| byte as f32 / 127.5 - 1.0).collect(),
    }
}

#[test]
fn distances_are_those_of_torchmetrics() {
    let reference: Value = serde_json::from_str(REFERENCE).unwrap();
    let sums = floats(&reference["sums_of_kernels"]);
    let made = backbone();
    for (layer, expected) in LAYERS.iter().zip(sums) {
        let kernel = &made[&format!("features.{}.weight", layer.number)].1;
        let sum: f64 = kernel.iter().map(|&weight| f64::from(weight)).sum();
        assert!(
            (sum - expected).abs() < 1e-8,
            "{sum} in place of {expected}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let lpips = lpips(folder.path());
    for case in reference["cases"].as_array().unwrap() {
        let side = |name: &str| case[name].as_u64().unwrap() as usize;
        let size = (side("height"), side("width"));
        let (originals, made) = (
            pictures(&case["originals"]),
            pictures(&case["reconstructions"]),
        );
        let found = lpips
            .of_pairs(&originals, &[&made, &originals], size)
            .unwrap();
        for name in ["double", "single"] {
            let expected = floats(&case[name]);
            assert_eq!(found[0].len(), expected.len());
            for (found, expected) in found[0].iter().zip(expected) {
                let error = (found - expected).abs();
                assert!(
                    error <= TOLERANCE,
                    "{size:?} {name}: {found} in place of {expected}"
                );
            }
        }
        // Whatever is equal has no distance.
        assert!(found[1].iter().all(|&distance| distance == 0.0));
    }
}

#[test]
fn more_pictures_than_pass_together_are_each_judged_alone() {
    let folder = tempfile::tempdir().unwrap();
    let lpips = lpips(folder.path());
    let size = (33, 33);
    let rows = |tensor| Rows {
        n_columns: 33 * 33,
        values: numbers(20 * 33 * 33, tensor)
            .map(|u| (2.0 * u - 1.0) as f32)
            .collect(),
    };
    let (one, other) = (rows(90), rows(91));
    let all = &lpips.of_pairs(&one, &[&other], size).unwrap()[0];
    assert_eq!(all.len(), 20);
    let last = |rows: &Rows| Rows {
        n_columns: rows.n_columns,
        values: rows.values[19 * rows.n_columns..].to_vec(),
    };
    let alone = lpips.of_pairs(&last(&one), &[&last(&other)], size).unwrap()[0][0];
    assert!((all[19] - alone).abs() < 1e-7, "{} {alone}", all[19]);
    let none = Rows {
        n_columns: 33 * 33,
        values: Vec::new(),
    };
    let found = lpips.of_pairs(&none, &[&none], size).unwrap();
    assert_eq!(found, [Vec::<f64>::new()]);
}

#[test]
fn both_files_are_read_under_other_first_words_and_without_dropout() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("heads.safetensors");
    let renamed = heads().into_iter().map(|(name, tensor)| {
        let name = name.replace("model.1", "model.0");
        (format!("module.{name}"), tensor)
    });
    save(&path, &renamed.collect());
    let found = weights::heads(&path).unwrap();
    assert_eq!(found, weights::heads(&torch_heads()).unwrap());
    let expected = heads();
    assert_eq!(found[4], expected["lin4.model.1.weight"].1);
    // Two tensors that could be meant are none.
    let mut twice = heads();
    let head = twice.remove("lin2.model.1.weight").unwrap();
    twice.insert("a.lin2.model.1.weight".into(), head.clone());
    twice.insert("b.lin2.model.1.weight".into(), head);
    save(&path, &twice);
    let error = weights::heads(&path).err().unwrap().to_string();
    assert!(error.contains("lin2.model.1.weight"), "{error}");
}

#[test]
fn what_is_no_file_of_weights_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let refused = |tensors: &Tensors, is_backbone: bool, parts: &[&str]| {
        save(&path, tensors);
        let error = if is_backbone {
            weights::backbone(&path).err().unwrap().to_string()
        } else {
            weights::heads(&path).err().unwrap().to_string()
        };
        for part in parts.iter().chain(&["weights.safetensors"]) {
            assert!(error.contains(part), "'{part}' is not in: {error}");
        }
    };
    let mut wrong = backbone();
    wrong.remove("features.8.bias");
    let missing = [
        "features.8.bias",
        "[256]",
        "got classifier.6.bias",
        "and 2 more",
        "alexnet-owt",
    ];
    refused(&wrong, true, &missing);
    // The first layer of another network.
    let other = (vec![64, 3, 3, 3], vec![0.0; 64 * 27]);
    let mut wrong = backbone();
    wrong.insert("features.0.weight".into(), other);
    refused(
        &wrong,
        true,
        &[
            "features.0.weight",
            "[64, 3, 11, 11]",
            "[64, 3, 3, 3]",
            "alexnet-owt",
        ],
    );
    let mut wrong = backbone();
    wrong.get_mut("features.3.bias").unwrap().1[7] = f32::NAN;
    refused(&wrong, true, &["features.3.bias", "finite"]);
    let mut wrong = heads();
    wrong.get_mut("lin3.model.1.weight").unwrap().1[9] = -0.5;
    refused(
        &wrong,
        false,
        &["lin3.model.1.weight", "at least 0", "-0.5", "version 0.1"],
    );
    let mut wrong = heads();
    wrong.insert(
        "lin1.model.1.weight".into(),
        (vec![1, 128, 1, 1], vec![0.0; 128]),
    );
    refused(
        &wrong,
        false,
        &[
            "lin1.model.1.weight",
            "[1, 192, 1, 1]",
            "[1, 128, 1, 1]",
            "alex.pth",
        ],
    );
    let swapped = "the backbone comes first and the heads second";
    refused(
        &heads(),
        true,
        &["features.0.weight", "lin0.model.1.weight", swapped],
    );
    refused(&backbone(), false, &["lin0.model.1.weight", swapped]);
    refused(&Tensors::new(), false, &["a file without tensors"]);
    fs::write(&path, "no tensors").unwrap();
    assert!(weights::backbone(&path).is_err());
    assert!(weights::heads(&folder.path().join("nowhere.pth")).is_err());
}

#[test]
fn what_was_done_to_the_size_is_said() {
    assert_eq!(
        how(30),
        "enlarged bilinearly from 30 × 30 to 64 × 64 pixels"
    );
    assert_eq!(how(31), "at 31 × 31 pixels");
    assert!(
        note(None, 64)
            .contains("(--lpips BACKBONE HEADS): the learned perceptual distance is left out")
    );
    let files = LpipsFiles {
        backbone: "a.pth".into(),
        heads: "b.pth".into(),
    };
    let said = note(Some(&files), 24);
    for part in [
        "lower is better",
        "'a.pth'",
        "'b.pth'",
        "repeated to three channels, enlarged",
    ] {
        assert!(said.contains(part), "{said}");
    }
}
