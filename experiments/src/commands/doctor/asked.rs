//! Asking other programs, which may be missing, hang, or talk without end.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Longest time that a program may take to answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// Time between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(20);
/// Most bytes of an answer that are read.
const MOST: u64 = 1 << 16;

/// What came of asking a program.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The program ended well, and said this.
    Said(String),
    /// The program failed; this is the first line of what it said.
    Failed(String),
    /// There is no such program here, or it cannot be started.
    Absent,
    /// The program did not answer in time.
    Silent,
}

/// Runs a program with these arguments and waits for its answer, but not for long.
pub(super) fn ask(program: &str, arguments: &[&str]) -> Answer {
    let started = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else {
        return Answer::Absent;
    };
    let said = child.stdout.take().map(read);
    let complained = child.stderr.take().map(read);
    let since = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if since.elapsed() < PATIENCE => thread::sleep(LOOK),
            _ => {
                // It may have ended by itself in between.
                let _ = child.kill();
                let _ = child.wait();
                return Answer::Silent;
            }
        }
    };
    let text = |reader: Option<thread::JoinHandle<String>>| {
        reader
            .and_then(|reader| reader.join().ok())
            .unwrap_or_default()
    };
    let (said, complained) = (text(said), text(complained));
    if status.success() {
        return Answer::Said(said);
    }
    let first = complained
        .lines()
        .chain(said.lines())
        .find(|line| !line.trim().is_empty());
    Answer::Failed(
        first
            .unwrap_or("it failed without a word")
            .trim()
            .to_owned(),
    )
}

/// Reads on a thread of its own, so that a full pipe holds nobody up.
fn read(stream: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before a failure is what there is.
        let _ = stream.take(MOST).read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Answer, ask};

    #[test]
    fn programs_may_be_absent_fail_or_talk_a_lot() {
        assert_eq!(ask("no-such-program-of-ours", &[]), Answer::Absent);
        assert_eq!(ask("sh", &["-c", "echo 3"]), Answer::Said("3\n".into()));
        let failed = ask("sh", &["-c", "echo no >&2; exit 3"]);
        assert_eq!(failed, Answer::Failed("no".into()));
        let Answer::Said(long) = ask("sh", &["-c", "head -c 60000 /dev/zero | tr '\\0' x"]) else {
            panic!("it answers");
        };
        assert_eq!(long.len(), 60_000);
    }
}
