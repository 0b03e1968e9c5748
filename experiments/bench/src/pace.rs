//! The pace of a worker: it does one unit of work each time it is told to, and answers what that cost.
//!
//! Trainings report each step as an event; the sink of these events holds the training until the next unit is wanted.
//! So a step is timed as it really runs, between others, through the contract alone.

use std::io::{self, BufRead, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use candle_core::Device;
use lab_core::context::Context;
use lab_core::events::{Event, EventSink};
use serde::{Deserialize, Serialize};

/// What one unit cost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Cost {
    /// Seconds on the clock.
    pub(super) wall: f64,
    /// Seconds of all cores, user and system.
    pub(super) cpu: f64,
    /// Largest resident memory of the process so far, in bytes.
    pub(super) peak: u64,
}

/// Holds a worker between units.
pub(super) struct Pace {
    over: Arc<AtomicBool>,
    since: Mutex<Option<(Instant, Duration)>>,
    device: Device,
}

impl Pace {
    pub(super) fn new(device: &Device) -> Arc<Self> {
        Arc::new(Self {
            over: Arc::new(AtomicBool::new(false)),
            since: Mutex::default(),
            device: device.clone(),
        })
    }

    /// Where the work is done.
    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// A context whose progress is paced, cancelled when no more units are wanted.
    pub(super) fn context(self: &Arc<Self>) -> Context {
        Context::new(1)
            .with_device(self.device.clone())
            .with_cancellation(self.over.clone())
            .with_events(self.clone())
    }

    /// Ends a unit: answers its cost, waits for the next to be wanted, and says whether one is.
    ///
    /// The first call has no unit behind it: it says that the worker is ready.
    pub(super) fn lap(&self) -> bool {
        let Ok(mut since) = self.since.lock() else {
            return false;
        };
        // A card works on after it was told to; a unit ends when its work does.
        if self.device.synchronize().is_err() {
            return false;
        }
        let answer = match *since {
            None => "ready".to_owned(),
            Some((wall, cpu)) => {
                let cost = Cost {
                    wall: wall.elapsed().as_secs_f64(),
                    cpu: (cpu_time().saturating_sub(cpu)).as_secs_f64(),
                    peak: peak_memory(),
                };
                serde_json::to_string(&cost).unwrap_or_default()
            }
        };
        let mut out = io::stdout().lock();
        let told = writeln!(out, "{answer}").and_then(|()| out.flush());
        let mut line = String::new();
        let wanted = told.is_ok() && matches!(io::stdin().lock().read_line(&mut line), Ok(1..));
        if !wanted {
            self.over.store(true, Ordering::Relaxed);
        }
        *since = Some((Instant::now(), cpu_time()));
        wanted
    }
}

impl EventSink for Pace {
    fn event(&self, _path: &str, event: &Event<'_>) {
        if matches!(event, Event::Progress { .. }) {
            self.lap();
        }
    }
}

/// Time that this process and children that ended have spent on all cores, where the system tells it.
fn cpu_time() -> Duration {
    // Clock ticks are hundredths of a second on every Linux.
    const TICKS: f64 = 100.0;
    let Ok(status) = std::fs::read_to_string("/proc/self/stat") else {
        return Duration::ZERO;
    };
    let after_name = status.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after_name
        .split_whitespace()
        .skip(11)
        .take(4)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    Duration::from_secs_f64(ticks / TICKS)
}

/// Peak resident memory in bytes, where the system tells it.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .map_or(0, |kib| kib * 1024)
}
