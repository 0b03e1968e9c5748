//! One task at work: a process of its own, watched, with its beginning and its end written down.

use std::cell::Cell;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lab_core::Error as CoreError;

use super::finished::{Finder, hash_of};
use super::folder::{End, JobFile, Start, SweepsFolder};
use super::task::Task;
use crate::Result;

/// Time between two looks at a process or at a lock.
const LOOK: Duration = Duration::from_millis(30);
/// Length of a log's end in bytes, in which the last complaint is looked for.
const TAIL: u64 = 8192;
/// Exit code of a run that was asked to stop.
pub const STOPPED: i32 = 130;
/// The signal that asks a process to stop.
#[cfg(unix)]
const TERM: i32 = 15;

/// How a process ended: its exit code, its last words, and who asked it to stop.
type Outcome = (Option<i32>, String, Request);

/// What works at tasks: a program, and the place that it runs at.
#[derive(Debug)]
pub struct Worker {
    /// The folder in which jobs and their attempts are written down.
    pub folder: SweepsFolder,
    /// Path of the program that does the tasks.
    pub program: PathBuf,
    /// Number of threads of each task; the program's own choice if it is not given.
    pub threads: Option<usize>,
    /// The cluster's number of the job that this process is.
    pub id: Option<String>,
    /// BLAKE3 of the program's file, taken when it is first asked for.
    pub hash: OnceLock<String>,
}

/// Who asked a task to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Nobody asked the task to stop.
    None,
    /// Somebody told this process alone, which then tells the task.
    Stop,
    /// Somebody told every process of the job; the cluster begins the job again by itself.
    Moved,
    /// Somebody told every process of the job, and does not want the job any more.
    Cancelled,
}

/// What came of working at a task.
#[derive(Debug, Clone, PartialEq)]
pub enum Worked {
    /// The task was finished before, and nothing was started.
    Before,
    /// This call started a process for the task, which ended in this way.
    Now(End),
    /// The request to stop came before it began.
    NotBegun,
}

impl Worker {
    /// Does a task, unless it is done; waits while another process is at it. `asked` is looked at all the time.
    ///
    /// # Errors
    /// Fails if what is written down of the task cannot be read or written.
    pub fn work(&self, task: &Task, asked: &dyn Fn() -> Request) -> Result<Worked> {
        let job = self.folder.job(&task.job)?;
        let name = task.to_string();
        let Some(lock) = self.lock(&name, asked)? else {
            return Ok(Worked::NotBegun);
        };
        if self.is_done(task, &job) {
            return Ok(Worked::Before);
        }
        let number = self.folder.attempts(&name).len() + 1;
        let start = Start {
            host: host(),
            process: std::process::id(),
            id: self.id.clone(),
            at: now(),
        };
        let begun = Instant::now();
        let (code, why, request) = self.attempt(task, &job, (number, &start), &lock, asked)?;
        let end = End {
            code,
            why,
            cancelled: request == Request::Cancelled,
            program: self.program_hash(),
            guards: job.guards,
            seconds: begun.elapsed().as_secs_f64(),
        };
        self.folder.write_end(&name, number, &end)?;
        // Held until here, although the process that held it too has ended.
        drop(lock);
        Ok(Worked::Now(end))
    }

    /// BLAKE3 of the program's file; empty if it cannot be read.
    pub fn program_hash(&self) -> String {
        self.hash
            .get_or_init(|| hash_of(&self.program).unwrap_or_default())
            .clone()
    }

    /// A run is finished if its folder says so and this program made it, as whoever asks for the run demands too; a stage is if
    /// this very job of the cluster made it before.
    fn is_done(&self, task: &Task, job: &JobFile) -> bool {
        if task.only.is_none() {
            return Finder::of_this_program().find(&job.run).is_some();
        }
        let attempts = self.folder.attempts(&task.to_string());
        let last = attempts
            .last()
            .filter(|last| self.id.is_some() && last.start.id == self.id);
        last.and_then(|last| last.end.as_ref())
            .is_some_and(|end| end.code == Some(0))
    }

    /// The lock of a task; `None` if the request to stop comes first. File systems without locks go without.
    fn lock(&self, name: &str, asked: &dyn Fn() -> Request) -> Result<Option<File>> {
        let path = self.folder.file(name, "lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .read(true)
            .open(&path);
        let file = file.map_err(CoreError::io("opening", path))?;
        while matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            if asked() != Request::None {
                return Ok(None);
            }
            thread::sleep(LOOK);
        }
        Ok((asked() == Request::None).then_some(file))
    }

    /// Starts a process and waits for its end, unless data or libraries are others than when the sweep began.
    fn attempt(
        &self,
        task: &Task,
        job: &JobFile,
        (number, start): (usize, &Start),
        lock: &File,
        asked: &dyn Fn() -> Request,
    ) -> Result<Outcome> {
        let name = task.to_string();
        self.folder.write_start(&name, number, start)?;
        let path = self.folder.file(&name, "log");
        let log = OpenOptions::new().create(true).append(true).open(&path);
        let mut log = log.map_err(CoreError::io("opening", &path))?;
        writeln!(log, "== attempt {number} on {}", start.host)
            .map_err(CoreError::io("writing", &path))?;
        if let Some(guard) = job.guards.iter().find(|guard| !guard.holds()) {
            let changed = guard.path.display();
            let why =
                format!("error: '{changed}' changed since the sweep began; start the sweep again");
            writeln!(log, "{why}").map_err(CoreError::io("writing", &path))?;
            return Ok((Some(2), why, Request::None));
        }
        let from = log.metadata().map_or(0, |found| found.len());
        let child = self.start(task, job, log, lock);
        let mut child = child.map_err(CoreError::io("starting", &self.program))?;
        let noted = Cell::new(false);
        let noting = || {
            let request = asked();
            if request == Request::Cancelled && !noted.replace(true) {
                // Now, as the cluster may end this process before the other one has stopped. What cannot be noted is taken for
                // a run that goes on.
                let _ = self.folder.write_end(&name, number, &self.cancelled(job));
            }
            request
        };
        let (status, request) =
            watch(&mut child, &noting).map_err(CoreError::io("waiting for", &self.program))?;
        let code = code(status, request);
        Ok((code, last_words(&path, from, status), request))
    }

    /// The end of a job that somebody took off the cluster.
    fn cancelled(&self, job: &JobFile) -> End {
        End {
            code: None,
            why: "somebody cancelled it".into(),
            cancelled: true,
            program: self.program_hash(),
            guards: job.guards.clone(),
            seconds: 0.0,
        }
    }

    fn start(&self, task: &Task, job: &JobFile, log: File, lock: &File) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(&job.arguments);
        if let Some(only) = &task.only {
            command.args(["--only", &only.to_string()]);
        }
        if let Some(threads) = self.threads {
            command.args(["--threads", &threads.to_string()]);
        }
        // The lock is the process's standard input: it stays locked for as long as the process lives, whatever happens to
        // this one.
        command
            .stdin(lock.try_clone()?)
            .stderr(log.try_clone()?)
            .stdout(log);
        // Ctrl-C at a terminal would reach the process too; it is told by this one alone.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.spawn()
    }
}

fn watch(child: &mut Child, asked: &dyn Fn() -> Request) -> io::Result<(ExitStatus, Request)> {
    let mut request = Request::None;
    loop {
        if let Some(status) = child.try_wait()? {
            let was_stopped = matches!(status.code(), Some(STOPPED) | None);
            if was_stopped && request == Request::None {
                // Whoever told both told this one just now.
                thread::sleep(8 * LOOK);
                request = asked();
            }
            return Ok((status, request));
        }
        if request == Request::None {
            request = asked();
            if request == Request::Stop {
                stop(child);
            }
        }
        thread::sleep(LOOK);
    }
}

/// The exit code of a process. One that was told to stop before it listened did stop, although by the signal itself.
fn code(status: ExitStatus, request: Request) -> Option<i32> {
    #[cfg(unix)]
    if request == Request::Stop
        && std::os::unix::process::ExitStatusExt::signal(&status) == Some(TERM)
    {
        return Some(STOPPED);
    }
    status.code()
}

/// Asks a process to stop at a checkpoint.
fn stop(child: &mut Child) {
    #[cfg(unix)]
    {
        // Every shell can send a signal; one that comes too late is none that anybody misses.
        let words = format!("kill -s TERM {}", child.id());
        let _ = Command::new("sh").args(["-c", &words]).status();
    }
    #[cfg(not(unix))]
    drop(child.kill());
}

/// The complaint of a process, or its last line, or the signal that ended it.
fn last_words(log: &Path, from: u64, status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("ended by signal {signal}");
    }
    if status.success() {
        return String::new();
    }
    let said = tail(log, from).unwrap_or_default();
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let mut from_last = lines.iter().rev();
    let complaint = from_last.find(|line| {
        ["error: ", "failed: ", "stopped: "]
            .iter()
            .any(|word| line.starts_with(word))
    });
    complaint
        .or(lines.last())
        .map_or("it said nothing".into(), |line| (*line).to_owned())
}

fn tail(log: &Path, from: u64) -> io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(from.max(length.saturating_sub(TAIL))))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The name of this machine, as Slurm or the system tells it.
fn host() -> String {
    let known = std::env::var("SLURMD_NODENAME").ok();
    let asked = || fs::read_to_string("/proc/sys/kernel/hostname").ok();
    known
        .or_else(asked)
        .map_or("this machine".into(), |name| name.trim().to_owned())
}

/// The time now, in seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "it is said since when a job runs; nothing that a run stores holds it"
)]
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
