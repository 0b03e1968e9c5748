//! What a run tells: warnings and sheets of images are kept, everything is handed on to whoever watches.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use lab_core::events::{Event, EventSink};

use crate::store::sheet;

/// Is told what happens in a run, and asked whether it should stop; a terminal shows it to a person.
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

    /// Called when a stage has ended; `how` is "reused", or the seconds that it took.
    fn finished(&self, stage: &str, how: &str);
}

/// Nobody watches: what happens is told to no one.
impl Watcher for lab_core::events::Silent {
    fn finished(&self, _stage: &str, _how: &str) {}
}

/// Keeps the warnings and the sheets of the stage at work.
pub(crate) struct Journal {
    watcher: Arc<dyn Watcher>,
    warnings: Mutex<Vec<(String, String)>>,
    sheets: Mutex<Option<PathBuf>>,
}

impl Journal {
    pub(crate) fn new(watcher: Arc<dyn Watcher>) -> Self {
        Self {
            watcher,
            warnings: Mutex::default(),
            sheets: Mutex::default(),
        }
    }

    /// Tells whoever watches that a stage begins.
    pub(crate) fn started(&self, stage: &str) {
        self.watcher.started(stage);
    }

    /// Tells whoever watches that a stage goes on from a checkpoint.
    pub(crate) fn resumed(&self, stage: &str) {
        self.watcher.resumed(stage);
    }

    /// Whether somebody asked the run to stop.
    pub(crate) fn asked_to_stop(&self) -> bool {
        self.watcher.asked_to_stop()
    }

    /// Does a piece of work that is no stage of the store, and says when it begins and how long it took.
    pub(crate) fn during<T, E>(
        &self,
        stage: &str,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let started = Instant::now();
        self.started(stage);
        let done = work()?;
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

    /// Tells whoever watches that a stage has ended, and how.
    pub(crate) fn finished(&self, stage: &str, how: &str) {
        self.watcher.finished(stage, how);
    }

    /// Sheets of images go into this folder from now on.
    pub(crate) fn keep_sheets_in(&self, folder: Option<&Path>) {
        if let Ok(mut sheets) = self.sheets.lock() {
            *sheets = folder.map(Path::to_owned);
        }
    }

    /// The warnings told since the last call, as (stage, sentence), in their order.
    pub(crate) fn take_warnings(&self) -> Vec<(String, String)> {
        self.warnings
            .lock()
            .map(|mut warnings| std::mem::take(&mut *warnings))
            .unwrap_or_default()
    }
}

/// The time since then as text, in seconds with one decimal.
pub(crate) fn seconds(since: Instant) -> String {
    format!("{:.1} s", since.elapsed().as_secs_f64())
}

impl EventSink for Journal {
    fn event(&self, path: &str, event: &Event<'_>) {
        match event {
            Event::Warning(text) => {
                if let Ok(mut warnings) = self.warnings.lock() {
                    warnings.push((path.to_owned(), (*text).to_owned()));
                }
            }
            Event::Images { name, images } => {
                if let Ok(Some(folder)) = self.sheets.lock().as_deref() {
                    // Sheets are looked at, never read back: one that cannot be written costs nothing.
                    let _ = sheet::write(&folder.join(format!("{name}.png")), images);
                }
            }
            _ => {}
        }
        self.watcher.event(path, event);
    }
}
