//! What a run costs: time, work of the processor and memory, as a whole and of each stage.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use lab_core::events::{Event, EventSink};
use serde::{Deserialize, Serialize};

use crate::journal::Watcher;
use crate::shares::Shares;

/// What one stage of a run cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageCost {
    /// Name of the stage.
    pub stage: String,
    /// Whether a finished stage was reused; its seconds are 0 then, since the time of reading it is not taken.
    pub reused: bool,
    /// Time on the clock in seconds; of that in which another stage was at work beside it, its share.
    pub seconds: f64,
    /// Time that all threads worked together, in seconds, shared in the same way, where the system tells it.
    pub cpu_seconds: Option<f64>,
    /// Peak resident memory of the program in bytes, if it was reached while this stage was at work; none if an earlier stage
    /// needed as much.
    pub peak_memory_bytes: Option<u64>,
}

/// What is read from the clocks: wall time, processor time in seconds, peak memory in bytes.
#[derive(Clone, Copy)]
struct Mark {
    clock: Instant,
    cpu: Option<f64>,
    peak: Option<u64>,
}

/// Keeps what stages cost, and hands everything on to another watcher.
pub(crate) struct Meter {
    watcher: Arc<dyn Watcher>,
    began: Mark,
    at_work: Mutex<AtWork>,
    stages: Mutex<Vec<StageCost>>,
}

/// The stages at work.
#[derive(Default)]
struct AtWork {
    /// Seconds of the clock and of the processor.
    shares: Shares<2>,
    /// Peak memory when each began.
    peaks: BTreeMap<String, Option<u64>>,
}

/// What a run cost as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Time on the clock in seconds.
    pub wall_seconds: f64,
    /// Time that all threads worked together, in seconds, where the system tells it.
    pub cpu_seconds: Option<f64>,
    /// Peak resident memory of the program in bytes, where the system tells it.
    pub peak_memory_bytes: Option<u64>,
    /// The stages, in the order in which they ended.
    pub stages: Vec<StageCost>,
}

impl Mark {
    fn now() -> Self {
        Self {
            clock: Instant::now(),
            cpu: cpu_seconds(),
            peak: peak_memory(),
        }
    }
}

impl Meter {
    pub(crate) fn new(watcher: Arc<dyn Watcher>) -> Self {
        Self {
            watcher,
            began: Mark::now(),
            at_work: Mutex::default(),
            stages: Mutex::default(),
        }
    }

    /// Seconds of the clock and of the processor since the run began; none of the processor where the system does not tell.
    fn spent(&self, now: &Mark) -> [f64; 2] {
        let cpu = self.began.cpu.zip(now.cpu);
        [
            now.clock.duration_since(self.began.clock).as_secs_f64(),
            cpu.map_or(0.0, |(from, to)| to - from),
        ]
    }

    /// What the run has cost until now.
    pub(crate) fn cost(&self) -> Cost {
        let now = Mark::now();
        let [wall_seconds, cpu_seconds] = self.spent(&now);
        let stages = self.stages.lock().map(|stages| stages.clone());
        Cost {
            wall_seconds: round(wall_seconds),
            cpu_seconds: now.cpu.map(|_| round(cpu_seconds)),
            peak_memory_bytes: now.peak,
            stages: stages.unwrap_or_default(),
        }
    }
}

impl EventSink for Meter {
    fn event(&self, path: &str, event: &Event<'_>) {
        self.watcher.event(path, event);
    }
}

impl Watcher for Meter {
    fn started(&self, stage: &str) {
        let at_work = self.at_work.lock();
        let mut at_work = at_work.unwrap_or_else(PoisonError::into_inner);
        let now = Mark::now();
        at_work.shares.begin(stage, self.spent(&now));
        at_work.peaks.insert(stage.to_owned(), now.peak);
        drop(at_work);
        self.watcher.started(stage);
    }

    fn resumed(&self, stage: &str) {
        self.watcher.resumed(stage);
    }

    fn asked_to_stop(&self) -> bool {
        self.watcher.asked_to_stop()
    }

    fn finished(&self, stage: &str, how: &str) {
        let at_work = self.at_work.lock();
        let mut at_work = at_work.unwrap_or_else(PoisonError::into_inner);
        let now = Mark::now();
        let shares = at_work.shares.end(stage, self.spent(&now));
        let before = at_work.peaks.remove(stage).flatten();
        drop(at_work);
        let [seconds, cpu_seconds] = shares.unwrap_or_default();
        if let Ok(mut stages) = self.stages.lock() {
            stages.push(StageCost {
                stage: stage.to_owned(),
                reused: shares.is_none(),
                seconds: round(seconds),
                cpu_seconds: now.cpu.map(|_| round(cpu_seconds)),
                peak_memory_bytes: now.peak.filter(|_| shares.is_some() && now.peak > before),
            });
        }
        self.watcher.finished(stage, how);
    }
}

/// Rounds seconds to thousandths: the clocks say no more.
fn round(seconds: f64) -> f64 {
    (1000.0 * seconds).round() / 1000.0
}

/// Seconds that all threads of this program have worked; Linux counts them in hundredths.
fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name stands in brackets and may hold spaces.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    let (user, system) = (ticks.next()?.ok()?, ticks.next()?.ok()?);
    Some((user + system) as f64 / 100.0)
}

/// Peak resident memory of this program in bytes, where the system tells it.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use lab_core::events::Silent;

    use super::Meter;
    use crate::journal::Watcher;

    #[test]
    fn each_stage_is_measured_by_itself_or_has_its_share() {
        let meter = Meter::new(Arc::new(Silent));
        meter.started("sleeps");
        std::thread::sleep(Duration::from_millis(120));
        meter.finished("sleeps", "0.1 s");
        meter.started("works");
        let since = Instant::now();
        let mut pages = Vec::new();
        while since.elapsed() < Duration::from_millis(200) {
            pages = black_box(vec![1_u8; 300 << 20]);
        }
        meter.finished("works", "0.2 s");
        drop(pages);
        meter.finished("old", "reused");
        meter.started("long");
        meter.started("short");
        std::thread::sleep(Duration::from_millis(80));
        meter.finished("short", "0.1 s");
        meter.finished("long", "0.1 s");
        let cost = meter.cost();
        let [sleeps, works, old, short, long] = &cost.stages[..] else {
            panic!("{cost:?}");
        };
        assert!(sleeps.seconds >= 0.12 && works.seconds >= 0.2 && cost.wall_seconds >= 0.32);
        assert!(old.reused && !works.reused && old.seconds < 0.01);
        // What two do side by side is half each's, so that the whole is never less than its parts.
        assert!(short.seconds >= 0.04 && long.seconds >= 0.04);
        let parts: f64 = cost.stages.iter().map(|of| of.seconds).sum();
        assert!(parts <= cost.wall_seconds + 0.005, "{cost:?}");
        if let (Some(idle), Some(busy)) = (sleeps.cpu_seconds, works.cpu_seconds) {
            assert!(busy >= 0.05, "{busy}");
            // Other tests of this program work meanwhile.
            assert!(idle >= 0.0 && cost.cpu_seconds.unwrap() >= busy);
            assert!(cost.peak_memory_bytes.unwrap() > 300 << 20);
        }
    }
}
