//! The library in a child process: it gets a question, answers on its output, and is stopped when it takes too much.
//!
//! An answer begins behind a mark, so that whatever the program prints before does no harm. Errors come on the error
//! output, as fields.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lab_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::library::Library;
use super::request::Request;
use crate::array::Number;
use crate::file_error;

/// What stands before an answer, and before an error.
const MARK: &[u8] = b"\n\x01answer\n";
/// Time that any file may take, and bytes a second beyond it.
const PATIENCE: Duration = Duration::from_secs(8);
const SLOWEST: u64 = 4 << 20;
/// Memory that a child may take beside what a file's own size explains.
const MEMORY: u64 = 1 << 29;
/// Between two looks at a child.
const LOOK: Duration = Duration::from_millis(20);

static PROGRAM: OnceLock<(PathBuf, Vec<OsString>)> = OnceLock::new();

/// Names the program that reads HDF5 files for this one: called with these arguments, the file and the question, it must
/// call [`serve`]. May be called once; later calls change nothing.
pub fn read_in_child(program: PathBuf, arguments: Vec<OsString>) {
    // A program that was named before is kept.
    let _ = PROGRAM.set((program, arguments));
}

pub(super) fn is_named() -> bool {
    PROGRAM.get().is_some()
}

/// An error in parts.
#[derive(Serialize, Deserialize)]
struct Complaint {
    variable: String,
    expected: String,
    got: String,
    remedy: String,
}

/// The child's side: answers one question about a file on the standard output. Returns whether it could.
pub fn serve(path: &Path, question: &str) -> bool {
    let mut out = io::stdout().lock();
    let answer = answer(path, question, &mut out);
    let told = match answer {
        Ok(()) => return out.flush().is_ok(),
        Err(Error::File {
            variable,
            expected,
            got,
            remedy,
            ..
        }) => Complaint {
            variable,
            expected,
            got,
            remedy,
        },
        Err(other) => Complaint {
            variable: String::new(),
            expected: "a file that can be read".into(),
            got: other.to_string(),
            remedy: "copy the file again from its source".into(),
        },
    };
    let text = serde_json::to_vec(&told).unwrap_or_default();
    // An unwritable error output leaves nobody to tell.
    let _ = io::stderr().write_all(&[MARK, &text].concat());
    false
}

fn answer(path: &Path, question: &str, out: &mut impl Write) -> Result<()> {
    let question: Request = serde_json::from_str(question).map_err(|error| Error::Data {
        what: "question about an HDF5 file".into(),
        expected: "a question of this program".into(),
        got: error.to_string(),
        remedy: "use one version of lab".into(),
    })?;
    let library = Library::open(path)?;
    let bytes = match question {
        Request::List => serde_json::to_vec(&library.contents()).unwrap_or_default(),
        Request::Strings(name) => serde_json::to_vec(&library.strings(&name)?).unwrap_or_default(),
        Request::Rows {
            name,
            start,
            n,
            double,
        } => {
            return library.write_rows(&name, start, n, double, MARK, out);
        }
    };
    let write = |bytes: &[u8], out: &mut dyn Write| out.write_all(bytes);
    write(MARK, out)
        .and_then(|()| write(&bytes, out))
        .map_err(Error::io("answering about", path))
}

/// The whole answer to a question.
pub(super) fn ask(path: &Path, request: &Request) -> Result<Vec<u8>> {
    let mut answer = Vec::new();
    run(path, request, |output| {
        output.read_to_end(&mut answer).map(|_| ())
    })?;
    Ok(answer)
}

/// Appends numbers of a dataset as they come.
pub(super) fn numbers<T: Number>(
    path: &Path,
    name: &str,
    (start, n): (usize, usize),
    n_values: usize,
    out: &mut Vec<T>,
) -> Result<()> {
    let request = Request::Rows {
        name: name.to_owned(),
        start,
        n,
        double: size_of::<T>() == 8,
    };
    let before = out.len();
    run(path, &request, |output| {
        let width = size_of::<T>();
        let mut block = vec![0; (1 << 18) * width];
        let mut filled = 0;
        loop {
            let n = output.read(&mut block[filled..])?;
            filled += n;
            let whole = filled / width * width;
            if n == 0 || out.len() - before + whole / width > n_values {
                return Ok(());
            }
            out.extend(block[..whole].chunks_exact(width).map(T::of_bytes));
            block.copy_within(whole..filled, 0);
            filled -= whole;
        }
    })?;
    if out.len() - before == n_values {
        return Ok(());
    }
    let got = format!("{}", out.len() - before);
    let remedy = "copy the file again from its source";
    Err(file_error(
        path,
        name,
        format!("{n_values} values"),
        got,
        remedy,
    ))
}

/// Runs the child, lets `read` take its answer, and stops it at its limits.
fn run(
    path: &Path,
    request: &Request,
    read: impl FnOnce(&mut dyn Read) -> io::Result<()>,
) -> Result<()> {
    let failed = |got: String| {
        let remedy = "try again with more free memory, or copy the file again from its source";
        file_error(path, "", "a program that reads the file", got, remedy)
    };
    let Some((program, arguments)) = PROGRAM.get() else {
        return Err(failed("none".into()));
    };
    let question = serde_json::to_string(request).map_err(|error| failed(error.to_string()))?;
    let n_bytes = std::fs::metadata(path)
        .map_err(Error::io("reading", path))?
        .len();
    let mut child = Command::new(program)
        .args(arguments)
        .arg(path)
        .arg(question)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env("LAB_HDF5_CHILD", "1")
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    let (Some(mut output), Some(mut errors)) = (output, errors) else {
        return Err(failed("one without output".into()));
    };
    let over = AtomicBool::new(false);
    let (read, status, told) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| watch(&mut child, n_bytes, &over));
        let told = scope.spawn(move || {
            let mut told = Vec::new();
            // If the pipe breaks, the message has what was read before.
            let _ = errors.read_to_end(&mut told);
            told
        });
        let read = pass_mark(&mut output).and_then(|()| read(&mut output));
        // A child that waits for its answer to be taken must not wait for ever.
        drop(output);
        over.store(true, Ordering::Relaxed);
        (read, watch.join(), told.join().unwrap_or_default())
    });
    match status {
        Ok(Ok(true)) => read.map_err(|error| failed(error.to_string())),
        Ok(Err(limit)) => Err(file_error(
            path,
            "",
            "an HDF5 file that its reader gets through",
            format!("one for which it takes {limit}"),
            "copy the file again from its source: this copy is damaged",
        )),
        _ => Err(complaint(path, &told)),
    }
}

/// Waits for the end of the child: whether it succeeded, or which limit it met.
fn watch(child: &mut Child, n_bytes: u64, over: &AtomicBool) -> Result<bool, String> {
    let start = Instant::now();
    let patience = PATIENCE + Duration::from_secs(n_bytes / SLOWEST);
    let memory = MEMORY + 4 * n_bytes;
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Ok(status.success());
        }
        let limit = if start.elapsed() > patience {
            Some(format!("more than {} s", patience.as_secs()))
        } else if resident(child.id()).is_some_and(|resident| resident > memory) {
            Some(format!("more than {} MB of memory", memory >> 20))
        } else {
            None
        };
        if let Some(limit) = limit {
            // A child that is gone already needs no end.
            let _ = child.kill();
            let _ = child.wait();
            return Err(limit);
        }
        std::thread::sleep(if over.load(Ordering::Relaxed) {
            Duration::from_millis(1)
        } else {
            LOOK.min(start.elapsed().max(Duration::from_millis(1)))
        });
    }
}

/// Resident memory of a process, where the system tells it.
fn resident(id: u32) -> Option<u64> {
    const PAGE: u64 = 4096;
    let text = std::fs::read_to_string(format!("/proc/{id}/statm")).ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * PAGE)
}

fn pass_mark(output: &mut impl Read) -> io::Result<()> {
    let (mut seen, mut byte) = (0, [0]);
    while seen < MARK.len() {
        output.read_exact(&mut byte)?;
        seen = if byte[0] == MARK[seen] {
            seen + 1
        } else {
            usize::from(byte[0] == MARK[0])
        };
    }
    Ok(())
}

fn complaint(path: &Path, told: &[u8]) -> Error {
    let at = told.windows(MARK.len()).rposition(|window| window == MARK);
    let found = at.and_then(|at| {
        let mut texts = serde_json::Deserializer::from_slice(&told[at + MARK.len()..]).into_iter();
        texts.next()?.ok()
    });
    let found = found.unwrap_or_else(|| Complaint {
        variable: String::new(),
        expected: "an HDF5 file".into(),
        got: "data that end the program that reads it".into(),
        remedy: "copy the file again from its source".into(),
    });
    file_error(
        path,
        &found.variable,
        found.expected,
        found.got,
        found.remedy,
    )
}
