//! Whether the finished stages that a run names are whole, where they are still kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::findings::{Finding, Problem, held_against};
use crate::hashes::files;
use crate::store::{LIST, MEASURED, check_whole};

/// Digits of a key in the name of a stage's folder.
const N_DIGITS: usize = 24;

/// What is left of a stage that a manifest names.
pub(super) enum Kept {
    /// The stage's files were compared with its list; these differ.
    Checked(Vec<Finding>),
    /// The stage has no list of hashes: a version of lab that wrote none made it.
    WithoutList,
    /// The stage is no longer in the folder of stages.
    Gone,
}

/// The folder of all stages, for the folder of a run.
pub(super) fn store_of(run: &Path) -> Option<PathBuf> {
    let run = fs::canonicalize(run).ok()?;
    let store = run.parent()?.parent()?.join(".stages");
    store.is_dir().then_some(store)
}

/// Compares the files of the stage with this key with the stage's list of hashes.
pub(super) fn check(store: &Path, key: &str) -> Kept {
    // What is no key, since somebody wrote it by hand, names no folder.
    let Some(short) = key.get(..N_DIGITS) else {
        return Kept::Gone;
    };
    let stages = fs::read_dir(store).into_iter().flatten().flatten();
    let mut folders = stages.map(|stage| stage.path().join(short));
    let Some(folder) = folders.find(|folder| folder.is_dir()) else {
        return Kept::Gone;
    };
    let finding = |name: &str, problem| Finding {
        file: folder.join(name).to_string_lossy().into_owned(),
        problem,
    };
    let text = match fs::read(folder.join(LIST)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Kept::WithoutList,
        Err(error) => {
            let reason = error.to_string();
            return Kept::Checked(vec![finding(LIST, Problem::Unreadable { reason })]);
        }
    };
    let listed: BTreeMap<String, String> = match serde_json::from_slice(&text) {
        Ok(listed) => listed,
        Err(error) => {
            let reason = error.to_string();
            return Kept::Checked(vec![finding(LIST, Problem::Unreadable { reason })]);
        }
    };
    let mut found = match files(&folder) {
        Ok(found) => found,
        Err(error) => {
            let reason = error.to_string();
            return Kept::Checked(vec![finding("", Problem::Unreadable { reason })]);
        }
    };
    found.remove(LIST);
    found.remove(MEASURED);
    let differing = held_against(&listed, &found).into_iter();
    let mut findings: Vec<Finding> = differing.map(|of| finding(&of.file, of.problem)).collect();
    // A list may say the same in other bytes.
    if findings.is_empty() {
        let reason = match check_whole(&folder) {
            Ok(damage) => damage.map(|damage| damage.why),
            Err(error) => Some(error.to_string()),
        };
        findings.extend(reason.map(|reason| finding(LIST, Problem::Unreadable { reason })));
    }
    Kept::Checked(findings)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Kept, check};

    #[test]
    fn a_stage_is_held_against_its_list() {
        let store = tempfile::tempdir().unwrap();
        let key = "0123456789abcdef01234567".to_owned() + &"0".repeat(40);
        assert!(matches!(check(store.path(), &key), Kept::Gone));
        // A key that somebody wrote by hand: an empty one, and one whose letters take several bytes.
        for key in ["", "generator", &format!("a{}", "é".repeat(20))] {
            assert!(matches!(check(store.path(), key), Kept::Gone));
        }
        let folder = store.path().join("generator").join(&key[..24]);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("net"), "a").unwrap();
        assert!(matches!(check(store.path(), &key), Kept::WithoutList));
        let hash = blake3::hash(b"a").to_hex();
        let list = format!("{{\n  \"net\": \"{hash}\"\n}}\n");
        fs::write(folder.join("files.json"), &list).unwrap();
        let found = || {
            let Kept::Checked(findings) = check(store.path(), &key) else {
                panic!("not checked");
            };
            findings
                .iter()
                .map(|of| format!("{} {}", of.file, of.problem))
                .collect::<Vec<String>>()
        };
        assert!(found().is_empty());
        fs::write(folder.join("measured.json"), "{}").unwrap();
        assert!(found().is_empty());
        fs::write(folder.join("files.json"), list.replace('\n', " ")).unwrap();
        assert!(found()[0].contains("files.json"));
        fs::write(folder.join("files.json"), &list).unwrap();
        fs::write(folder.join("net"), "b").unwrap();
        fs::write(folder.join("more"), "").unwrap();
        let said = found();
        assert!(
            said[0].contains("net changed: expected BLAKE3") && said[1].contains("more not listed")
        );
        fs::write(folder.join("files.json"), &list[1..]).unwrap();
        assert!(found()[0].contains("files.json cannot be read"));
    }
}
