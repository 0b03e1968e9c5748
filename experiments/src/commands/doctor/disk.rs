//! Room for results, and whether folders can be held there.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use indicatif::BinaryBytes;

use super::asked::{Answer, ask};
use super::system::{file_system, text};
use super::{Finding, Group};

/// Free bytes below which no run can write its results.
const NO_ROOM: u64 = 64 << 20;
/// Free bytes below which a run of ordinary size may not fit.
const LITTLE_ROOM: u64 = 2 << 30;

pub(super) fn disk(runs: &Path) -> Group {
    let mut findings = vec![room("results", runs), locks(runs)];
    let temporary = std::env::temp_dir();
    let mut found = room("temporary files", &temporary);
    // Results do not go there, so that little room stops no run.
    if found.state == super::State::Stops {
        found.state = super::State::Missing;
    }
    findings.push(found);
    Group {
        title: "Disk",
        findings,
    }
}

/// The folder itself, or the nearest one above it that is there.
fn nearest(folder: &Path) -> PathBuf {
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let there = whole.ancestors().find(|folder| folder.exists());
    there.unwrap_or(Path::new("/")).to_owned()
}

fn room(what: &str, folder: &Path) -> Finding {
    let there = nearest(folder);
    let there = there.canonicalize().unwrap_or(there);
    let kind = file_system(&text("/proc/self/mounts"), &there);
    let kind = kind.map_or(String::new(), |kind| format!(" ({kind})"));
    let place = format!("{}{kind}", folder.display());
    match free(&there) {
        Some(free) => {
            let found = format!("{place}: {} free", BinaryBytes(free));
            match free {
                0..NO_ROOM => Finding::stops(
                    what,
                    found,
                    "make room: lab runs clean says what can be freed",
                ),
                NO_ROOM..LITTLE_ROOM => Finding::missing(
                    what,
                    found,
                    "a large run may not fit: lab runs clean says what can be freed",
                ),
                _ => Finding::fine(what, found),
            }
        }
        None => Finding::fine(what, format!("{place}: nobody tells how much is free")),
    }
}

/// Free bytes, as `df` tells them.
fn free(folder: &Path) -> Option<u64> {
    let Answer::Said(table) = ask("df", &["-P", "-k", folder.to_str()?]) else {
        return None;
    };
    table_free(&table)
}

/// The fourth column of the last line, in kilobytes; names of devices may have blanks, so that it counts from the share.
fn table_free(table: &str) -> Option<u64> {
    let words: Vec<&str> = table.lines().nth(1)?.split_whitespace().collect();
    let share = words.iter().position(|word| word.ends_with('%'))?;
    let kilobytes: u64 = words.get(share.checked_sub(1)?)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// Whether two processes could tell each other that they are at work in a folder.
fn locks(runs: &Path) -> Finding {
    let there = nearest(runs);
    let what = "writing there";
    if !there.is_dir() {
        let found = format!("'{}' is no folder", there.display());
        return Finding::stops(what, found, "name another folder: lab run FILE --runs DIR");
    }
    let trial = there.join(format!(".new-doctor-{}", std::process::id()));
    if let Err(error) = fs::create_dir(&trial) {
        let found = format!("'{}': {error}", there.display());
        return Finding::stops(
            what,
            found,
            "name a folder that can be written: lab run FILE --runs DIR",
        );
    }
    let found = match tried(&trial) {
        Ok(true) => Finding::fine(
            what,
            "works; locks work too, so that runs side by side share stages",
        ),
        Ok(false) => Finding::missing(
            what,
            "works, but locks do not",
            "runs side by side may do the same work twice: start them one after the other, or name a folder on another disk",
        ),
        Err(error) => Finding::stops(
            what,
            format!("'{}': {error}", trial.display()),
            "name a folder that can be written: lab run FILE --runs DIR",
        ),
    };
    // It is empty, and what cannot be removed is litter that the next run removes.
    let _ = fs::remove_dir_all(&trial);
    found
}

/// Whether a folder that one holds is seen as held by another.
fn tried(folder: &Path) -> std::io::Result<bool> {
    fs::write(folder.join("trial"), b"trial")?;
    let (one, other) = (File::open(folder)?, File::open(folder)?);
    if one.try_lock().is_err() {
        return Ok(false);
    }
    Ok(matches!(other.try_lock(), Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::State;

    #[test]
    fn free_bytes_stand_before_the_share() {
        let table = "Filesystem 1024-blocks Used Available Capacity Mounted on\nmy disk 100 40 60 40% /a b\n";
        assert_eq!(table_free(table), Some(60 * 1024));
        for odd in ["", "x", "x\n%", "x\na %", "Filesystem\n/dev/a - - - -"] {
            assert_eq!(table_free(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_stops() {
        let root = tempfile::tempdir().unwrap();
        let ours = locks(&root.path().join("not/yet/there"));
        assert_eq!(ours.state, State::Fine, "{ours:?}");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(locks(&file).state, State::Stops);
        assert_eq!(locks(&file.join("below")).state, State::Stops);
    }
}
