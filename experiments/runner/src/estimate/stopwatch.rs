//! A training by its first few steps.
//!
//! Trainings say how many updates they have and report each; the sink of these events takes the time and ends the training
//! after a few.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lab_core::context::Context;
use lab_core::events::{Event, EventSink};

use super::trials::Timed;

/// Updates that are timed, behind one that is not.
const N_TIMED: usize = 3;
/// The unit of what a training reports while it gets its images ready, once and before its first update.
const PREPARED: &str = "images";

/// A training by its first few updates; none if it reports none.
pub(super) fn timed(train: impl FnOnce(&Context) -> bool) -> Option<Timed> {
    let watch = Arc::new(Stopwatch::default());
    let ctx = Context::new(1)
        .with_cancellation(watch.over.clone())
        .with_events(watch.clone());
    // It ends early on purpose, so that its result says nothing.
    train(&ctx);
    let (updates, images) = (watch.updates.lock().ok()?, watch.images.lock().ok()?);
    let n_updates = updates.last()?.total;
    Some(Timed {
        n_updates,
        seconds: seconds_a_step(&updates)? * n_updates as f64,
        per_image: seconds_a_step(&images).unwrap_or_default(),
    })
}

/// The mean time of a step between the first and the last of these; none of fewer than two.
fn seconds_a_step(laps: &[Lap]) -> Option<f64> {
    let (first, last) = (laps.first()?, laps.last()?);
    let n = last.done.saturating_sub(first.done);
    (n > 0).then(|| last.at.saturating_sub(first.at).as_secs_f64() / n as f64)
}

struct Lap {
    /// Which training tells it.
    path: String,
    at: Duration,
    done: u64,
    total: u64,
}

struct Stopwatch {
    started: Instant,
    over: Arc<AtomicBool>,
    updates: Mutex<Vec<Lap>>,
    images: Mutex<Vec<Lap>>,
}

impl Default for Stopwatch {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            over: Arc::default(),
            updates: Mutex::default(),
            images: Mutex::default(),
        }
    }
}

impl EventSink for Stopwatch {
    fn event(&self, path: &str, event: &Event<'_>) {
        let Event::Progress {
            done, total, unit, ..
        } = event
        else {
            return;
        };
        let prepares = *unit == PREPARED;
        let laps = if prepares {
            &self.images
        } else {
            &self.updates
        };
        let Ok(mut laps) = laps.lock() else {
            return;
        };
        // The training before was another one.
        if laps.last().is_some_and(|lap| lap.path != path) {
            laps.clear();
        }
        laps.push(Lap {
            path: path.to_owned(),
            at: self.started.elapsed(),
            done: *done,
            total: *total,
        });
        if !prepares && laps.len() > N_TIMED {
            self.over.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use lab_core::context::Context;

    use super::timed;

    /// Tells this many of these updates, or fewer if it is told to stop.
    fn learn(ctx: &Context, n: usize, of: usize) {
        for done in 1..=n {
            if ctx.check_cancelled().is_ok() {
                ctx.progress(done, of, "updates", "");
            }
        }
    }

    #[test]
    fn a_training_that_needs_another_one_is_timed_by_its_own_updates() {
        let both = |n_before: usize| {
            let found = timed(|ctx| {
                ctx.progress(64, 64, "images", "");
                learn(&ctx.child("prior"), n_before, 100);
                learn(ctx, 20, 300);
                true
            });
            found.unwrap().n_updates
        };
        // One update before is not enough to time, and many are all that is timed.
        assert_eq!([both(0), both(1), both(50)], [300, 300, 100]);
    }

    #[test]
    fn images_that_are_got_ready_are_timed_apart() {
        let per_image = |n_chunks: usize| {
            let found = timed(|ctx| {
                for done in 1..=n_chunks {
                    ctx.progress(32 * done, 32 * n_chunks, "images", "");
                    thread::sleep(Duration::from_millis(16));
                }
                learn(ctx, 20, 300);
                true
            });
            found.unwrap().per_image
        };
        // What one chunk took cannot be told from what stood before it.
        assert!(per_image(0) == 0.0 && per_image(1) == 0.0);
        assert!((0.0005..0.5).contains(&per_image(3)), "{}", per_image(3));
    }
}
