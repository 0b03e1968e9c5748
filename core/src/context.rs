//! The context of a run: device, random streams, events, cancellation and checkpoints.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use candle_core::{Device, Tensor};

use crate::events::{Event, EventSink, Silent};
use crate::recording::Stimuli;
use crate::rng::{Stream, stream};
use crate::{Error, Result};

/// Keeps the state of long work, so that a killed run goes on where it was.
pub trait Checkpoints: Send + Sync {
    /// The newest whole checkpoint called `name`, if there is one.
    ///
    /// # Errors
    /// Fails if a checkpoint exists but cannot be read.
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>>;

    /// Replaces the checkpoint called `name` in one step.
    ///
    /// # Errors
    /// Fails if it cannot be written.
    fn save(&self, name: &str, bytes: &[u8]) -> Result<()>;
}

/// A store of checkpoints that keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCheckpoints;

impl Checkpoints for NoCheckpoints {
    fn load(&self, _name: &str) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }

    fn save(&self, _name: &str, _bytes: &[u8]) -> Result<()> {
        Ok(())
    }
}

/// Handed to every plugin call; cheap to clone.
#[derive(Clone)]
pub struct Context {
    device: Device,
    seed: u64,
    path: String,
    events: Arc<dyn EventSink>,
    cancelled: Arc<dyn Fn() -> bool + Send + Sync>,
    checkpoints: Arc<dyn Checkpoints>,
    stimuli: Option<Stimuli>,
    smoke: bool,
    headers_only: bool,
}

impl Context {
    /// A silent context on the CPU, without checkpoints.
    pub fn new(seed: u64) -> Self {
        Self {
            device: Device::Cpu,
            seed,
            path: String::new(),
            events: Arc::new(Silent),
            cancelled: Arc::new(|| false),
            checkpoints: Arc::new(NoCheckpoints),
            stimuli: None,
            smoke: false,
            headers_only: false,
        }
    }

    /// The same context; if `smoke`, plugins are built with parameters that shrink what costs time.
    #[must_use]
    pub fn with_smoke(mut self, smoke: bool) -> Self {
        self.smoke = smoke;
        self
    }

    /// The same context, in which datasets are asked for headers, tables and shapes alone: see
    /// [`Dataset::reads_headers`](crate::traits::Dataset::reads_headers).
    #[must_use]
    pub fn with_headers_only(mut self) -> Self {
        self.headers_only = true;
        self
    }

    /// The same context with the streams of another seed.
    #[must_use]
    pub fn reseeded(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The same context on another device.
    #[must_use]
    pub fn with_device(mut self, device: Device) -> Self {
        self.device = device;
        self
    }

    /// The same context, telling `events`.
    #[must_use]
    pub fn with_events(mut self, events: Arc<dyn EventSink>) -> Self {
        self.events = events;
        self
    }

    /// The same context, keeping checkpoints in `checkpoints`.
    #[must_use]
    pub fn with_checkpoints(mut self, checkpoints: Arc<dyn Checkpoints>) -> Self {
        self.checkpoints = checkpoints;
        self
    }

    /// The same context, stopped when `cancelled` becomes true.
    #[must_use]
    pub fn with_cancellation(self, cancelled: Arc<AtomicBool>) -> Self {
        self.with_cancellation_by(move || cancelled.load(Ordering::Relaxed))
    }

    /// The same context, stopped when `cancelled` says so.
    #[must_use]
    pub fn with_cancellation_by(
        mut self,
        cancelled: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        self.cancelled = Arc::new(cancelled);
        self
    }

    /// The same context, in which corpora may draw on the experiment's stimuli.
    #[must_use]
    pub fn with_stimuli(mut self, stimuli: Stimuli) -> Self {
        self.stimuli = Some(stimuli);
        self
    }

    /// The context of a part of this stage: `name` is added to the path of its streams and events, and not to the names
    /// of its checkpoints.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        let mut child = self.clone();
        child.path = if self.path.is_empty() {
            name.into()
        } else {
            format!("{}/{name}", self.path)
        };
        child
    }

    /// Where tensors are made.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The run's one seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether plugins are built with parameters that shrink what costs time.
    pub fn smoke(&self) -> bool {
        self.smoke
    }

    /// Whether datasets are asked for headers, tables and shapes alone.
    pub fn headers_only(&self) -> bool {
        self.headers_only
    }

    /// The stage's path in the tree of streams.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The random stream `name` of this stage.
    pub fn rng(&self, name: &str) -> Stream {
        stream(self.seed, &format!("{}/{name}", self.path))
    }

    /// The experiment's stimuli, present while corpora are loaded; only its training images may be drawn on.
    pub fn stimuli(&self) -> Option<&Stimuli> {
        self.stimuli.as_ref()
    }

    /// The checkpoints of the stage, which its parts share: the path is not added to their names, so that each part must
    /// choose names of its own.
    pub fn checkpoints(&self) -> &dyn Checkpoints {
        self.checkpoints.as_ref()
    }

    /// Tells how far the stage is.
    pub fn progress(&self, done: usize, total: usize, unit: &str, state: &str) {
        self.events.event(
            &self.path,
            &Event::Progress {
                done: done as u64,
                total: total as u64,
                unit,
                state,
            },
        );
    }

    /// Tells something the report must repeat.
    pub fn warn(&self, text: &str) {
        self.events.event(&self.path, &Event::Warning(text));
    }

    /// Tells something the person at the terminal may like to know.
    pub fn note(&self, text: &str) {
        self.events.event(&self.path, &Event::Note(text));
    }

    /// Shows a sheet of images made on the way.
    pub fn images(&self, name: &str, images: &Tensor) {
        self.events
            .event(&self.path, &Event::Images { name, images });
    }

    /// Fails once the user asked to stop. Long loops call it every step.
    ///
    /// # Errors
    /// [`Error::Cancelled`] after a request to stop.
    pub fn check_cancelled(&self) -> Result<()> {
        if (self.cancelled)() {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("seed", &self.seed)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
