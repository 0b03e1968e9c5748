//! Runs that survive: kills, failing disks, company and change around them.

mod beside;
mod faults;
mod kills;
mod places;
mod together;
mod tuning;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::lab_test::{LabTest, contents, experiment};

/// What every run of these tests is: each training is long enough to be interrupted.
const SMALL: [&str; 10] = [
    "--set",
    "generator.train.updates=16",
    "--set",
    "features.train.updates=40",
    "--set",
    "decoder.epochs=8",
    "--set",
    "ensemble=(members: 2, per_pass: 1)",
    // Baselines and ceilings are stages like these, and more of them.
    "--set",
    "evaluate=[Identification]",
];

/// A command that runs the small quickstart in the folder of a test.
fn command(lab: &LabTest, file: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command
        .args(["run", file, "--runs", "runs"])
        .args(SMALL)
        .current_dir(lab.path(""))
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The quickstart at toy size, written out beside the runs: unlike `--smoke` it lets every training be as long as asked.
fn lab() -> LabTest {
    let lab = LabTest::new();
    let resolved = lab.lab(&["check", &experiment("quickstart"), "--smoke"]);
    assert_eq!(resolved.code, 0, "{}", resolved.stderr);
    lab.write("toy.ron", resolved.stdout);
    lab
}

/// The newest finished run under `runs`, by file.
fn finished(runs: &Path) -> BTreeMap<String, Vec<u8>> {
    of_folder(&runs.join("quickstart/latest").canonicalize().unwrap())
}

/// The files of a finished run; of the manifest what does not differ from run to run.
fn of_folder(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = contents(run);
    let manifest = files.remove("manifest.json").unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let hashes = manifest["files"].to_string();
    files.insert("hashes of manifest.json".into(), hashes.into_bytes());
    files
}

/// The files that differ, by name.
fn differing(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let names = a.keys().chain(b.keys());
    let differs = |name: &&String| a.get(*name) != b.get(*name);
    let mut names: Vec<String> = names.filter(differs).cloned().collect();
    names.dedup();
    names
}

/// Names under `runs` that belong to something unfinished.
fn litter(runs: &Path) -> Vec<String> {
    let mut all: Vec<String> = contents(runs).into_keys().collect();
    all.retain(|name| {
        name.split('/')
            .any(|part| part.starts_with(".new-") || part.starts_with(".old-"))
    });
    all
}

/// Says something beside the result of a test, which a test that passes would keep for itself.
fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}
