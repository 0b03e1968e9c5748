//! What a stage's folder says of the stage beside its result: its key's parts, and what making it cost.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use lab_core::context::{Checkpoints, Context};
use lab_core::events::{Event, EventSink};
use lab_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::{Ancestry, Folder, Key, write_atomically};

/// Name of the file that says what a stage cost. It decides nothing: no hash and no key knows it.
pub(crate) const MEASURED: &str = "measured.json";

/// What making a stage cost: time, steps, bytes and memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Seconds on the clock of the process that finished the stage; of those in which another stage was at work beside it, its
    /// share.
    pub(crate) seconds: f64,
    /// The same without sharing, from the beginning to the end: the most that the stage takes when it is made alone. Stages of
    /// older programs do not tell it.
    #[serde(default)]
    pub(crate) clock_seconds: Option<f64>,
    /// Steps that this process did, and all there were; none if the stage counts no steps.
    pub(crate) steps_done: u64,
    pub(crate) steps: u64,
    /// Size of the stage's files in bytes.
    pub(crate) bytes: u64,
    /// Peak resident memory of the process in bytes while the stage was made, with whatever was made beside it, where the system
    /// tells it.
    pub(crate) peak_memory_bytes: Option<u64>,
    pub(crate) threads: usize,
}

impl Measured {
    /// Seconds of the whole stage, if a part of it was done by processes before: its share, and without sharing.
    pub(crate) fn whole_seconds(&self) -> [f64; 2] {
        let of_whole = if self.steps_done == 0 {
            1.0
        } else {
            self.steps.max(1) as f64 / self.steps_done as f64
        };
        let clock = self.clock_seconds.unwrap_or(self.seconds);
        [self.seconds, clock].map(|seconds| of_whole * seconds)
    }
}

/// Makes a stage, and writes down what it came from and what it cost. A file that changed on the way is an error, and so
/// nothing is kept that was made of two contents. `spent` says how many seconds the stage has taken: its share, and without
/// sharing.
pub(super) fn recorded(
    key: &Key,
    ctx: &Context,
    (events, spent): (Arc<dyn EventSink>, &dyn Fn() -> [f64; 2]),
    folder: &Folder,
    make: impl FnOnce(&Context, &Folder) -> Result<()>,
) -> Result<()> {
    let meter = Arc::new(Meter::start(events));
    let files = key.clone();
    let ctx = watched(ctx, move || files.check_files()).with_events(meter.clone());
    make(&ctx, folder)?;
    key.check_files()?;
    let parts =
        serde_json::to_vec(&key.ancestry()).map_err(|source| Error::plugin("lab", source))?;
    write_atomically(&folder.path(Ancestry::FILE), &parts)?;
    folder.write_json(MEASURED, &meter.measured(&folder.path(""), spent())?)
}

/// The same context, which keeps no checkpoint once `check` fails: so that none is made of two contents of a file.
pub(crate) fn watched(
    ctx: &Context,
    check: impl Fn() -> Result<()> + Send + Sync + 'static,
) -> Context {
    let watched = Watched {
        check: Box::new(check),
        ctx: ctx.clone(),
    };
    ctx.clone().with_checkpoints(Arc::new(watched))
}

struct Watched {
    check: Box<dyn Fn() -> Result<()> + Send + Sync>,
    /// The context without the check; its checkpoints are those that are kept.
    ctx: Context,
}

impl Checkpoints for Watched {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.ctx.checkpoints().load(name)
    }

    fn save(&self, name: &str, bytes: &[u8]) -> Result<()> {
        (self.check)()?;
        self.ctx.checkpoints().save(name, bytes)
    }
}

/// Counts steps and memory, and hands every event on.
struct Meter {
    events: Arc<dyn EventSink>,
    /// Peak resident memory of the whole process in bytes, before the stage began.
    peak_before: Option<u64>,
    counted: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
    /// By stage and unit: steps before the first that was told, the last that was told, and all there are.
    steps: BTreeMap<String, [u64; 3]>,
    memory: Option<u64>,
}

impl Meter {
    fn start(events: Arc<dyn EventSink>) -> Self {
        Self {
            events,
            peak_before: memory("VmHWM:"),
            counted: Mutex::new(Counted {
                memory: memory("VmRSS:"),
                ..Counted::default()
            }),
        }
    }

    fn measured(&self, folder: &Path, [seconds, clock]: [f64; 2]) -> Result<Measured> {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let steps = counted.steps.values();
        let done = steps
            .clone()
            .map(|[before, last, _]| last.saturating_sub(*before));
        let peak = memory("VmHWM:");
        // A peak of work before this stage says nothing about it.
        let is_own = peak > self.peak_before;
        Ok(Measured {
            seconds,
            clock_seconds: Some(clock),
            steps_done: done.sum(),
            steps: steps.map(|[_, _, all]| all).sum(),
            bytes: bytes(folder)?,
            peak_memory_bytes: if is_own {
                peak
            } else {
                counted.memory.max(memory("VmRSS:"))
            },
            threads: rayon::current_num_threads(),
        })
    }
}

impl EventSink for Meter {
    fn event(&self, path: &str, event: &Event<'_>) {
        if let (
            Event::Progress {
                done, total, unit, ..
            },
            Ok(mut counted),
        ) = (event, self.counted.lock())
        {
            let first = done.saturating_sub(1);
            let steps = counted
                .steps
                .entry(format!("{path} {unit}"))
                .or_insert([first, *done, *total]);
            (steps[1], steps[2]) = (*done, *total);
            counted.memory = counted.memory.max(memory("VmRSS:"));
        }
        self.events.event(path, event);
    }
}

/// Size of a folder's files in bytes, without checkpoints.
fn bytes(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder).map_err(Error::io("reading", folder))? {
        let entry = entry.map_err(Error::io("reading", folder))?;
        let found = entry
            .metadata()
            .map_err(Error::io("reading", entry.path()))?;
        let is_kept = !entry.file_name().to_string_lossy().contains(".checkpoint");
        sum += if is_kept { found.len() } else { 0 };
    }
    Ok(sum)
}

/// A figure of this process's memory in bytes, where the system tells it.
fn memory(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
