//! Whether Polars can have its threads: it ends the program with a panic if it cannot.

use std::sync::{Arc, RwLock};
use std::thread::{self, JoinHandle};

use crate::{Error, Result};

/// Starts as many threads as Polars will, all at once, and lets them end.
///
/// # Errors
/// [`Error::Table`] if the system has no more, which a limit of memory or of processes may cause.
pub(super) fn ready(table: &str) -> Result<()> {
    let held = Arc::new(RwLock::new(()));
    let gate = held.write();
    let n_threads = thread::available_parallelism().map_or(1, usize::from);
    let started: std::io::Result<Vec<JoinHandle<()>>> = (0..n_threads)
        .map(|_| {
            let held = held.clone();
            thread::Builder::new().spawn(move || drop(held.read()))
        })
        .collect();
    drop(gate);
    let started = started.map_err(|error| Error::Table {
        table: table.to_owned(),
        message: format!(
            "starting threads: {error}; raise the limit of memory or of processes (ulimit -v, ulimit -u)"
        ),
    })?;
    for thread in started {
        // A thread that only waits does not fail.
        drop(thread.join());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn threads_start_and_end() {
        super::ready("scores").unwrap();
    }
}
