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

/// Whether the folder holds every file of a report, unchanged, that this program made of the same stored run.
///
/// Whatever cannot be read makes the report worth making again, and that says what is wrong.
pub(crate) fn report_is_current(folder: &Path) -> bool {
    let Ok(text) = fs::read_to_string(folder.join(MANIFEST)) else {
        return false;
    };
    let (Ok(manifest), Ok(now)) = (serde_json::from_str::<Value>(&text), hashes(folder)) else {
        return false;
    };
    let then: BTreeMap<String, String> =
        serde_json::from_value(manifest["files"].clone()).unwrap_or_default();
    let of_report = |files: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        let parts = files.iter().filter(|(name, _)| is_part(name));
        parts
            .map(|(name, hash)| (name.clone(), hash.clone()))
            .collect()
    };
    let key = report_key(&now);
    let report = of_report(&now);
    key.is_some()
        && manifest["report"].as_str().map(str::to_owned) == key
        && report.contains_key("report.pdf")
        && report == of_report(&then)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::{report_is_current, report_key};
    use crate::hashes::hashes;

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
