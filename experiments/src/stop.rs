//! Ctrl-C, SIGTERM and a closed terminal: work stops where it can go on, and a sentence says so.
//!
//! The first request is handed to the work, whose trainings keep a checkpoint and end. Work that asks nobody, such as an
//! alignment, is left after a while; files appear whole or not at all, so that nothing is damaged by it.
//! A second request ends the program at once, unless it comes with the first: a cluster may signal a program twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use signal_hook::consts::{SIGABRT, SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;

use crate::COULD_NOT_RUN;
use crate::allocator;
use crate::events;

/// Exit code of a command that was asked to stop.
pub(crate) const STOPPED: u8 = 130;

/// How often a request is looked for.
const LOOK: Duration = Duration::from_millis(20);
/// Requests within this time are one.
const ONE_REQUEST: Duration = Duration::from_millis(500);
/// How long work may take to end by itself: a step of a large training takes seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether the sentence was said.
static SAID: AtomicBool = AtomicBool::new(false);

/// From now on the first request to stop makes the flag true.
pub(crate) fn on_request() -> Result<Arc<AtomicBool>> {
    let (asked, answered) = <(Arc<AtomicBool>, Arc<AtomicBool>)>::default();
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let listening = || -> std::io::Result<()> {
            // Once a request is answered, the next one ends the program.
            flag::register_conditional_shutdown(signal, STOPPED.into(), answered.clone())?;
            flag::register(signal, asked.clone())?;
            Ok(())
        };
        listening().context("listening to requests to stop")?;
    }
    let watched = asked.clone();
    thread::Builder::new()
        .spawn(move || watch(&watched, &answered))
        .context("starting a thread")?;
    Ok(asked)
}

/// From now on a request to stop makes the flag true, for work that ends by itself at once; a second one ends the program.
pub(crate) fn at_once() -> Result<Arc<AtomicBool>> {
    let asked = Arc::<AtomicBool>::default();
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let listening = || -> std::io::Result<()> {
            flag::register_conditional_shutdown(signal, STOPPED.into(), asked.clone())?;
            flag::register(signal, asked.clone())?;
            Ok(())
        };
        listening().context("listening to requests to stop")?;
    }
    Ok(asked)
}

/// From now on a file beyond the limit of its size (`ulimit -f`) is an error of whoever writes it, and not the end without
/// a word.
pub(crate) fn never_on_file_size() {
    // Where this cannot be had, the system ends the program as it does others.
    let _ = flag::register(SIGXFSZ, Arc::default());
}

/// From now on memory that ends, at which Rust aborts, is said and ends the program as one that could not run.
pub(crate) fn never_by_abort() {
    allocator::say_when_full();
    let always = Arc::new(AtomicBool::new(true));
    // Where this cannot be had, the sentence is there and the program ends by a signal.
    let _ = flag::register_conditional_shutdown(SIGABRT, COULD_NOT_RUN.into(), always);
}

/// Says once that the command was stopped, and how it goes on.
pub(crate) fn say() {
    if !SAID.swap(true, Ordering::Relaxed) {
        events::line(
            "stopped: finished stages and the newest checkpoint are kept; run the same command again, and it goes on from there",
        );
    }
}

/// Ends the program as one that was asked to stop, where something else was said of how it goes on.
#[expect(clippy::exit, reason = "nothing is at work here any more")]
pub(crate) fn leave() -> ! {
    std::process::exit(STOPPED.into());
}

#[expect(
    clippy::exit,
    reason = "work that cannot be asked to stop is left after a while; nothing is half written"
)]
fn watch(asked: &AtomicBool, answered: &AtomicBool) {
    while !asked.load(Ordering::Relaxed) {
        thread::sleep(LOOK);
    }
    thread::sleep(ONE_REQUEST);
    if !SAID.load(Ordering::Relaxed) {
        events::line(
            "stopping at the next step that can be gone on from; ask again to end at once",
        );
    }
    answered.store(true, Ordering::Relaxed);
    thread::sleep(PATIENCE);
    say();
    std::process::exit(STOPPED.into());
}
