//! Rounds: a unit of ours, a unit of the peer's, and again.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use super::loading::FILES;
use super::pace::Cost;
use super::work::Work;
use super::{BUDGET, Error, MOST_ROUNDS, Result, Settings};

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
        settings: &Settings,
        files: Option<&Path>,
    ) -> Result<Self> {
        let mut ours = Side::ours(work, n_threads, settings, files)?;
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
    device: String,
}

impl Peer {
    /// The interpreter that was named, or `python3`, if it has NumPy and PyTorch.
    pub(super) fn find(settings: &Settings, n_threads: usize) -> Self {
        let (quick, device) = (settings.quick, settings.device.clone());
        let named = settings.peer_python.as_deref();
        let python = named.map_or_else(|| PathBuf::from("python3"), Path::to_owned);
        let asked = Command::new(&python)
            .args([
                "-c",
                PEER,
                "versions",
                &n_threads.to_string(),
                "full",
                &device,
            ])
            .output();
        match asked {
            Ok(output) if output.status.success() => Self {
                python: Some(python),
                versions: String::from_utf8_lossy(&output.stdout).trim().to_owned(),
                quick,
                device,
            },
            _ => Self {
                python: None,
                versions: format!(
                    "none: '{}' has no torch and numpy (--peer-python names another)",
                    python.display()
                ),
                quick,
                device,
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
        let n_threads = n_threads.to_string();
        command.args(["-c", PEER, &work.name, &n_threads, size, &self.device]);
        command.env(FILES, files.unwrap_or(Path::new("")));
        Side::start(work, command)
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

fn gives_up(work: &Work, error: &Error) {
    // Its row then stands alone, which says the same.
    let _ = writeln!(
        std::io::stderr(),
        "warning: the peer does not do '{}': {error}",
        work.name
    );
}

/// A process that does a unit of work when told to.
struct Side {
    work: String,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Side {
    fn ours(
        work: &Work,
        n_threads: usize,
        settings: &Settings,
        files: Option<&Path>,
    ) -> Result<Self> {
        let program = std::env::current_exe().map_err(failed(work, "finding this program"))?;
        let mut command = Command::new(program);
        command
            .args([
                "bench",
                "--worker",
                &work.name,
                "--device",
                &settings.device,
            ])
            .env("RAYON_NUM_THREADS", n_threads.to_string())
            .env(FILES, files.unwrap_or(Path::new("")));
        if settings.quick {
            command.arg("--quick");
        }
        Self::start(work, command)
    }

    fn start(work: &Work, mut command: Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed(work, "starting a worker"))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::Ended {
                work: work.name.clone(),
            });
        };
        let mut side = Self {
            work: work.name.clone(),
            child,
            input,
            output: BufReader::new(output),
        };
        let ready = side.line()?;
        if ready.trim() != "ready" {
            return Err(Error::Answer {
                work: work.name.clone(),
                expected: "'ready'",
                got: ready.trim().to_owned(),
            });
        }
        Ok(side)
    }

    fn unit(&mut self, work: &Work) -> Result<Cost> {
        writeln!(self.input, "go")
            .and_then(|()| self.input.flush())
            .map_err(failed(work, "telling a worker to go on"))?;
        let answer = self.line()?;
        serde_json::from_str(&answer).map_err(|_| Error::Answer {
            work: work.name.clone(),
            expected: "the cost of a unit as JSON",
            got: answer.trim().to_owned(),
        })
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line);
        let n_bytes = read.map_err(|source| Error::Process {
            work: self.work.clone(),
            doing: "reading what a worker says",
            source,
        })?;
        if n_bytes == 0 {
            return Err(Error::Ended {
                work: self.work.clone(),
            });
        }
        Ok(line)
    }
}

fn failed(work: &Work, doing: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    let work = work.name.clone();
    move |source| Error::Process {
        work,
        doing,
        source,
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        // It ends by itself once its input does; whoever is in the middle of a unit need not finish it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
