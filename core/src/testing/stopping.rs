//! What it takes to stop a training and to take it up again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Result;
use crate::context::{Checkpoints, Context};
use crate::events::{Event, EventSink};

/// Checkpoints in memory, the newest of each name.
#[derive(Debug, Default)]
pub struct MemoryCheckpoints(Mutex<BTreeMap<String, Vec<u8>>>);

impl MemoryCheckpoints {
    /// Number of names that have a checkpoint.
    pub fn n_names(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Checkpoints for MemoryCheckpoints {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.get(name).cloned())
    }

    fn save(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }
}

/// The same context, which asks to stop once the progress of any work has reached `n_done` of its units.
#[must_use]
pub fn stopping_at(ctx: &Context, n_done: u64) -> Context {
    let stop = Arc::new(AtomicBool::new(false));
    ctx.clone()
        .with_cancellation(stop.clone())
        .with_events(Arc::new(StopAt { n_done, stop }))
}

struct StopAt {
    n_done: u64,
    stop: Arc<AtomicBool>,
}

impl EventSink for StopAt {
    fn event(&self, _path: &str, event: &Event<'_>) {
        if let Event::Progress { done, .. } = event {
            self.stop.fetch_or(*done >= self.n_done, Ordering::Relaxed);
        }
    }
}
