//! A worker seen from outside: started, listened to, and found out about when it dies.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child as Process, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::events::{self, About, Event, Exported, Finding, Outcome};
use super::{PREPARE, shown};

/// One plugin and how it is checked.
pub(super) struct Child<'a> {
    pub(super) library: &'a Path,
    pub(super) exported: &'a Exported,
    pub(super) parameters: &'a str,
    pub(super) full: bool,
    pub(super) limit: Duration,
}

/// Loads the library elsewhere and asks what is in it.
pub(super) fn about(library: &Path, limit: Duration) -> Result<About> {
    let mut worker = Worker::start(command(library)?, limit)?;
    match worker.next()? {
        Next::Event(Event::Loaded(about)) => Ok(about),
        Next::Event(Event::Refused(text)) => bail!("{text}"),
        Next::Event(_) => bail!(
            "'{}': the library's process answered out of turn",
            shown(library)
        ),
        Next::Ended(how) => bail!(
            "'{}': the library {how} while it was loaded\n  hint: what runs then are its constructors and lab_plugin_entry",
            shown(library)
        ),
    }
}

impl Child<'_> {
    /// Makes these checks; what kills a worker fails, and another goes on behind it.
    pub(super) fn run(
        &self,
        checks: &[&str],
        told: &mut dyn FnMut(&Finding) -> Result<()>,
    ) -> Result<Vec<Finding>> {
        let mut findings: Vec<Finding> = Vec::new();
        while findings.len() < checks.len() {
            let mut worker = Worker::start(self.command(&checks[findings.len()..])?, self.limit)?;
            while findings.len() < checks.len() {
                let next = worker.next()?;
                let (finding, has_ended) = match next {
                    Next::Event(Event::End(finding)) => (finding, false),
                    Next::Event(Event::Refused(text)) => {
                        (failed(checks[findings.len()], text), true)
                    }
                    Next::Event(_) => continue,
                    Next::Ended(how) => {
                        let check = checks[findings.len()];
                        (
                            failed(check, format!("the plugin {how} in this check")),
                            true,
                        )
                    }
                };
                told(&finding)?;
                let is_over = finding.check == PREPARE && finding.outcome != Outcome::Passed;
                findings.push(finding);
                if is_over {
                    return Ok(findings);
                }
                if has_ended {
                    break;
                }
            }
        }
        Ok(findings)
    }

    /// Makes one check in a process whose libraries use this many threads.
    pub(super) fn with_threads(&self, n_threads: usize, check: &str) -> Result<Finding> {
        let mut command = self.command(&[check])?;
        for variable in [
            "RAYON_NUM_THREADS",
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
        ] {
            command.env(variable, n_threads.to_string());
        }
        let mut worker = Worker::start(command, self.limit)?;
        loop {
            match worker.next()? {
                Next::Event(Event::End(finding)) => return Ok(finding),
                Next::Event(Event::Refused(text)) => return Ok(failed(check, text)),
                Next::Event(_) => {}
                Next::Ended(how) => {
                    let text = format!("the plugin {how} in this check, with {n_threads} threads");
                    return Ok(failed(check, text));
                }
            }
        }
    }

    fn command(&self, checks: &[&str]) -> Result<Command> {
        let mut command = command(self.library)?;
        command
            .args([&self.exported.kind, &self.exported.name, self.parameters])
            .arg(format!("--checks={}", checks.join(",")));
        if self.full {
            command.arg("--full");
        }
        Ok(command)
    }
}

fn failed(check: &str, text: String) -> Finding {
    Finding {
        check: check.to_owned(),
        outcome: Outcome::Failed,
        text,
        seconds: 0.0,
    }
}

/// This very program, asked to be a worker.
fn command(library: &Path) -> Result<Command> {
    let program = std::env::current_exe().context("finding this program, to start it again")?;
    let mut command = Command::new(program);
    command.args(["plugins", "probe"]).arg(library);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    Ok(command)
}

/// A worker under way.
struct Worker {
    process: Process,
    lines: Receiver<String>,
    limit: Duration,
}

/// What comes from a worker.
enum Next {
    Event(Event),
    /// It has ended, in words that go on after "the plugin".
    Ended(String),
}

impl Worker {
    fn start(mut command: Command, limit: Duration) -> Result<Self> {
        let mut process = command.spawn().context("starting a worker")?;
        let (sender, lines) = channel();
        if let Some(out) = process.stdout.take() {
            thread::spawn(move || {
                let mut out = BufReader::new(out);
                let mut bytes = Vec::new();
                // A plugin may print bytes that are no text.
                while out.read_until(b'\n', &mut bytes).is_ok_and(|n| n > 0) {
                    let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                    bytes.clear();
                    if sender.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        Ok(Self {
            process,
            lines,
            limit,
        })
    }

    /// The next event; what the plugin prints goes to stderr.
    fn next(&mut self) -> Result<Next> {
        loop {
            match self.lines.recv_timeout(self.limit) {
                Ok(line) => match events::read(&line) {
                    Some(event) => return Ok(Next::Event(event)),
                    None if line.is_empty() => {}
                    None => writeln!(io::stderr(), "{line}")?,
                },
                Err(RecvTimeoutError::Disconnected) => {
                    return Ok(Next::Ended(how(self.process.wait()?)));
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.process.kill()?;
                    self.process.wait()?;
                    let seconds = self.limit.as_secs();
                    return Ok(Next::Ended(format!(
                        "did not come to an end within {seconds} s"
                    )));
                }
            }
        }
    }
}

impl Drop for Worker {
    /// A worker that is not asked any more has nothing left to do; one that hangs on its way out is not waited for.
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// How a process ended, in words.
fn how(status: ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(signal) = status.signal() {
            return format!("crashed with signal {signal}{}", signal_name(signal));
        }
    }
    match status.code() {
        Some(code) => format!("ended the process with exit code {code}"),
        None => "ended the process".into(),
    }
}

#[cfg(unix)]
fn signal_name(signal: i32) -> &'static str {
    match signal {
        libc::SIGSEGV => " (segmentation fault)",
        libc::SIGABRT => " (abort)",
        libc::SIGBUS => " (bus error)",
        libc::SIGILL => " (illegal instruction)",
        libc::SIGFPE => " (arithmetic error)",
        libc::SIGKILL => " (killed; perhaps out of memory)",
        _ => "",
    }
}
