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
struct Package {
    name: String,
    manifest_path: PathBuf,
    /// Normal dependencies; tests may depend on more.
    dependencies: BTreeSet<String>,
}

fn members() -> Vec<Package> {
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

fn is_plugin(package: &Package) -> bool {
    package
        .manifest_path
        .to_string_lossy()
        .contains("/plugins/")
        && package.name != "lab-all"
        && package.name != SHARED
}

/// The one room that plugins share beside the contract: readers of containers, with no plugin in it.
const SHARED: &str = "lab-formats";

#[test]
fn arrows_point_at_the_contract() {
    let members = members();
    let ours: BTreeSet<String> = members.iter().map(|package| package.name.clone()).collect();
    for package in &members {
        let of_ours: BTreeSet<String> = package.dependencies.intersection(&ours).cloned().collect();
        let allowed: BTreeSet<String> = match package.name.as_str() {
            "lab-core" => BTreeSet::new(),
            _ if is_plugin(package) => ["lab-core", SHARED].map(str::to_owned).into(),
            "lab-all" => members
                .iter()
                .filter(|package| is_plugin(package))
                .map(|package| package.name.clone())
                .collect(),
            "lab" => ["lab-core", "lab-reports", "lab-all"]
                .map(str::to_owned)
                .into(),
            _ => BTreeSet::from(["lab-core".to_owned()]),
        };
        let forbidden: Vec<&String> = of_ours.difference(&allowed).collect();
        assert!(
            forbidden.is_empty(),
            "{} must not depend on {forbidden:?}",
            package.name
        );
    }
}

#[test]
fn each_crate_knows_only_its_own_tools() {
    let knows = [
        (
            vec![
                "clap",
                "clap_complete",
                "anyhow",
                "indicatif",
                "tracing-subscriber",
            ],
            "lab",
        ),
        (
            vec![
                "polars",
                "polars-io",
                "plotters",
                "typst",
                "typst-pdf",
                "typst-layout",
                "typst-assets",
                "statrs",
            ],
            "lab-reports",
        ),
        (vec!["ron", "inventory", "libloading"], "lab-core"),
        (vec!["ndarray-npy"], "lab-datasets"),
        (vec!["csv", "memmap2"], "lab-formats"),
    ];
    for package in members() {
        for (tools, owner) in &knows {
            let known = &package.dependencies;
            for tool in tools.iter().filter(|tool| known.contains(**tool)) {
                assert_eq!(package.name.as_str(), *owner, "{tool} belongs to {owner}");
            }
        }
    }
}

#[test]
fn every_folder_of_plugins_is_in_the_bundle() {
    let bundle = fs::read_to_string(root().join("plugins/all/src/lib.rs")).unwrap();
    for entry in fs::read_dir(root().join("plugins")).unwrap() {
        let folder = entry.unwrap().file_name().to_string_lossy().into_owned();
        // The readers are no plugin: they register nothing.
        if folder != "all" && folder != "formats" {
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
