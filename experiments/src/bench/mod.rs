//! `lab bench`: how fast the work is, beside peers that do the same work on the same machine in the same run.
//!
//! Each side of each piece of work runs in a process of its own ([`worker`], `peer.py`), so that its memory can be told.
//! Rounds alternate, so that a machine whose speed drifts treats both alike; medians are quoted.

mod alignment;
mod gemm;
mod layers;
mod loading;
mod networks;
mod pace;
mod rounds;
mod table;
mod work;
pub(crate) mod worker;

use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::cli::{BenchArgs, Format};
use rounds::{Peer, Rounds};
use table::Row;
use work::Work;

/// Most rounds of a piece of work, and the time after which no further one is begun.
const MOST_ROUNDS: usize = 9;
const BUDGET: Duration = Duration::from_secs(20);

pub(crate) fn bench(args: &BenchArgs) -> Result<()> {
    let n_threads = args.threads.unwrap_or_else(rayon::current_num_threads);
    let chosen = choose(&args.names, args.quick)?;
    let peer = Peer::find(args.peer_python.as_deref(), n_threads, args.quick);
    let files = loading::prepare(&chosen, args.quick)?;
    let files = files.as_ref().map(|files| files.folder.as_path());
    let mut rows = Vec::new();
    for work in &chosen {
        note(&format!("{} …", work.name));
        let rounds = Rounds::run(work, &peer, n_threads, args.quick, files)?;
        rows.push(Row::new(work, &rounds));
    }
    let table = table::Table {
        threads: n_threads,
        peer: peer.describe(),
        rows,
    };
    let mut out = io::stdout().lock();
    match args.format {
        Format::Text => write!(out, "{}", table.text())?,
        Format::Json => writeln!(out, "{:#}", serde_json::to_value(&table)?)?,
    }
    Ok(())
}

/// The works of these names; all without a name. The limit comes first, as every row is a share of it.
fn choose(names: &[String], quick: bool) -> Result<Vec<Work>> {
    let all = work::all(quick);
    for name in names {
        if !all.iter().any(|work| work.name.starts_with(name.as_str())) {
            let known: Vec<&str> = all.iter().map(|work| work.name.as_str()).collect();
            bail!(
                "no piece of work begins with '{name}'\n  hint: known: {}",
                known.join(", ")
            );
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
