//! Folders and sizes; links are seen, and never followed.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use lab_core::Error;

use crate::Result;

/// Names and paths of the folders in a folder, in the order of their names; none if there is no such folder.
pub(super) fn folders(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let found = match fs::read_dir(folder) {
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Ok(Vec::new());
        }
        found => found.map_err(Error::io("reading", folder))?,
    };
    let mut all = Vec::new();
    for entry in found {
        let entry = entry.map_err(Error::io("reading", folder))?;
        // The kind of a link is the link's own.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            all.push((
                entry.file_name().to_string_lossy().into_owned(),
                entry.path(),
            ));
        }
    }
    all.sort();
    Ok(all)
}

/// Bytes of the files in a folder; what cannot be looked at counts nothing.
pub(super) fn size(folder: &Path) -> u64 {
    let Ok(found) = fs::read_dir(folder) else {
        return 0;
    };
    let sizes = found.flatten().map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => size(&entry.path()),
        Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |file| file.len()),
        _ => 0,
    });
    sizes.sum()
}

/// When a file was written: seconds since 1970.
pub(super) fn written(file: &Path) -> Option<u64> {
    let modified = fs::symlink_metadata(file).and_then(|file| Metadata::modified(&file));
    let since = modified.ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

/// A moment as `2026-11-28 01:20`, UTC.
pub(super) fn date(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days as i64);
    let (hour, minute) = (rest / 3600, rest / 60 % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}")
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar.
///
/// Years begin in March here, so that the day that some of them lack is the last; 400 of them have 146 097 days.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + 400 * era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{date, folders, size};

    /// `date -u -d @SECONDS '+%F %H:%M'` of GNU coreutils.
    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00"),
            (951_782_399, "2000-02-28 23:59"),
            (951_782_400, "2000-02-29 00:00"),
            (951_868_800, "2000-03-01 00:00"),
            (1_709_251_199, "2024-02-29 23:59"),
            (1_795_824_000, "2026-11-28 00:00"),
            (4_107_542_400, "2100-03-01 00:00"),
        ] {
            assert_eq!(date(seconds), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("a");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(inner.join("x"), [0; 10]).unwrap();
        std::os::unix::fs::symlink(root.path(), inner.join("again")).unwrap();
        std::os::unix::fs::symlink(&inner, root.path().join("b")).unwrap();
        assert_eq!(size(root.path()), 10);
        let names: Vec<String> = folders(root.path())
            .unwrap()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["a"]);
        assert!(folders(&root.path().join("nothing")).unwrap().is_empty());
    }
}
