//! What a run tells whoever watches, and which stages are at work.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use lab_core::events::{Event, EventSink};

use crate::shares::Shares;

/// Is told what happens in a run, and asked whether it should stop; a terminal shows it to a person. Two stages may be at work
/// side by side.
pub trait Watcher: EventSink {
    /// Called when a stage begins.
    fn started(&self, stage: &str) {
        let _ = stage;
    }

    /// Called when the work at a stage goes on from a checkpoint, where a run before this one was interrupted.
    fn resumed(&self, stage: &str) {
        let _ = stage;
    }

    /// Whether somebody asked the run to stop.
    fn asked_to_stop(&self) -> bool {
        false
    }

    /// Called when a stage has ended; `how` is "reused", or the seconds from its beginning to its end.
    fn finished(&self, stage: &str, how: &str);
}

/// Nobody watches: what happens is told to no one.
impl Watcher for lab_core::events::Silent {
    fn finished(&self, _stage: &str, _how: &str) {}
}

/// Hands on what is told, and knows which stages are at work.
pub(crate) struct Journal {
    watcher: Arc<dyn Watcher>,
    began: Instant,
    shares: Mutex<Shares<1>>,
    /// Whether something failed, so that what goes on beside it is in vain.
    failed: AtomicBool,
}

impl Journal {
    pub(crate) fn new(watcher: Arc<dyn Watcher>) -> Self {
        Self {
            watcher,
            began: Instant::now(),
            shares: Mutex::default(),
            failed: AtomicBool::new(false),
        }
    }

    /// Tells whoever watches that a stage begins.
    pub(crate) fn started(&self, stage: &str) {
        self.share(|shares, now| shares.begin(stage, now));
        self.watcher.started(stage);
    }

    /// Seconds of the clock that a stage at work has spent, its part of those that it shared with another.
    pub(crate) fn spent(&self, stage: &str) -> f64 {
        let spent = self.share(|shares, now| shares.so_far(stage, now));
        spent.map_or(0.0, |[seconds]| seconds)
    }

    fn share<T>(&self, with: impl FnOnce(&mut Shares<1>, [f64; 1]) -> T) -> T {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        with(&mut shares, [self.began.elapsed().as_secs_f64()])
    }

    /// Asks everything at work to stop, since something failed; returns whether it is the first that did.
    pub(crate) fn give_up(&self) -> bool {
        !self.failed.swap(true, Ordering::Relaxed)
    }

    /// Tells whoever watches that a stage goes on from a checkpoint.
    pub(crate) fn resumed(&self, stage: &str) {
        self.watcher.resumed(stage);
    }

    /// Whether somebody asked the run to stop, or a part of it failed.
    pub(crate) fn asked_to_stop(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.watcher.asked_to_stop()
    }

    /// Does a piece of work that is no stage of the store, and says when it begins and how long it took.
    pub(crate) fn during<T, E>(
        &self,
        stage: &str,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let started = Instant::now();
        self.started(stage);
        let done = work().inspect_err(|_| self.broke_off(stage))?;
        self.finished(stage, &seconds(started));
        Ok(done)
    }

    /// Tells the warnings of a reused stage again; they are stored with the stage already.
    pub(crate) fn repeat(&self, warnings: &[(String, String)]) {
        for (path, text) in warnings {
            self.watcher.event(path, &Event::Warning(text));
        }
    }

    /// Says something that concerns this process alone and stands in no record: the results are the same without it.
    pub(crate) fn tell(&self, text: &str) {
        self.watcher.event("", &Event::Warning(text));
    }

    /// A stage failed: it has no share any more in what others spend.
    pub(crate) fn broke_off(&self, stage: &str) {
        self.share(|shares, now| shares.end(stage, now));
    }

    /// Tells whoever watches that a stage has ended, and how.
    pub(crate) fn finished(&self, stage: &str, how: &str) {
        self.share(|shares, now| shares.end(stage, now));
        self.watcher.finished(stage, how);
    }
}

/// The time since then as text, in seconds with one decimal.
pub(crate) fn seconds(since: Instant) -> String {
    format!("{:.1} s", since.elapsed().as_secs_f64())
}

impl EventSink for Journal {
    fn event(&self, path: &str, event: &Event<'_>) {
        self.watcher.event(path, event);
    }
}
