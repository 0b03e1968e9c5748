//! What the system's own files say, each of which may be missing.

use std::fs;
use std::path::{Path, PathBuf};

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

/// The folders of this process's group in the tree of groups, from its own up to the root; of version 1, the `controller`'s.
fn groups(own: &str, root: &Path, controller: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for line in own.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let top = match controllers {
            "" => root.to_owned(),
            some if some.split(',').any(|one| one == controller) => root.join(some),
            _ => continue,
        };
        let inside = Path::new(path.trim_start_matches('/'));
        all.extend(inside.ancestors().map(|group| top.join(group)));
    }
    all
}

/// The smallest limit of memory that a group sets, in bytes.
pub(super) fn memory_limit(own: &str, root: &Path) -> Option<u64> {
    /// What stands there where no limit is set, in version 1.
    const NONE: u64 = 1 << 60;
    let groups = groups(own, root, "memory").into_iter();
    let limits = groups.flat_map(|group| {
        ["memory.max", "memory.limit_in_bytes"].map(|file| text(group.join(file)))
    });
    limits
        .filter_map(|limit| limit.trim().parse().ok())
        .filter(|&limit| limit < NONE)
        .min()
}

/// The smallest share of processors that a group sets, in cores.
pub(super) fn processor_limit(own: &str, root: &Path) -> Option<f64> {
    let share = |quota: &str, period: &str| -> Option<f64> {
        let (quota, period): (f64, f64) = (quota.parse().ok()?, period.parse().ok()?);
        (quota > 0.0 && period > 0.0).then(|| quota / period)
    };
    let of_group = |group: PathBuf| {
        let newer = text(group.join("cpu.max"));
        let (quota, period) = newer.trim().split_once(' ').unwrap_or_default();
        let older = ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map(|file| text(group.join(file)));
        share(quota, period).or_else(|| share(older[0].trim(), older[1].trim()))
    };
    let limits = groups(own, root, "cpu").into_iter().filter_map(of_group);
    limits.reduce(f64::min)
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
    fn the_smallest_limit_of_all_groups_counts() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("a/b/memory.max", "max\n");
        write("a/memory.max", "2048\n");
        write("memory.max", "4096\n");
        write("a/b/cpu.max", "150000 100000\n");
        write("a/cpu.max", "max 100000\n");
        let own = "0::/a/b\n";
        assert_eq!(memory_limit(own, root.path()), Some(2048));
        assert_eq!(processor_limit(own, root.path()), Some(1.5));
        write("memory/job/memory.limit_in_bytes", "9223372036854771712\n");
        write("memory/memory.limit_in_bytes", "1000\n");
        write("cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n");
        write("cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
        let own = "4:memory:/job\n3:cpu,cpuacct:/job\n1:name=systemd:/x\n";
        assert_eq!(memory_limit(own, root.path()), Some(1000));
        assert_eq!(processor_limit(own, root.path()), None);
    }

    #[test]
    fn odd_machines_say_less() {
        let nowhere = Path::new("/nowhere");
        for own in ["", "nonsense", "0::", "::::", "0::/../..\n"] {
            assert_eq!(memory_limit(own, nowhere), None, "{own}");
            assert_eq!(processor_limit(own, nowhere), None, "{own}");
        }
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
        let mounts = "/dev/a / ext4 rw 0 0\nserver:/x /home nfs4 rw 0 0\nb /home/my\\040data xfs rw 0 0\nodd\n";
        let kind = |path: &str| file_system(mounts, Path::new(path));
        assert_eq!(kind("/tmp").as_deref(), Some("ext4"));
        assert_eq!(kind("/home/me").as_deref(), Some("nfs4"));
        assert_eq!(kind("/home/my data/runs").as_deref(), Some("xfs"));
        assert_eq!(kind("/homes").as_deref(), Some("ext4"));
        assert_eq!(file_system("", Path::new("/")), None);
    }
}
