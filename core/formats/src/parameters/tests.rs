//! Mapping of keys, on files that PyTorch, NumPy and h5py wrote (`tests/reference/weights/make.py`).

use super::{Bias, Kind, Parameters, Wanted, find};
use crate::tensors::Tensors;
use crate::tests::weights_fixture as fixture;

fn layer(name: &str, kind: Kind, shape: &[usize], n_out: usize, bias: Bias) -> Wanted {
    Wanted {
        layer: name.into(),
        kind,
        shapes: vec![shape.to_vec()],
        n_out,
        bias,
    }
}

fn dcgan() -> Vec<Wanted> {
    vec![
        layer("deconv1", Kind::Weighted, &[8, 12, 4, 4], 12, Bias::Absent),
        layer("norm1", Kind::Norm, &[12], 12, Bias::Required),
        layer("deconv2", Kind::Weighted, &[12, 6, 4, 4], 6, Bias::Absent),
        layer("norm2", Kind::Norm, &[6], 6, Bias::Required),
        layer("deconv3", Kind::Weighted, &[6, 3, 3, 3], 3, Bias::Required),
    ]
}

fn found(file: &str, wanted: &[Wanted], rules: &[(&str, &str)]) -> Result<Vec<Parameters>, String> {
    let rules: Vec<_> = rules
        .iter()
        .map(|(pattern, name)| ((*pattern).to_owned(), (*name).to_owned()))
        .collect();
    let tensors = Tensors::open(&fixture(file)).map_err(|error| error.to_string())?;
    find(&tensors, wanted, &rules).map_err(|error| error.to_string())
}

#[test]
fn every_container_gives_the_same_parameters() {
    let reference = found("dcgan.pth", &dcgan(), &[]).unwrap();
    for file in ["dcgan_legacy.pth", "dcgan.npz", "dcgan.safetensors"] {
        assert_eq!(found(file, &dcgan(), &[]).unwrap(), reference, "{file}");
    }
    assert_eq!(reference[4].bias.len(), 3);
    assert!((reference[1].eps - 1e-5).abs() < 1e-12);
}

#[test]
fn rules_and_names_go_before_the_order() {
    let mut turned = dcgan();
    turned.reverse();
    let rules = [
        ("main.0.{*}", "deconv1/{*}"),
        ("main.1.{*}", "norm1.{*}"),
        ("main.3.{*}", "deconv2.{*}"),
        ("main/4/{*}", "norm2.{*}"),
        ("main.{n}.{*}", "deconv3.{*}"),
    ];
    let mut by_rules = found("dcgan.pth", &turned, &rules).unwrap();
    by_rules.reverse();
    assert_eq!(by_rules, found("dcgan.pth", &dcgan(), &[]).unwrap());
}

#[test]
fn chainers_files_are_read_with_its_words() {
    let mut wanted = vec![layer(
        "linear",
        Kind::Weighted,
        &[32, 6],
        32,
        Bias::Required,
    )];
    wanted.push(layer("norm-0", Kind::Norm, &[32], 32, Bias::Required));
    for idx in 0..3 {
        let name = format!("deconv-{idx}");
        wanted.push(layer(
            &name,
            Kind::Weighted,
            &[8, 8, 4, 4],
            8,
            Bias::Optional,
        ));
        let name = format!("norm-{}", idx + 1);
        wanted.push(layer(&name, Kind::Norm, &[8], 8, Bias::Required));
    }
    wanted.push(layer(
        "deconv-3",
        Kind::Weighted,
        &[8, 1, 4, 4],
        1,
        Bias::Required,
    ));
    let npz = found("authors_dcgan.npz", &wanted, &[]).unwrap();
    assert_eq!(found("authors_dcgan.h5", &wanted, &[]).unwrap(), npz);
    assert!((npz[1].eps - 2e-5).abs() < 1e-12);
    assert!(npz[1].variance.iter().all(|variance| *variance > 0.0));
}

#[test]
fn a_trainers_snapshot_is_its_model() {
    let sizes = [(1, 2, 5), (2, 5, 5), (5, 8, 3), (8, 8, 3), (8, 5, 3)];
    let mut wanted = Vec::new();
    for (idx, (c_in, c_out, k)) in sizes.into_iter().enumerate() {
        let shape = [c_out, c_in, k, k];
        let name = format!("conv{}", idx + 1);
        wanted.push(layer(&name, Kind::Weighted, &shape, c_out, Bias::Required));
    }
    for (name, n_in, n_out) in [("fc6", 20, 6), ("fc7", 6, 6), ("fc8", 6, 3)] {
        wanted.push(layer(
            name,
            Kind::Weighted,
            &[n_out, n_in],
            n_out,
            Bias::Required,
        ));
    }
    let model = found("authors_alexnet.npz", &wanted, &[]).unwrap();
    let snapshot = found("authors_alexnet_snapshot.npz", &wanted, &[]).unwrap();
    assert_eq!(model, snapshot);
}

#[test]
fn what_is_missing_and_left_over_is_listed_with_shapes() {
    let mut wanted = dcgan();
    wanted[2].shapes = vec![vec![12, 7, 4, 4]];
    wanted[4].bias = Bias::Absent;
    let error = found("dcgan.pth", &wanted, &[]).unwrap_err();
    for part in [
        "dcgan.pth",
        "1 missing and 2 left over",
        "missing in the file:\n    deconv2.weight [12, 7, 4, 4]",
        "main.3.weight [12, 6, 4, 4]",
        "main.6.bias [3]",
        "keys: [",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
    let fewer = found("dcgan.pth", &dcgan()[..3], &[]).unwrap_err();
    assert!(
        fewer.contains("0 missing") && fewer.contains("main.4.running_var [6]"),
        "{fewer}"
    );
    assert!(!fewer.contains("num_batches_tracked"), "{fewer}");
    let aside = [("main.4.{*}", ""), ("main.6.{*}", "")];
    assert_eq!(found("dcgan.pth", &dcgan()[..3], &aside).unwrap().len(), 3);
}

#[test]
fn rules_that_make_one_key_of_two_are_refused() {
    let error = found("dcgan.pth", &dcgan(), &[("main.{n}.weight", "all.weight")]).unwrap_err();
    assert!(
        error.contains("'all.weight' for 'main.0.weight' too"),
        "{error}"
    );
}

#[test]
fn first_words_change_places_only_where_one_order_fits() {
    let whole = vec![
        layer("a", Kind::Weighted, &[6, 3, 5, 5], 6, Bias::Required),
        layer("b", Kind::Weighted, &[8, 3, 3, 3], 8, Bias::Absent),
        layer("c", Kind::Norm, &[8], 8, Bias::Required),
        layer("d", Kind::Weighted, &[10, 128], 10, Bias::Required),
        layer("e", Kind::Weighted, &[4, 10], 4, Bias::Required),
    ];
    // PyTorch's file has its own order; safetensors has `classifier` before `features`.
    let reference = found("alexnet.pth", &whole, &[]).unwrap();
    assert_eq!(
        found("alexnet.safetensors", &whole, &[]).unwrap(),
        reference
    );
    let mixed = [&whole[3..4], &whole[..3], &whole[4..]].concat();
    let error = found("alexnet.safetensors", &mixed, &[]).unwrap_err();
    assert!(error.contains("missing in the file"), "{error}");
}
