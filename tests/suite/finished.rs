//! One finished run at toy size, made once for all tests that read finished runs, and copies of it to be damaged.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use crate::lab_test::{LabTest, contents, experiment};

/// The folder of the run; nobody writes into it.
pub(crate) fn finished() -> PathBuf {
    static RUN: OnceLock<(LabTest, PathBuf)> = OnceLock::new();
    let (_, folder) = RUN.get_or_init(|| {
        let lab = LabTest::new();
        let quickstart = experiment("quickstart");
        let ended = lab.lab(&["run", &quickstart, "--smoke", "--runs", "runs"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let report = lab.path(ended.stdout.trim_end());
        let folder = report.parent().unwrap().to_owned();
        (lab, folder)
    });
    folder.clone()
}

/// Copies the run into a new folder.
pub(crate) fn copy(to: &Path) {
    for (name, bytes) in contents(&finished()) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Reads a JSON file.
pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Changes the record of a copy, as if a run had written it so.
pub(crate) fn rewrite_record(folder: &Path, change: impl FnOnce(&mut Value)) {
    let path = folder.join("record.json");
    let mut record = json(&path);
    change(&mut record);
    fs::write(path, record.to_string()).unwrap();
    seal(folder, |_| {});
}

/// Writes the manifest that a run would have written of the files in a folder, by the format's own words: the second line
/// holds the BLAKE3 of all others.
pub(crate) fn seal(folder: &Path, change: impl FnOnce(&mut Value)) {
    let path = folder.join("manifest.json");
    let mut manifest = json(&path);
    manifest.as_object_mut().unwrap().remove("manifest_hash");
    for (name, bytes) in contents(folder) {
        if name != "manifest.json" {
            manifest["files"][name] = blake3::hash(&bytes).to_hex().as_str().into();
        }
    }
    change(&mut manifest);
    let text = format!("{manifest:#}\n");
    let hash = blake3::hash(text.as_bytes()).to_hex();
    let line = format!("{{\n  \"manifest_hash\": \"{hash}\",\n");
    fs::write(path, text.replacen("{\n", &line, 1)).unwrap();
}
