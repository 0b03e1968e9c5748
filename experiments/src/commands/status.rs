//! `lab status`: how each run of a sweep stands.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, SystemTime};
use std::{fs, path::Path};

use anyhow::{Result, bail};
use lab_runner::engine::Slurm;
use lab_runner::sweep::{Finder, Judge, State, SweepFile, SweepsFolder, Task, now};
use serde_json::json;

use crate::cli::{Format, StatusArgs};
use crate::events;
use crate::out::stdout;

/// A line of the table: a run, or a stage that is a job of its own.
struct Line {
    name: String,
    job: String,
    word: &'static str,
    detail: String,
}

pub(super) fn status(args: &StatusArgs) -> Result<()> {
    let folder = SweepsFolder::of(&args.runs);
    let ids = newest_first(&folder);
    let id = chosen(&ids, args.sweep.as_deref(), &args.runs)?;
    let sweep = SweepFile::read(&folder, id)?;
    let jobs = sweep.jobs();
    let was_sent = jobs.iter().any(|(job, _)| folder.sent(job).is_some());
    // Without a cluster, what jobs wrote down is all that is known.
    let queue = was_sent
        .then(Slurm::ask_queue)
        .transpose()
        .unwrap_or_else(|error| {
            events::warn(&format!("{error}"));
            None
        });
    let is_blind = was_sent && queue.is_none();
    let mut judge = Judge {
        folder: &folder,
        finder: Finder::default(),
        queue,
        program: None,
    };
    let mut lines = Vec::new();
    let mut stages = BTreeMap::new();
    for (job, label) in &jobs {
        let state = judge.state(job)?;
        for (task, state) in judge.open_stages(job) {
            let known = stages.entry(task.to_string());
            known.or_insert((task, state, Vec::new())).2.push(label);
        }
        let unknown = is_blind && matches!(state, State::Missing | State::Interrupted);
        let (word, detail) = match folder.sent(job).filter(|_| unknown) {
            Some(sent) => (
                "unknown",
                format!(
                    "handed over as {}, and squeue does not answer here",
                    sent.id
                ),
            ),
            None => described(&state),
        };
        lines.push(Line {
            name: label.clone(),
            job: job.clone(),
            word,
            detail,
        });
    }
    lines.splice(0..0, stages.values().map(stage));
    let mut out = stdout();
    match args.format {
        Format::Json => {
            let rows = lines.iter().map(|line| {
                json!({ "name": line.name, "job": line.job, "state": line.word, "detail": line.detail })
            });
            let all = json!({ "id": id, "name": sweep.name, "jobs": rows.collect::<Vec<_>>(), "sweeps": ids });
            writeln!(out, "{all:#}")?;
        }
        Format::Text => {
            writeln!(
                out,
                "sweep {id} of {}, {} jobs: {}",
                sweep.name,
                jobs.len(),
                counted(&lines)
            )?;
            let width = lines
                .iter()
                .map(|line| line.name.chars().count())
                .max()
                .unwrap_or(0);
            for line in &lines {
                let text = format!("  {:width$}  {:<9}  {}", line.name, line.word, line.detail);
                writeln!(out, "{}", text.trim_end())?;
            }
            let others: Vec<&str> = ids
                .iter()
                .map(String::as_str)
                .filter(|other| *other != id)
                .collect();
            if !others.is_empty() {
                writeln!(out, "other sweeps: {}", others.join(", "))?;
            }
        }
    }
    Ok(())
}

/// The identities of all sweeps, that which was asked for last first: its list of combinations was written last.
fn newest_first(folder: &SweepsFolder) -> Vec<String> {
    let changed = |id: &String| -> SystemTime {
        let found = fs::metadata(folder.sweep(id).join("sweep.json"));
        found
            .and_then(|found| found.modified())
            .unwrap_or(SystemTime::UNIX_EPOCH)
    };
    let mut all = folder.sweeps();
    all.sort_by_key(|id| std::cmp::Reverse(changed(id)));
    all
}

fn chosen<'a>(ids: &'a [String], asked: Option<&str>, runs: &Path) -> Result<&'a str> {
    let Some(newest) = ids.first() else {
        bail!(
            "there is no sweep in '{}'\n  hint: lab sweep FILE --set PATH=VALUE,VALUE; --runs names the folder of runs",
            runs.display()
        );
    };
    let Some(asked) = asked else {
        return Ok(newest);
    };
    let fitting: Vec<&String> = ids.iter().filter(|id| id.starts_with(asked)).collect();
    match fitting.as_slice() {
        [one] => Ok(one),
        [] => bail!(
            "there is no sweep '{asked}' in '{}'\n  hint: there are {}",
            runs.display(),
            ids.join(", ")
        ),
        several => bail!(
            "'{asked}' begins the names of {} sweeps\n  hint: write more of it",
            several.len()
        ),
    }
}

/// A stage that is a job of its own and has not ended well, and the runs that wait for it.
fn stage((task, state, labels): &(Task, State, Vec<&String>)) -> Line {
    let name = task.only.map(|only| only.to_string()).unwrap_or_default();
    let (word, detail) = described(state);
    let of = match labels.as_slice() {
        [one] => format!("of {one}"),
        several => format!("of {} runs", several.len()),
    };
    Line {
        name: format!("{name} {of}"),
        job: task.to_string(),
        word,
        detail,
    }
}

/// A word for a state, and what else is known of it.
pub(super) fn described(state: &State) -> (&'static str, String) {
    match state {
        State::Done(finished) => match finished.failed().as_slice() {
            [] => ("done", String::new()),
            failed => ("done", format!("failed: {}", failed.join("; "))),
        },
        State::Failed { code, why, log } => {
            let code = code.map_or("no exit code".to_owned(), |code| {
                format!("exit code {code}")
            });
            ("failed", format!("{code}: {why} ({})", log.display()))
        }
        State::Interrupted => (
            "stopped",
            "goes on from its newest checkpoint with the same lab sweep".into(),
        ),
        State::Missing => ("not begun", String::new()),
        State::Waiting { reason, n_begun: 0 } => ("waiting", reason.clone()),
        State::Waiting { reason, n_begun } => {
            let times = if *n_begun == 1 {
                "once"
            } else {
                &format!("{n_begun} times")
            };
            (
                "requeued",
                format!("{reason}; has begun {times} and goes on from its newest checkpoint"),
            )
        }
        State::Running {
            since,
            host,
            attempt,
            ..
        } => {
            let since = since.map_or(String::new(), |since| {
                format!("for {}", duration(now().saturating_sub(since)))
            });
            let host = if host.is_empty() {
                String::new()
            } else {
                format!(" on {host}")
            };
            let again = if *attempt > 1 {
                format!(", attempt {attempt}")
            } else {
                String::new()
            };
            ("running", format!("{since}{host}{again}"))
        }
    }
}

fn counted(lines: &[Line]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines.iter().filter(|line| !line.job.contains('-')) {
        *counts.entry(line.word).or_default() += 1;
    }
    let all: Vec<String> = counts
        .iter()
        .map(|(word, n)| format!("{n} {word}"))
        .collect();
    all.join(", ")
}

/// A duration as text: in seconds, in minutes and seconds, or in hours and minutes.
fn duration(seconds: u64) -> String {
    let whole = Duration::from_secs(seconds).as_secs();
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {seconds} s"),
        _ => format!("{hours} h {minutes} min"),
    }
}
