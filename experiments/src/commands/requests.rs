//! Requests to stop that a verb answers itself: it stops others, or leaves them at work.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// The first request makes the flag true and nothing else, however long the verb takes over it.
pub(super) fn listen() -> Result<Arc<AtomicBool>> {
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        flag::register(signal, asked.clone()).context("listening to requests to stop")?;
    }
    Ok(asked)
}
