//! Whether the report in a run's folder is the one that would be made again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lab_score::record::{PICTURES_FILE, RECORD_FILE};
use serde_json::Value;

use crate::hashes::{MANIFEST, hashes};
use crate::store::sources_of;

/// The parts of a report in a run's folder: a file, and folders that end with '/'.
pub(crate) const PARTS: [&str; 3] = ["report.pdf", "tables/", "figures/"];

/// Whether a file of a run, by its path in the run's folder, belongs to the report.
pub(crate) fn is_part(name: &str) -> bool {
    PARTS.iter().any(|part| match part.strip_suffix('/') {
        Some(_) => name.starts_with(part),
        None => name == *part,
    })
}

/// Hash of everything that decides a report's bytes: what the run stored, and the program that makes reports of it.
pub(crate) fn report_key(files: &BTreeMap<String, String>) -> Option<String> {
    let program = sources_of("lab-reports")?;
    let stored = [files.get(RECORD_FILE)?, files.get(PICTURES_FILE)?];
    let text = format!("{program}\n{}\n{}", stored[0], stored[1]);
    Some(blake3::hash(text.as_bytes()).to_hex().to_string())
}

/// The hashes of the report in a folder, by file, if it is whole and unchanged, and this program made it of the same stored run.
///
/// Whatever cannot be read makes the report worth making again, and that says what is wrong.
pub(crate) fn current_report(folder: &Path) -> Option<BTreeMap<String, String>> {
    let text = fs::read_to_string(folder.join(MANIFEST)).ok()?;
    let manifest: Value = serde_json::from_str(&text).ok()?;
    let now = hashes(folder).ok()?;
    let then: BTreeMap<String, String> =
        serde_json::from_value(manifest["files"].clone()).unwrap_or_default();
    let key = report_key(&now);
    let report = parts_of(&now);
    let is_current = key.is_some()
        && manifest["report"].as_str().map(str::to_owned) == key
        && report.contains_key("report.pdf")
        && report == parts_of(&then);
    is_current.then_some(report)
}

/// The hashes of the report in a folder, by file, whatever it was made of.
pub(crate) fn report_in(folder: &Path) -> Option<BTreeMap<String, String>> {
    hashes(folder).ok().map(|files| parts_of(&files))
}

fn parts_of(files: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let parts = files.iter().filter(|(name, _)| is_part(name));
    parts
        .map(|(name, hash)| (name.clone(), hash.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::json;

    use super::{current_report, report_key};
    use crate::hashes::hashes;

    fn report_is_current(folder: &Path) -> bool {
        current_report(folder).is_some()
    }

    #[test]
    fn a_report_is_current_until_anything_behind_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let files = [
            "record.json",
            "pictures.safetensors",
            "report.pdf",
            "tables/scores.csv",
        ];
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert!(!report_is_current(folder), "an empty folder");
        files.iter().for_each(|name| write(name, name));
        assert!(!report_is_current(folder), "no manifest");
        let now = hashes(folder).unwrap();
        let manifest = json!({ "files": now, "report": report_key(&now) });
        write("manifest.json", &manifest.to_string());
        assert!(report_is_current(folder));
        write("weights/x", "belongs to no report");
        assert!(report_is_current(folder));
        for name in files {
            write(name, "changed");
            assert!(!report_is_current(folder), "{name} changed");
            write(name, name);
            fs::remove_file(folder.join(name)).unwrap();
            assert!(!report_is_current(folder), "{name} removed");
            write(name, name);
        }
        write("figures/x.svg", "one more");
        assert!(!report_is_current(folder), "a file more");
        fs::remove_dir_all(folder.join("figures")).unwrap();
        write(
            "manifest.json",
            &json!({ "files": now, "report": "of another program" }).to_string(),
        );
        assert!(!report_is_current(folder));
        write("manifest.json", "{");
        assert!(!report_is_current(folder));
    }
}
