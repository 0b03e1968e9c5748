//! Arrows between crates, and who knows what.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::lab_test::root;

/// What cargo says of a crate.
///
/// Read with the JSON library that `lab` has anyway: `cargo_metadata` would switch on features of it that the command does
/// not use, and tests and command would no longer share one build.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) manifest_path: PathBuf,
    /// Normal dependencies; tests may depend on more.
    dependencies: BTreeSet<String>,
}

pub(super) fn members() -> Vec<Package> {
    let arguments = [
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let package = |package: &Value| Package {
        name: text(&package["name"]),
        manifest_path: text(&package["manifest_path"]).into(),
        dependencies: package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| dependency["kind"].is_null())
            .map(|dependency| text(&dependency["name"]))
            .collect(),
    };
    let members: Vec<Package> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(package)
        .collect();
    assert!(members.len() > 8, "cargo's metadata is not understood");
    members
}

/// Who may depend on whom among our own packages, tests apart. `plugins` stands for every package below `plugins/`.
///
/// The contract stands on network layers alone; a plugin knows the contract, matrices and the readers of containers; the runner is a
/// library that knows no command line; the command joins them all.
const ARROWS: [(&str, &[&str]); 16] = [
    ("lab-kernels", &[]),
    ("lab-nn", &["lab-kernels"]),
    ("lab-linalg", &[]),
    ("lab-core", &["lab-nn"]),
    ("lab-formats", &["lab-core"]),
    ("lab-library", &["lab-core"]),
    ("plugins", &["lab-core", "lab-formats", "lab-linalg"]),
    ("lab-all", &["plugins"]),
    ("lab-score", &["lab-core", "lab-linalg"]),
    ("lab-reports", &["lab-score"]),
    // Splits are tables of text.
    (
        "lab-runner",
        &["lab-core", "lab-formats", "lab-library", "lab-score"],
    ),
    // What `lab data simulate` writes is drawn by the plugins and read again by the loaders; splits are made in the space in
    // which scores are held against distances.
    (
        "lab-data",
        &[
            "lab-core",
            "lab-formats",
            "lab-datasets",
            "lab-score",
            "lab-simulated",
        ],
    ),
    // Pictures of other people's are read as the loaders read theirs.
    (
        "lab-evaluate",
        &["lab-core", "lab-formats", "lab-datasets", "lab-score"],
    ),
    ("lab-bench", &["lab-core", "lab-data", "lab-datasets"]),
    (
        "lab",
        &[
            "lab-all",
            "lab-bench",
            "lab-core",
            "lab-data",
            "lab-datasets",
            "lab-evaluate",
            "lab-formats",
            "lab-library",
            "lab-reports",
            "lab-runner",
            "lab-score",
            "lab-study",
        ],
    ),
    // Streams of random numbers are the contract's.
    ("lab-study", &["lab-core", "lab-score"]),
];

/// The name that a package has in [`ARROWS`].
fn room(package: &Package) -> &str {
    let path = package.manifest_path.to_string_lossy();
    if path.contains("/plugins/") && package.name != "lab-all" {
        "plugins"
    } else {
        &package.name
    }
}

#[test]
fn arrows_point_at_the_contract() {
    let members = members();
    let ours: BTreeSet<&str> = members
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let plugins: BTreeSet<&str> = members
        .iter()
        .filter(|package| room(package) == "plugins")
        .map(|package| package.name.as_str())
        .collect();
    assert!(plugins.len() > 8, "the plugins are not found");
    for package in &members {
        let (_, allowed) = ARROWS
            .iter()
            .find(|(name, _)| *name == room(package))
            .unwrap_or_else(|| panic!("say in ARROWS what {} may depend on", package.name));
        let is_allowed = |name: &str| {
            allowed.contains(&name) || (allowed.contains(&"plugins") && plugins.contains(name))
        };
        let forbidden: Vec<&String> = package
            .dependencies
            .iter()
            .filter(|name| ours.contains(name.as_str()) && !is_allowed(name))
            .collect();
        assert!(
            forbidden.is_empty(),
            "{} must not depend on {forbidden:?}",
            package.name
        );
    }
}

/// Packages of others that few of ours may know, and these.
const KNOWS: [(&[&str], &[&str]); 12] = [
    (
        &[
            "clap",
            "clap_complete",
            "anyhow",
            "indicatif",
            "tracing-subscriber",
        ],
        &["lab"],
    ),
    (
        &[
            "polars",
            "polars-io",
            "plotters",
            "typst",
            "typst-pdf",
            "typst-layout",
            "typst-assets",
        ],
        &["lab-reports"],
    ),
    (&["signal-hook"], &["lab"]),
    (&["statrs"], &["lab-score"]),
    (&["ron", "inventory"], &["lab-core"]),
    (&["libloading"], &["lab-library"]),
    (&["gemm"], &["lab-kernels"]),
    (&["candle-nn"], &["lab-nn"]),
    (&["ndarray-npy"], &["lab-data"]),
    (&["memmap2", "rust-hdf5", "flate2"], &["lab-formats"]),
    (&["csv"], &["lab-formats", "lab-study"]),
    (
        &[
            "axum",
            "getrandom",
            "hyper",
            "hyper-util",
            "rusqlite",
            "tokio",
        ],
        &["lab-study"],
    ),
];

#[test]
fn each_crate_knows_only_its_own_tools() {
    for package in members() {
        for (tools, owners) in KNOWS {
            for tool in tools
                .iter()
                .filter(|tool| package.dependencies.contains(**tool))
            {
                assert!(
                    owners.contains(&package.name.as_str()),
                    "{tool} belongs to {owners:?}, not to {}",
                    package.name
                );
            }
        }
    }
}

#[test]
fn every_folder_of_plugins_is_in_the_bundle() {
    let bundle = fs::read_to_string(root().join("plugins/all/src/lib.rs")).unwrap();
    for entry in fs::read_dir(root().join("plugins")).unwrap() {
        let folder = entry.unwrap().file_name().to_string_lossy().into_owned();
        if folder != "all" {
            let line = format!("use lab_{folder} as _;");
            assert!(
                bundle.contains(&line),
                "plugins/all/src/lib.rs lacks `{line}`"
            );
        }
    }
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    for package in members() {
        let manifest = fs::read_to_string(&package.manifest_path).unwrap();
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{}",
            package.name
        );
    }
}
