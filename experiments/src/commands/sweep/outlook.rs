//! `lab sweep --plan`: how many runs, which trainings they share, and what they would take.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::Result;
use lab_runner::sweep::{Finder, Job, Outlook, Sweep, SweepsFolder, outlook};
use serde_json::json;

use super::threads_each;
use crate::cli::{Format, SweepArgs};
use crate::events;
use crate::out::stdout;
use crate::quantities::duration;

pub(super) fn print(args: &SweepArgs, sweep: &Sweep, folder: &SweepsFolder) -> Result<()> {
    let mut finder = Finder::of_this_program();
    let is_finished = |job: &&Job| finder.find(&job.file.run).is_some();
    let finished: BTreeSet<String> = sweep
        .jobs
        .iter()
        .filter(is_finished)
        .map(|job| job.hash.clone())
        .collect();
    let is_left = |job: &Job| !finished.contains(&job.hash);
    let tell = |label: &str| events::line(&format!("looking at {label}"));
    let found = outlook(sweep, &args.runs, &is_left, &tell)?;
    let mut out = stdout();
    match args.format {
        Format::Text => writeln!(out, "{}", text(args, sweep, &found, folder))?,
        Format::Json => {
            let facts = json!({
                "id": sweep.id, "name": sweep.name, "toy": sweep.toy, "plan": found,
                "threads": threads_each(args),
            });
            writeln!(out, "{facts:#}")?;
        }
    }
    Ok(())
}

fn text(args: &SweepArgs, sweep: &Sweep, found: &Outlook, folder: &SweepsFolder) -> String {
    let mut lines: Vec<String> = sweep
        .questions
        .iter()
        .map(|of| format!("{}: {} ({} variants)", of.name, of.about, of.variants.len()))
        .collect();
    lines.push(format!(
        "{} combinations are {} runs, {} of them left to do, in {}",
        sweep.combinations.len(),
        found.n_runs,
        found.n_left,
        folder.sweep(&sweep.id).display()
    ));
    for of in &found.trainings {
        let unknown = if of.n_unknown > 0 {
            format!(", {} more that nothing tells of", of.n_unknown)
        } else {
            String::new()
        };
        lines.push(format!(
            "{:10} {} runs share {} trainings: {}{unknown}",
            of.stage,
            of.n_runs,
            of.n_trainings,
            duration(of.seconds)
        ));
    }
    lines.push(together(args, found));
    lines.join("\n")
}

/// What all trainings take, as the runs share the machine.
fn together(args: &SweepArgs, found: &Outlook) -> String {
    let threads = match threads_each(args) {
        1 => "one thread".to_owned(),
        n => format!("{n} threads"),
    };
    let how = match args.jobs {
        0 | 1 => format!(
            "{} with {threads}, one run after the other",
            duration(found.seconds)
        ),
        n => format!(
            "at least {} with {n} runs at a time of {threads} each, which may wait for trainings that they share",
            duration(shared_out(found, n))
        ),
    };
    format!(
        "Together {how}; loading, scoring and reports come on top. Trainings that are finished already take no time."
    )
}

/// Seconds if as many runs as may be are at work from the first to the last of them.
fn shared_out(found: &Outlook, n_jobs: usize) -> f64 {
    found.seconds / n_jobs.min(found.n_left).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::{Outlook, shared_out};

    #[test]
    fn no_more_runs_are_at_work_than_are_left() {
        let mut found = Outlook {
            n_runs: 9,
            n_left: 3,
            trainings: Vec::new(),
            seconds: 60.0,
        };
        let seconds =
            |found: &Outlook| [1, 2, 3, 4096].map(|n_jobs| shared_out(found, n_jobs).to_bits());
        assert_eq!(seconds(&found), [60.0, 30.0, 20.0, 20.0].map(f64::to_bits));
        (found.n_left, found.seconds) = (0, 0.0);
        assert_eq!(seconds(&found), [0.0_f64.to_bits(); 4]);
    }
}
