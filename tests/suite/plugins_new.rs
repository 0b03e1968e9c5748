//! `lab plugins new`: what it writes builds, passes its tests, and runs in the quickstart.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lab_test::{LabTest, contents, root};
use crate::out_of_tree::share_dependencies;

/// Every kind, as the command spells it.
const KINDS: [&str; 6] = [
    "generator",
    "feature_net",
    "loss",
    "decoder",
    "dataset",
    "aligner",
];

/// The files of a project.
const FILES: [&str; 9] = [
    ".gitignore",
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "experiment.ron",
    "library/Cargo.toml",
    "library/src/lib.rs",
    "plugin/Cargo.toml",
    "plugin/src/lib.rs",
];

fn core() -> String {
    root().join("core").display().to_string()
}

/// A new project of this kind; its folder.
fn project(lab: &LabTest, name: &str, kind: &str) -> PathBuf {
    let ended = lab.lab(&["plugins", "new", name, "--kind", kind, "--core", &core()]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stdout.contains("lab run experiment.ron"),
        "{}",
        ended.stdout
    );
    lab.path(name)
}

/// Cargo in a project. It shares the folder of builds with this repository: versions and profile are the same, so that
/// all projects out of the tree share one build of their dependencies.
fn cargo(project: &Path, arguments: &[&str]) -> PathBuf {
    let release = Path::new(env!("CARGO_BIN_EXE_lab")).parent().unwrap();
    let target = release.parent().unwrap().to_owned();
    share_dependencies(project, &project.join("library"));
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--offline")
        .current_dir(project)
        .env("CARGO_TARGET_DIR", &target)
        // Nobody debugs them: smaller, and faster to build.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "0")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {said}");
    assert!(!said.contains("warning"), "cargo {arguments:?}: {said}");
    target
}

/// Puts a built library where the project's experiment looks for it, runs that, and checks the library.
fn runs(lab: &LabTest, project: &Path, built: &Path) -> String {
    let name = project.file_name().unwrap().to_string_lossy();
    let library = project.join(format!("target/release/lib{name}_library.so"));
    fs::create_dir_all(library.parent().unwrap()).unwrap();
    fs::copy(built.join(library.file_name().unwrap()), &library).unwrap();
    let library = library.display().to_string();
    let ended = lab.lab(&["plugins", "check", &library]);
    assert_eq!(ended.code, 0, "{}\n{}", ended.stdout, ended.stderr);
    let output = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(["run", "experiment.ron", "--smoke"])
        .current_dir(project)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {said}");
    let report = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(project.join(&report).exists(), "{report}");
    ended.stdout
}

#[test]
fn every_kind_is_a_complete_and_formatted_project() {
    let lab = LabTest::new();
    for kind in KINDS {
        // Long enough to break lines.
        let name = format!("a_rather_long_{kind}");
        let project = project(&lab, &name, kind);
        let files: Vec<String> = contents(&project).into_keys().collect();
        assert_eq!(files, FILES);
        for (file, bytes) in contents(&project) {
            let text = String::from_utf8(bytes).unwrap();
            let left = ["my_plugin", "MyPlugin", "my_kind", "my words"];
            assert!(
                !left.iter().any(|word| text.contains(word)),
                "{kind}: {file}"
            );
        }
        let formatted = Command::new("rustfmt")
            .args(["--check", "--edition", "2024"])
            .args(["plugin/src/lib.rs", "library/src/lib.rs"].map(|file| project.join(file)))
            .output();
        match formatted {
            Ok(output) => assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stdout)
            ),
            Err(_) => lab_core::testing::skip("there is no rustfmt"),
        }
    }
}

#[test]
fn what_cannot_become_a_project_is_refused() {
    let lab = LabTest::new();
    let new = |name: &str, kind: &str, core: &str, words: &[&str]| {
        lab.complains(
            &["plugins", "new", name, "--kind", kind, "--core", core],
            words,
        );
    };
    new(
        "My-Gan",
        "generator",
        &core(),
        &["'My-Gan' cannot be the name", "such as my_gan"],
    );
    new("match", "loss", &core(), &["'match' is a word of Rust"]);
    new(
        "dcgan",
        "generator",
        &core(),
        &["'dcgan' is a plugin of lab already", "lab-dcgan"],
    );
    new(
        "my_gan",
        "generator",
        "no/such/folder",
        &["no/such/folder", "hint: --core path/to/lab/core"],
    );
    new(
        "my_gan",
        "ganerator",
        &core(),
        &["possible values: generator, feature_net"],
    );
    let project = project(&lab, "my_gan", "generator");
    let before = contents(&project);
    new(
        "my_gan",
        "loss",
        &core(),
        &["'my_gan' is there already, and nothing is overwritten"],
    );
    assert_eq!(contents(&project), before);
}

/// Kinds whose project is built whenever tests run: one that learns by itself and one that learns through the host.
const BUILT: [&str; 2] = ["generator", "decoder"];

#[test]
fn every_kind_builds_is_checked_and_runs() {
    let lab = LabTest::new();
    let is_slow = std::env::var_os("LAB_SLOW").is_some();
    for kind in KINDS {
        if !is_slow && !BUILT.contains(&kind) {
            lab_core::testing::skip(&format!(
                "a project of a {kind} is built with LAB_SLOW=1; plugins_templates has the tests of every kind"
            ));
            continue;
        }
        let project = project(&lab, &format!("my_{kind}"), kind);
        let target = cargo(&project, &["build", "--release"]);
        let said = runs(&lab, &project, &target.join("release"));
        assert!(!said.contains("built without optimisation"), "{said}");
    }
}

#[test]
fn every_kind_passes_its_own_tests_and_a_debug_build_is_told_to_be_slow() {
    if std::env::var_os("LAB_SLOW").is_none() {
        lab_core::testing::skip(
            "takes minutes, LAB_SLOW=1 asks for it; plugins_templates has the tests of every kind",
        );
        return;
    }
    let lab = LabTest::new();
    for kind in KINDS {
        let project = project(&lab, &format!("tested_{kind}"), kind);
        cargo(&project, &["test", "--release"]);
    }
    let project = project(&lab, "slow_gan", "generator");
    let target = cargo(&project, &["build"]);
    let said = runs(&lab, &project, &target.join("debug"));
    assert!(said.contains("built without optimisation"), "{said}");
}
