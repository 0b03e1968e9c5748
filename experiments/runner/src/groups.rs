//! Limits of the group of processes that this one is in, such as a container's or those of a job of a cluster.

use std::fs;
use std::path::{Path, PathBuf};

/// Where the system keeps its groups of processes.
const ROOT: &str = "/sys/fs/cgroup";

/// The smallest limit of memory of this process, in bytes; none if no group sets one.
pub fn memory() -> Option<u64> {
    memory_limit(&text("/proc/self/cgroup"), Path::new(ROOT))
}

/// The smallest share of processors of this process, in cores; none if no group sets one.
pub fn processors() -> Option<f64> {
    processor_limit(&text("/proc/self/cgroup"), Path::new(ROOT))
}

/// A file's text; nothing if there is none.
fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap_or_default()
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
pub(crate) fn memory_limit(own: &str, root: &Path) -> Option<u64> {
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
fn processor_limit(own: &str, root: &Path) -> Option<f64> {
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
    fn odd_groups_set_no_limit() {
        let nowhere = Path::new("/nowhere");
        for own in ["", "nonsense", "0::", "::::", "0::/../..\n"] {
            assert_eq!(memory_limit(own, nowhere), None, "{own}");
            assert_eq!(processor_limit(own, nowhere), None, "{own}");
        }
    }
}
