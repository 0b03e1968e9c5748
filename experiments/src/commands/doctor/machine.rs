//! Processor, memory and the limits that were set for this process.

use std::thread;

use indicatif::BinaryBytes;
use lab_core::nn::cpu::{self, Level};
use lab_runner::groups;

use super::system::{kilobytes, limit, text};
use super::{Finding, Group};

/// Memory in bytes below which ordinary experiments do not fit.
const LITTLE_MEMORY: u64 = 4 << 30;
/// Size in bytes of the largest file that an ordinary run writes.
const LARGE_FILE: u64 = 1 << 30;
/// Number of files that a run may have open at once.
const OPEN_FILES: u64 = 256;

pub(super) fn processor() -> Group {
    let about = text("/proc/cpuinfo");
    let model = about.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == "model name").then(|| value.trim().to_owned())
    });
    let mut findings = vec![Finding::fine(
        "model",
        format!(
            "{}, {}",
            model.unwrap_or_else(|| "unknown".into()),
            std::env::consts::ARCH
        ),
    )];
    findings.push(kernels());
    findings.push(Finding::fine("features", cpu::features()));
    let n_cores = about
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let mut threads = match thread::available_parallelism() {
        Ok(n) => format!("{n}"),
        Err(error) => format!("unknown ({error})"),
    };
    if n_cores > 0 {
        threads = format!("{threads} of {n_cores} cores");
    }
    if let Some(share) = groups::processors() {
        threads = format!("{threads}; this group of processes may use {share:.1}");
    }
    findings.push(Finding::fine("threads", threads));
    Group {
        title: "Processor",
        findings,
    }
}

/// Which vector instructions the kernels make use of.
fn kernels() -> Finding {
    if let Err(value) = cpu::asked() {
        let found = format!("LAB_CPU is '{value}'");
        return Finding::stops(
            "kernels",
            found,
            "set LAB_CPU to avx2 or baseline, or unset it",
        );
    }
    let (name, remedy) = match cpu::level() {
        Level::Avx512 => return Finding::fine("kernels", "AVX-512"),
        Level::Avx2 => return Finding::fine("kernels", "AVX2"),
        Level::Baseline => (
            "without vector instructions beyond the architecture's",
            "trainings are several times faster on a processor with AVX2, or with LAB_CPU unset",
        ),
    };
    Finding::missing("kernels", name, remedy)
}

pub(super) fn memory() -> Group {
    let about = text("/proc/meminfo");
    let total = kilobytes(&about, "MemTotal");
    let free = kilobytes(&about, "MemAvailable");
    let limit = groups::memory();
    let said =
        |bytes: Option<u64>| bytes.map_or("unknown".into(), |bytes| BinaryBytes(bytes).to_string());
    let mut findings = vec![Finding::fine(
        "memory",
        format!("{} in all, {} free", said(total), said(free)),
    )];
    if let Some(limit) = limit {
        let found = format!("{} for this group of processes", BinaryBytes(limit));
        findings.push(Finding::fine("limit", found));
    }
    let usable = [free, limit].into_iter().flatten().min();
    if let Some(usable) = usable.filter(|&usable| usable < LITTLE_MEMORY) {
        findings.push(Finding::missing(
            "usable",
            BinaryBytes(usable).to_string(),
            "lab check FILE says whether an experiment fits; ask for more memory, or lower batch and size",
        ));
    }
    Group {
        title: "Memory",
        findings,
    }
}

/// Limits of this process that can end a run.
pub(super) fn limits() -> Group {
    let about = text("/proc/self/limits");
    let mut findings = Vec::new();
    for (name, what, least, unset) in [
        (
            "Max file size",
            "file size",
            LARGE_FILE,
            "ulimit -f unlimited",
        ),
        (
            "Max address space",
            "address space",
            LITTLE_MEMORY,
            "ulimit -v unlimited",
        ),
        (
            "Max data size",
            "data size",
            LITTLE_MEMORY,
            "ulimit -d unlimited",
        ),
    ] {
        let Some(most) = limit(&about, name) else {
            continue;
        };
        let found = BinaryBytes(most).to_string();
        findings.push(if most < least {
            Finding::missing(what, found, format!("runs may end for it: {unset}"))
        } else {
            Finding::fine(what, found)
        });
    }
    if let Some(most) = limit(&about, "Max open files").filter(|&most| most < OPEN_FILES) {
        let remedy = format!("runs may end for it: ulimit -n {OPEN_FILES}");
        findings.push(Finding::missing("open files", most.to_string(), remedy));
    }
    if findings.is_empty() {
        let found = if about.is_empty() {
            "unknown"
        } else {
            "none that a run meets"
        };
        findings.push(Finding::fine("limits", found));
    }
    Group {
        title: "Limits of this process",
        findings,
    }
}
