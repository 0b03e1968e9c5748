//! Rounds: a unit of ours, a unit of the peer's, and again.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use super::loading::FILES;
use super::pace::Cost;
use super::work::Work;
use super::{BUDGET, MOST_ROUNDS};

/// The same work in PyTorch and NumPy.
const PEER: &str = include_str!("peer.py");

/// Fewest rounds of work that takes long.
const FEWEST_ROUNDS: usize = 3;

/// The costs of both sides.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    pub(super) ours: Vec<Cost>,
    pub(super) peer: Vec<Cost>,
}

impl Rounds {
    pub(super) fn run(
        work: &Work,
        peer: &Peer,
        n_threads: usize,
        quick: bool,
        files: Option<&Path>,
    ) -> Result<Self> {
        let mut ours = Side::ours(work, n_threads, quick, files)
            .with_context(|| format!("starting '{}'", work.name))?;
        let mut theirs = Opponent(peer.side(work, n_threads, files));
        for _ in 0..work.warmup {
            ours.unit(work)?;
            theirs.unit(work);
        }
        let mut rounds = Self::default();
        let started = Instant::now();
        // Work that is not even warmed up takes minutes: once is enough.
        let fewest = if work.warmup == 0 { 1 } else { FEWEST_ROUNDS };
        while rounds.ours.len() < fewest
            || (rounds.ours.len() < MOST_ROUNDS && started.elapsed() < BUDGET)
        {
            rounds.ours.push(ours.unit(work)?);
            rounds.peer.extend(theirs.unit(work));
        }
        Ok(rounds)
    }
}

/// What does the peer's side.
pub(super) struct Peer {
    python: Option<PathBuf>,
    versions: String,
    quick: bool,
}

impl Peer {
    /// The interpreter that was named, or `python3`, if it has NumPy and PyTorch.
    pub(super) fn find(named: Option<&Path>, n_threads: usize, quick: bool) -> Self {
        let python = named.map_or_else(|| PathBuf::from("python3"), Path::to_owned);
        let asked = Command::new(&python)
            .args(["-c", PEER, "versions", &n_threads.to_string()])
            .output();
        match asked {
            Ok(output) if output.status.success() => Self {
                python: Some(python),
                versions: String::from_utf8_lossy(&output.stdout).trim().to_owned(),
                quick,
            },
            _ => Self {
                python: None,
                versions: format!(
                    "none: '{}' has no torch and numpy (--peer-python names another)",
                    python.display()
                ),
                quick,
            },
        }
    }

    pub(super) fn describe(&self) -> String {
        self.versions.clone()
    }

    fn side(&self, work: &Work, n_threads: usize, files: Option<&Path>) -> Option<Side> {
        let python = self.python.as_ref()?;
        let size = if self.quick { "quick" } else { "full" };
        let mut command = Command::new(python);
        command.args(["-c", PEER, &work.name, &n_threads.to_string(), size]);
        command.env(FILES, files.unwrap_or(Path::new("")));
        Side::start(command)
            .map_err(|error| gives_up(work, &error))
            .ok()
    }
}

/// The peer's side, as long as it can do the work.
struct Opponent(Option<Side>);

impl Opponent {
    /// What a unit costs it; a peer that fails loses its rounds, not the whole table.
    fn unit(&mut self, work: &Work) -> Option<Cost> {
        let cost = self.0.as_mut()?.unit(work);
        cost.map_err(|error| {
            gives_up(work, &error);
            self.0 = None;
        })
        .ok()
    }
}

fn gives_up(work: &Work, error: &anyhow::Error) {
    // A line that cannot be printed is no reason to stop: the table's row without a peer says the same.
    let _ = writeln!(
        std::io::stderr(),
        "warning: the peer does not do '{}': {error:#}",
        work.name
    );
}

/// A process that does a unit of work when told to.
struct Side {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Side {
    fn ours(work: &Work, n_threads: usize, quick: bool, files: Option<&Path>) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["bench", "--worker", &work.name])
            .env("RAYON_NUM_THREADS", n_threads.to_string())
            .env(FILES, files.unwrap_or(Path::new("")));
        if quick {
            command.arg("--quick");
        }
        Self::start(command)
    }

    fn start(mut command: Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("a worker without input and output");
        };
        let mut side = Self {
            child,
            input,
            output: BufReader::new(output),
        };
        let ready = side.line()?;
        if ready.trim() != "ready" {
            bail!("a worker answered '{}' instead of 'ready'", ready.trim());
        }
        Ok(side)
    }

    fn unit(&mut self, work: &Work) -> Result<Cost> {
        writeln!(self.input, "go").and_then(|()| self.input.flush())?;
        let answer = self.line()?;
        serde_json::from_str(&answer)
            .with_context(|| format!("'{}' answered '{}'", work.name, answer.trim()))
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("a worker ended before its work; what it said stands above");
        }
        Ok(line)
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        // It ends by itself once its input does; whoever is in the middle of a unit need not finish it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
