//! `lab-bench`: how fast the work is, beside peers that do the same work on the same machine in the same run.
//!
//! Each side of each piece of work runs in a process of its own ([`worker`], `peer.py`), so that its memory can be told.
//! Rounds alternate, so that a machine whose speed drifts treats both alike; medians are quoted.

mod alignment;
pub mod error;
mod gemm;
mod layers;
mod loading;
mod networks;
mod pace;
mod rounds;
mod table;
mod work;
pub mod worker;
mod works;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

pub use error::{Error, Result};
pub use table::Table;

use rounds::{Peer, Rounds};
use table::Row;
use work::Work;

/// Most rounds of a piece of work, and the time after which no further one is begun.
const MOST_ROUNDS: usize = 9;
const BUDGET: Duration = Duration::from_secs(20);

/// What is measured, and beside whom.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Pieces of work, by the beginning of their names; all if none is named.
    pub names: Vec<String>,
    /// Small sizes where the full ones take minutes.
    pub quick: bool,
    /// Threads of both sides.
    pub threads: Option<usize>,
    /// A Python with torch and numpy; `python3` if none is named.
    pub peer_python: Option<PathBuf>,
    /// Where both sides work: the name of a device, as `lab run --device` takes it.
    pub device: String,
}

impl Settings {
    fn on_card(&self) -> bool {
        self.device != "cpu"
    }
}

/// Measures both sides.
///
/// # Errors
/// Fails if a name is unknown, or our own side does not do its work.
pub fn bench(settings: &Settings) -> Result<Table> {
    let n_threads = settings.threads.unwrap_or_else(rayon::current_num_threads);
    let chosen = choose(settings)?;
    let peer = Peer::find(settings, n_threads);
    let files = loading::prepare(&chosen, settings.quick)?;
    let files = files.as_ref().map(|files| files.folder.as_path());
    let mut rows = Vec::new();
    for work in &chosen {
        note(&format!("{} …", work.name));
        let rounds = Rounds::run(work, &peer, n_threads, settings, files)?;
        rows.push(Row::new(work, &rounds));
    }
    Ok(Table {
        threads: n_threads,
        device: settings.device.clone(),
        peer: peer.describe(),
        rows,
    })
}

/// The works of these names; all without a name. The limit comes first, as every row is a share of it.
fn choose(settings: &Settings) -> Result<Vec<Work>> {
    let names = &settings.names;
    let all = works::all(settings.quick, settings.on_card());
    for name in names {
        if !all.iter().any(|work| work.name.starts_with(name.as_str())) {
            let known: Vec<&str> = all.iter().map(|work| work.name.as_str()).collect();
            return Err(Error::Unknown {
                name: name.clone(),
                known: known.join(", "),
            });
        }
    }
    let wanted = |work: &Work| {
        names.is_empty()
            || work.name == gemm::NAME
            || names
                .iter()
                .any(|name| work.name.starts_with(name.as_str()))
    };
    Ok(all.into_iter().filter(wanted).collect())
}

/// Prints what is being measured, if the error output is a terminal.
fn note(text: &str) {
    if io::IsTerminal::is_terminal(&io::stderr()) {
        // A lost line on a terminal is no reason to stop.
        let _ = writeln!(io::stderr(), "{text}");
    }
}
