//! Norms, old and foreign HDF5, volumes of `FreeSurfer`, and files that end too early.

use std::path::Path;

use lab_core::Result;

use super::{containers_fixture as containers, fixture, weights_fixture};
use crate::container::{Container, Kind, sniff};
use crate::mgh::Mgh;
use crate::nifti::Nifti;
use crate::npz::Npz;
use crate::pickle::Pickle;
use crate::tensors::Tensors;
use crate::{npy, pictures};

#[test]
fn weights_with_a_norm_are_those_that_pytorch_uses() {
    for norm in [
        "spectral_old",
        "spectral_new",
        "weight_old",
        "weight_new",
        "weight_whole",
    ] {
        let saved = Tensors::open(&containers(&format!("norms_{norm}.pth"))).unwrap();
        let used = Tensors::open(&containers(&format!("norms_{norm}.safetensors"))).unwrap();
        let folded: Vec<&str> = saved.folded().collect();
        assert_eq!(folded.len(), 5, "{norm}: {folded:?}");
        for entry in used.entries() {
            let own = saved.entry(&entry.name).unwrap();
            assert_eq!(own.shape, entry.shape, "{norm}, {}", entry.name);
            let (own, used) = (saved.values(own).unwrap(), used.values(entry).unwrap());
            for (own, used) in own.iter().zip(&used) {
                // Single precision in PyTorch, double here: 10⁻⁶ + 10⁻⁵ |weight|.
                assert!(
                    (own - used).abs() < 1e-6 + 1e-5 * used.abs(),
                    "{norm}, {}: {own} for {used}",
                    entry.name
                );
            }
        }
        let rest = saved
            .entries()
            .iter()
            .filter(|entry| entry.name.rsplit('.').next() != Some("bias"));
        assert_eq!(rest.count(), 5, "{norm}: parts are left over");
    }
}

#[test]
fn what_lies_outside_of_an_hdf5_file_is_named_and_never_read() {
    let path = containers("outside.h5");
    let file = Container::open(&path).unwrap();
    let names: Vec<String> = file
        .variables()
        .unwrap()
        .into_iter()
        .map(|v| v.name)
        .collect();
    assert_eq!(names, ["inner/ids", "numbers"]);
    let (shape, numbers) = file.array::<f64>("numbers").unwrap().row_major();
    assert_eq!(
        (shape, numbers),
        (vec![2, 3], vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    );
    for (name, part) in [
        ("secret", "external storage"),
        ("virtual", "virtual dataset"),
        ("packed", "blosc (number 32001)"),
    ] {
        let error = file.array::<f64>(name).unwrap_err().to_string();
        assert!(
            error.contains("outside.h5") && error.contains(part),
            "{error}"
        );
        assert!(
            file.unreadable()
                .iter()
                .any(|line| line.contains(name) && line.contains(part)),
            "{name}"
        );
    }
    let told = file.unreadable().join("\n");
    for part in [
        "'elsewhere' is a link to another file, \"other.h5\"",
        "'inner/further'",
        "/etc/other.h5",
        "/etc/hostname",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(file.array::<f64>("elsewhere").is_err());
}

#[test]
fn frames_of_freesurfer_equal_what_nibabel_wrote() {
    for name in ["volume.mgh", "volume.mgz"] {
        let volume = Mgh::open(&containers(name)).unwrap();
        assert_eq!(volume.shape, [4, 3, 2, 2], "{name}");
        let mut expected = Vec::new();
        for z in 0..2 {
            for y in 0..3 {
                expected.extend((0..4).map(|x| (((x * 3 + y) * 2 + z) * 2) as f32));
            }
        }
        assert_eq!(volume.first_frame().unwrap(), expected, "{name}");
    }
    assert_eq!(sniff(&containers("volume.mgh")).unwrap(), Kind::Mgh);
    assert_eq!(
        sniff(&containers("norms_weight_old.safetensors")).unwrap(),
        Kind::Safetensors
    );
    assert_eq!(sniff(&containers("make.py")).unwrap(), Kind::Text);
    let error = Mgh::open(&fixture("volumes.nii.gz"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("volumes.nii.gz") && error.contains("MGH"),
        "{error}"
    );
}

fn everything(path: &Path) -> Result<usize> {
    let of_container = || {
        let file = Container::open(path)?;
        let mut n = 0;
        for variable in file.variables()? {
            let numeric = ["double", "single", "float", "int", "uint", "logical"];
            if !numeric.iter().any(|kind| variable.kind.starts_with(kind)) {
                continue;
            }
            n += file.array::<f64>(&variable.name)?.values.len();
        }
        Ok(n)
    };
    let name = path.to_string_lossy().into_owned();
    match name.rsplit('.').next().unwrap_or_default() {
        "npy" => Ok(npy::read(path)?.1.len()),
        "npz" => {
            let file = Npz::open(path)?;
            // Words and objects are no numbers when they are whole.
            let kept = |got: &str| !got.starts_with("elements of type");
            let members = file.members().iter();
            members
                .filter(|member| member.header.as_ref().err().is_none_or(|got| kept(got)))
                .map(|member| Ok(file.array(&member.name)?.f64().1.len()))
                .sum()
        }
        "mat" | "h5" => of_container(),
        "gz" | "nii" => {
            Nifti::open(path).and_then(|file| Ok(file.volumes(0..file.n_volumes())?.len()))
        }
        "mgh" | "mgz" => Ok(Mgh::open(path)?.first_frame()?.len()),
        "pkl" => Pickle::open(path).map(|_| 0),
        "jpg" | "png" => Ok(pictures::read(path, 8)?.len()),
        _ => {
            let file = Tensors::open(path)?;
            file.entries()
                .iter()
                .map(|entry| Ok(file.values(entry)?.len()))
                .sum()
        }
    }
}

/// Every container, cut in the middle of its last third: refused, and by its name.
#[test]
fn a_file_that_ends_too_early_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let picture = std::fs::read_dir(fixture("pictures"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "png"));
    let whole = [
        fixture("c_order.npy"),
        fixture("deflated.npz"),
        fixture("stored.npz"),
        fixture("plain.mat"),
        fixture("packed.mat"),
        fixture("volumes.nii"),
        fixture("volumes.nii.gz"),
        fixture("everything_4.pkl"),
        fixture("layouts/god/Subject1.h5"),
        containers("volume.mgh"),
        containers("norms_spectral_old.pth"),
        containers("norms_weight_old.safetensors"),
        weights_fixture("dcgan_legacy.pth"),
        weights_fixture("dcgan.npz"),
    ];
    for path in whole.into_iter().chain(picture) {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let cut = folder.path().join(format!("cut_{name}"));
        std::fs::write(&cut, &bytes).unwrap();
        if path.extension().is_none_or(|ending| ending != "mat") {
            // Not everything in these is numbers; what is, is read when it is whole.
            everything(&cut).unwrap_or_else(|error| panic!("{error}"));
        }
        std::fs::write(&cut, &bytes[..bytes.len() * 5 / 6]).unwrap();
        let error = everything(&cut).expect_err(&name).to_string();
        assert!(error.contains(&format!("cut_{name}")), "{error}");
    }
}
