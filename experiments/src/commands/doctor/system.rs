//! What the system's own files say, each of which may be missing.

use std::fs;
use std::path::Path;

/// A file's text; nothing if there is none.
pub(super) fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Bytes of a line such as `MemTotal:  1024 kB`.
pub(super) fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    let number = line[name.len()..].trim_start_matches(':');
    let kilobytes: u64 = number.split_whitespace().next()?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// A soft limit of `/proc/self/limits`: nothing if it is not set or not told.
pub(super) fn limit(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line[name.len()..].split_whitespace().next()?.parse().ok()
}

/// The kind of file system that holds a path, from `/proc/self/mounts`; the longest mount point that it lies in.
pub(super) fn file_system(mounts: &str, path: &Path) -> Option<String> {
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let mut words = line.split(' ').skip(1);
        let (Some(point), Some(kind)) = (words.next(), words.next()) else {
            continue;
        };
        // The system writes blanks in names in this way.
        let point = point.replace("\\040", " ");
        // A later mount at the same place hides the earlier.
        if path.starts_with(&point) && best.is_none_or(|(length, _)| point.len() >= length) {
            best = Some((point.len(), kind));
        }
    }
    best.map(|(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_machines_say_less() {
        assert_eq!(kilobytes("MemTotal: many kB", "MemTotal"), None);
        assert_eq!(kilobytes("MemTotal:  3 kB", "MemTotal"), Some(3072));
        assert_eq!(
            kilobytes("MemTotal: 18446744073709551615 kB", "MemTotal"),
            None
        );
        assert_eq!(
            limit(
                "Max file size  unlimited  unlimited  bytes",
                "Max file size"
            ),
            None
        );
        assert_eq!(
            limit("Max file size  4096  unlimited  bytes", "Max file size"),
            Some(4096)
        );
        assert_eq!(limit("Max file size", "Max file size"), None);
    }

    #[test]
    fn the_nearest_mount_holds_a_path() {
        let mounts = "/dev/a / ext4 rw 0 0\nserver:/x /lab nfs4 rw 0 0\nb /lab/my\\040data xfs rw 0 0\nodd\n";
        let kind = |path: &str| file_system(mounts, Path::new(path));
        assert_eq!(kind("/tmp").as_deref(), Some("ext4"));
        assert_eq!(kind("/lab/results").as_deref(), Some("nfs4"));
        assert_eq!(kind("/lab/my data/runs").as_deref(), Some("xfs"));
        assert_eq!(kind("/homes").as_deref(), Some("ext4"));
        assert_eq!(file_system("", Path::new("/")), None);
    }
}
