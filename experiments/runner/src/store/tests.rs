//! Keys follow what decides the bytes: sources, versions, files, the processor.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::sources;
use crate::store::Key;

#[path = "../../build/sources.rs"]
mod build;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn metadata() -> build::Metadata {
    build::Metadata::ask(env!("CARGO"), &root()).unwrap()
}

/// Everything that the results of each package come from, as a key would take it.
fn closures(root: &Path) -> BTreeMap<String, String> {
    let packages = build::packages(root, &metadata()).unwrap();
    let own: BTreeMap<&str, &str> = packages
        .iter()
        .map(|package| (package.name.as_str(), package.hash.as_str()))
        .collect();
    packages
        .iter()
        .map(|package| {
            let needs = package.needs.iter().map(|need| own[need.as_str()]);
            let hashes: Vec<&str> = std::iter::once(own[package.name.as_str()])
                .chain(needs)
                .collect();
            (package.name.clone(), hashes.join(" "))
        })
        .collect()
}

/// A copy of what the hashes are taken of.
fn copy() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in ["Cargo.toml", "Cargo.lock"] {
        fs::copy(root().join(file), copy.path().join(file)).unwrap();
    }
    for package in build::packages(&root(), &metadata()).unwrap() {
        let inside = package.folder.strip_prefix(root()).unwrap();
        copy_folder(&package.folder, &copy.path().join(inside));
    }
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// The stages whose keys hold other sources after `line` was added to a file of a copy.
///
/// A stage takes the sources of the contract, of the runner, and of the plugins that it uses.
fn made_again(file: &str, line: &str) -> Vec<&'static str> {
    const STAGES: [(&str, &[&str]); 7] = [
        ("align", &["lab-aligners"]),
        ("generator", &["lab-dcgan"]),
        ("features", &["lab-alexnet"]),
        ("observer", &["lab-observers"]),
        (
            "decode",
            &["lab-decoders", "lab-losses", "lab-dcgan", "lab-alexnet"],
        ),
        ("ceiling", &["lab-losses", "lab-dcgan", "lab-alexnet"]),
        ("ridge", &["lab-decoders"]),
    ];
    let copy = copy();
    let before = closures(copy.path());
    let path = copy.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{line}\n{text}")).unwrap();
    let after = closures(copy.path());
    let own_of_runner = |closures: &BTreeMap<String, String>| {
        closures["lab-runner"].split(' ').next().map(str::to_owned)
    };
    let is_other = |package: &str| before[package] != after[package];
    let all = is_other("lab-core") || own_of_runner(&before) != own_of_runner(&after);
    STAGES
        .iter()
        .filter(|(_, packages)| all || packages.iter().any(|package| is_other(package)))
        .map(|(stage, _)| *stage)
        .collect()
}

#[test]
fn every_package_of_the_workspace_has_a_hash_and_a_changed_byte_changes_it() {
    let copy = copy();
    let before = closures(copy.path());
    assert!(before.len() > 15, "{before:?}");
    for package in build::packages(copy.path(), &metadata()).unwrap() {
        let hash = sources::own_hash(&package.name);
        assert!(hash.is_some(), "{}", package.name);
        assert!(Key::new("x", 1).unwrap().sources(&package.name).is_ok());
        let main = ["stages/mod.rs", "lib.rs", "main.rs"].map(|name| package.folder.join(name));
        let file = main.iter().find(|file| file.exists()).unwrap();
        let text = fs::read_to_string(file).unwrap();
        fs::write(file, format!("{text}\n// One more line.\n")).unwrap();
        let after = closures(copy.path());
        assert_ne!(
            before[&package.name], after[&package.name],
            "{}",
            package.name
        );
        fs::write(file, text).unwrap();
    }
    assert_eq!(before, closures(copy.path()));
}

#[test]
fn what_is_made_again_after_a_change_is_what_came_from_it() {
    let line = "// A changed line.";
    let everything = [
        "align",
        "generator",
        "features",
        "observer",
        "decode",
        "ceiling",
        "ridge",
    ];
    for (file, expected) in [
        ("experiments/src/cli.rs", &[][..]),
        ("experiments/bench/src/gemm.rs", &[]),
        ("reports/src/charts/canvas.rs", &[]),
        ("reports/score/src/identification.rs", &[]),
        ("experiments/runner/src/record.rs", &[]),
        ("experiments/runner/src/store/survival.rs", &[]),
        // What a loader yields counts by its content, in the key of the data.
        ("plugins/datasets/src/vim1/mod.rs", &[]),
        ("core/formats/src/npy.rs", &[]),
        ("core/nn/kernels/src/gemm.rs", &everything),
        ("core/nn/src/conv/mod.rs", &everything),
        ("core/src/objective/mod.rs", &everything),
        ("experiments/runner/src/stages/decode.rs", &everything),
        ("plugins/aligners/src/pca.rs", &["align"]),
        (
            "plugins/dcgan/src/generator.rs",
            &["generator", "decode", "ceiling"],
        ),
        ("plugins/observers/src/gabor.rs", &["observer"]),
        ("plugins/losses/src/pixel.rs", &["decode", "ceiling"]),
        ("plugins/decoders/src/linear.rs", &["decode", "ridge"]),
    ] {
        assert_eq!(made_again(file, line), expected, "{file}");
    }
    assert_eq!(
        made_again("core/src/testing/toy.rs", line),
        [""; 0],
        "contract tests"
    );
}

#[test]
fn other_versions_of_dependencies_are_other_keys() {
    let copy = copy();
    let before = closures(copy.path());
    let lock = fs::read_to_string(copy.path().join("Cargo.lock")).unwrap();
    let start = lock.find("name = \"gemm\"").unwrap();
    let version = start + lock[start..].find("version = \"").unwrap() + "version = \"".len();
    let changed = format!("{}9{}", &lock[..version], &lock[version..]);
    fs::write(copy.path().join("Cargo.lock"), changed).unwrap();
    let after = closures(copy.path());
    for package in ["lab-kernels", "lab-nn", "lab-core", "lab-dcgan"] {
        assert_ne!(before[package], after[package], "{package}");
    }
    assert_eq!(
        before["lab-formats"].split(' ').next(),
        after["lab-formats"].split(' ').next()
    );
}

#[test]
fn a_package_without_a_hash_is_an_error() {
    let complaint = Key::new("x", 1)
        .unwrap()
        .sources("lab-nobody")
        .unwrap_err()
        .to_string();
    assert!(complaint.contains("'lab-nobody'"), "{complaint}");
}

#[test]
fn the_processor_and_the_compiler_are_part_of_every_key() {
    let machine = sources::machine().map(|(_, text)| text).join("\n");
    assert!(
        machine.contains("rustc ") && machine.contains("opt-level"),
        "{machine}"
    );
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let profiles = build::profiles(&manifest);
    assert!(profiles.starts_with("profile.release"), "{profiles}");
    assert!(machine.contains(&profiles), "{machine}");
    assert!(machine.contains(std::env::consts::ARCH), "{machine}");
}

/// The last line of defence: whoever made them, arrays and curves with NaN or infinity are in no finished stage.
#[test]
fn a_stage_with_numbers_that_are_not_finite_is_never_finished() {
    let runs = tempfile::tempdir().unwrap();
    let silent = std::sync::Arc::new(lab_core::events::Silent);
    let journal = crate::journal::Journal::new(silent);
    let store = super::Store::open(runs.path(), "cpu", std::sync::Arc::new(journal)).unwrap();
    let ctx = lab_core::context::Context::new(1);
    let key = Key::new("decode", 1).unwrap();
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let array = candle_core::Tensor::new(&[1.0, bad], ctx.device()).unwrap();
        let error = store
            .stage(&ctx, "decode", &key, |_, folder| {
                folder.write_weights(
                    "member-0.safetensors",
                    &[("w".into(), array.clone())].into(),
                )
            })
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("weights 'w' of 'member-0.safetensors'") && error.contains("lower"),
            "{error}"
        );
        let error = store
            .stage(&ctx, "decode", &key, |_, folder| {
                let mut curve = lab_core::events::Curve::new("loss", "epoch");
                curve.push(1.0, f64::from(bad));
                folder.write_curves("member-0.json", &[curve])
            })
            .unwrap_err()
            .to_string();
        assert!(error.contains("curve 'loss'"), "{error}");
    }
    let stages = fs::read_dir(runs.path().join(".stages/decode")).unwrap();
    for stage in stages {
        let path = stage.unwrap().path();
        assert!(
            path.extension().is_some_and(|ending| ending == "partial"),
            "{}",
            path.display()
        );
        assert!(fs::read_dir(&path).unwrap().next().is_none());
    }
    // The same key is made anew once its numbers are.
    let fine = candle_core::Tensor::new(&[1.0f32, 2.0], ctx.device()).unwrap();
    let stage = store.stage(&ctx, "decode", &key, |_, folder| {
        folder.write_weights("member-0.safetensors", &[("w".into(), fine)].into())
    });
    assert!(stage.is_ok());
}

#[test]
fn a_file_of_a_stage_that_was_cut_short_is_named_with_its_remedy() {
    let place = tempfile::tempdir().unwrap();
    let folder = super::Folder(place.path().to_owned());
    let ctx = lab_core::context::Context::new(1);
    let ones = candle_core::Tensor::ones(4, candle_core::DType::F32, ctx.device()).unwrap();
    let weights = lab_core::weights::Weights::from([("w".to_owned(), ones)]);
    folder.write_weights("w.safetensors", &weights).unwrap();
    folder.write_json("x.json", &[1, 2, 3]).unwrap();
    for name in ["w.safetensors", "x.json"] {
        let path = folder.path(name);
        let whole = fs::read(&path).unwrap();
        for n_left in [0, 4, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..n_left]).unwrap();
            let said = if name == "x.json" {
                folder.read_json::<Vec<u8>>(name).unwrap_err().to_string()
            } else {
                folder.read_weights(&ctx, name).unwrap_err().to_string()
            };
            for words in [
                name,
                "delete the stage's folder",
                &*place.path().to_string_lossy(),
            ] {
                assert!(said.contains(words), "{n_left} bytes of {name}: {said}");
            }
        }
    }
}

/// The stage of a decoder as another program or another machine would make it, and what is said of the difference.
fn planted(
    change: impl FnOnce(&mut sources::Sources, &mut Vec<sources::Package>),
) -> Vec<(String, String, Option<String>, Option<String>)> {
    let key = || {
        let data = Key::new("data", 1).unwrap().outcome("stimuli", "0123");
        let key = Key::new("decode", 1).unwrap().after(&data);
        key.sources("lab-dcgan").unwrap().ancestry()
    };
    let then = key();
    let now = sources::as_if_built_from(change, key);
    super::differences(&now, &then)
        .into_iter()
        .map(|one| (one.stage, one.name, one.now, one.then))
        .collect()
}

#[test]
fn what_a_program_was_built_from_is_named_with_both_values() {
    let source = |name: &str| sources::package(name).unwrap().source.to_owned();
    for (package, begins_in) in [
        ("lab-dcgan", "decode"),
        ("lab-core", "data"),
        ("lab-nn", "data"),
        ("lab-kernels", "data"),
        ("lab-runner", "data"),
    ] {
        let found = planted(|_, packages| {
            let mut packages = packages.iter_mut();
            packages.find(|of| of.name == package).unwrap().source = "another";
        });
        let name = format!("source of {package}");
        let expected = (
            begins_in.to_owned(),
            name,
            Some("another".to_owned()),
            Some(source(package)),
        );
        assert_eq!(found, [expected]);
    }
    let found = planted(|all, _| {
        let line = all
            .locked
            .iter()
            .position(|line| line.starts_with("gemm 0"));
        let mut locked = all.locked.to_vec();
        locked[line.unwrap()] = "gemm 9.9.9 0123";
        all.locked = locked.leak();
    });
    let [(stage, name, now, then)] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!((&**stage, &**name), ("data", "dependency gemm"));
    assert_eq!(now.as_deref(), Some("9.9.9 0123"));
    assert!(then.as_ref().unwrap().starts_with("0."), "{then:?}");
    let found = planted(|all, _| all.compiler = "rustc 9");
    assert_eq!(found[0].1, "compiler");
    assert_eq!((found.len(), found[0].2.as_deref()), (1, Some("rustc 9")));
    let found = planted(|all, _| all.profile = "opt-level 1");
    assert_eq!((found.len(), &*found[0].1), (1, "profile"));
    // What nothing of the stage comes from.
    let found = planted(|_, packages| {
        let mut packages = packages.iter_mut();
        packages.find(|of| of.name == "lab").unwrap().source = "another help text";
    });
    assert_eq!(found, []);
}

#[test]
fn a_file_that_changes_while_a_stage_is_made_is_named_and_nothing_is_kept() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("corpus.npy");
    fs::write(&file, "before").unwrap();
    let silent = std::sync::Arc::new(lab_core::events::Silent);
    let journal = std::sync::Arc::new(crate::journal::Journal::new(silent));
    let store = super::Store::open(place.path(), "cpu", journal).unwrap();
    let ctx = lab_core::context::Context::new(1);
    let key = || {
        let files = super::contents(&file).unwrap();
        Key::new("generator", 1).unwrap().read(&files)
    };
    let finished = || {
        let stages = fs::read_dir(place.path().join(".stages/generator")).unwrap();
        let paths = stages.map(|stage| stage.unwrap().path());
        paths.filter(|path| path.extension().is_none()).count()
    };
    // As a plugin that keeps a checkpoint, and as one that does not.
    for keeps in [true, false] {
        fs::write(&file, "before").unwrap();
        let made = store.stage(&ctx, "generator", &key(), |ctx, _| {
            fs::write(&file, "behind").unwrap();
            if keeps {
                ctx.checkpoints().save("training", b"of both")?;
                panic!("a checkpoint of two contents was kept");
            }
            Ok(())
        });
        let said = made.unwrap_err().to_string();
        for words in [
            "corpus.npy",
            "the file changed while the run was at work; run again",
        ] {
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(finished(), 0);
    }
    // The same key again, with the same content again.
    fs::write(&file, "before").unwrap();
    let made = store.stage(&ctx, "generator", &key(), |ctx, _| {
        assert!(ctx.checkpoints().load("training")?.is_none());
        // A file that is written anew with what it held has not changed.
        fs::write(&file, "before").unwrap();
        ctx.checkpoints().save("training", b"of one")
    });
    assert!(made.is_ok(), "{:?}", made.err());
    assert_eq!(finished(), 1);
}
