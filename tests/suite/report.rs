//! `lab report`: the report again, from what a run stored and from nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::finished::seal;
use crate::lab_test::{LabTest, contents, experiment};

/// A finished smoke run of the quickstart; its folder.
fn run(lab: &LabTest) -> PathBuf {
    let quickstart = experiment("quickstart");
    let ended = lab.lab(&["run", &quickstart, "--smoke", "--runs", "runs"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let report = lab.path(ended.stdout.trim_end());
    report.parent().unwrap().to_owned()
}

/// Hashes of `tables/`, `figures/` and `report.pdf`.
fn report_hashes(folder: &Path) -> BTreeMap<String, blake3::Hash> {
    let files = contents(folder).into_iter();
    files
        .filter(|(name, _)| {
            name == "report.pdf" || name.starts_with("tables/") || name.starts_with("figures/")
        })
        .map(|(name, bytes)| (name, blake3::hash(&bytes)))
        .collect()
}

fn delete_report(folder: &Path) {
    for part in ["tables", "figures"] {
        fs::remove_dir_all(folder.join(part)).unwrap();
    }
    fs::remove_file(folder.join("report.pdf")).unwrap();
}

#[test]
fn a_report_is_made_again_byte_for_byte() {
    let lab = LabTest::new();
    let folder = run(&lab);
    let whole = contents(&folder);
    let hashes = report_hashes(&folder);
    assert!(hashes.len() > 30, "{:?}", hashes.keys());

    // Neither the stages nor the experiment's own data are needed.
    fs::remove_dir_all(lab.path("runs/.stages")).unwrap();
    delete_report(&folder);
    let again = lab.lab(&["report", "runs/quickstart/latest-toy"]);
    assert_eq!((again.code, &*again.stderr), (0, ""));
    assert_eq!(again.stdout, "runs/quickstart/latest-toy/report.pdf\n");
    assert_eq!(report_hashes(&folder), hashes);
    assert!(
        contents(&folder) == whole,
        "nothing else of the folder has changed"
    );

    delete_report(&folder);
    let kept = contents(&folder);
    for _ in 0..2 {
        let name = folder.to_string_lossy();
        let elsewhere = lab.lab(&["report", &*name, "--out", "out/report"]);
        assert_eq!(elsewhere.code, 0, "{}", elsewhere.stderr);
        assert_eq!(elsewhere.stdout, "out/report/report.pdf\n");
        let made = contents(&lab.path("out/report"));
        assert_eq!(
            made.keys().collect::<Vec<_>>(),
            hashes.keys().collect::<Vec<_>>()
        );
        assert_eq!(report_hashes(&lab.path("out/report")), hashes);
    }
    assert!(contents(&folder) == kept, "--out leaves the run as it is");
}

#[test]
fn the_manifest_speaks_of_the_report_that_stands_there() {
    let lab = LabTest::new();
    let folder = run(&lab);
    let path = folder.join("manifest.json");
    let manifest = fs::read_to_string(&path).unwrap();
    let files = serde_json::from_str::<Value>(&manifest).unwrap()["files"].take();
    let hash = files["report.pdf"].as_str().unwrap();
    for stored in [
        "record.json",
        "pictures.safetensors",
        "summary.json",
        "run.ron",
    ] {
        assert!(files[stored].is_string(), "{stored}");
    }
    // As if another version had set the report.
    fs::write(folder.join("report.pdf"), "%PDF of another version").unwrap();
    seal(&folder, |_| {});
    assert!(!fs::read_to_string(&path).unwrap().contains(hash));
    let name = folder.to_string_lossy();
    assert_eq!(lab.lab(&["report", &*name]).code, 0);
    let renewed: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(renewed["files"], files);
    assert_eq!(lab.lab(&["verify", &*name]).code, 0);
}

#[test]
fn what_is_no_stored_run_is_said() {
    let lab = LabTest::new();
    let complains = |words: &[&str]| lab.complains(&["report", "copy"], words);
    complains(&[
        "'copy' is not the folder of a run",
        "no record.json",
        "runs/NAME/latest",
    ]);
    fs::create_dir(lab.path("copy")).unwrap();
    complains(&["'copy' is not the folder of a run", "no record.json"]);

    let folder = run(&lab);
    let record = fs::read_to_string(folder.join("record.json")).unwrap();
    let pictures = fs::read(folder.join("pictures.safetensors")).unwrap();
    lab.write("copy/record.json", &record);
    complains(&["no pictures.safetensors"]);
    lab.write("copy/pictures.safetensors", &pictures);
    complains(&["unfinished run", "no manifest.json"]);
    fs::copy(folder.join("manifest.json"), lab.path("copy/manifest.json")).unwrap();
    // Whatever the files hold, the manifest says that the run wrote it so.
    let sealed = |name: &str, bytes: &[u8]| {
        lab.write(name, bytes);
        seal(&lab.path("copy"), |manifest| {
            let present = contents(&lab.path("copy"));
            let files = manifest["files"].as_object_mut().unwrap();
            files.retain(|name, _| present.contains_key(name));
        });
    };
    sealed("copy/pictures.safetensors", &pictures[..pictures.len() / 2]);
    complains(&["copy/pictures.safetensors", "run the experiment again"]);
    sealed("copy/pictures.safetensors", &pictures);
    sealed("copy/record.json", &record.as_bytes()[..record.len() / 2]);
    complains(&["copy/record.json", "run the experiment again"]);
    let other = record.replacen("\"format\": 1", "\"format\": 99", 1);
    sealed("copy/record.json", other.as_bytes());
    complains(&[
        "copy/record.json",
        "another version",
        "expected format 1, got 99",
    ]);

    sealed("copy/record.json", record.as_bytes());
    lab.write("thesis.txt", "mine");
    lab.complains(
        &["report", "copy", "--out", "."],
        &["'.'", "a new or empty folder"],
    );
    assert!(!lab.path("copy/tables").exists(), "nothing was written");
    assert_eq!(lab.lab(&["report", "copy"]).code, 0, "a copy is enough");
    assert_eq!(lab.lab(&["verify", "copy"]).code, 0, "and whole");
}
