//! `lab sweep --plan`: how many runs, which trainings they share, and what they would take.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::Result;
use lab_runner::sweep::{Finder, Job, Outlook, Sweep, SweepsFolder, outlook};
use serde_json::json;

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
        Format::Text => writeln!(out, "{}", text(sweep, &found, folder))?,
        Format::Json => {
            let facts =
                json!({"id": sweep.id, "name": sweep.name, "toy": sweep.toy, "plan": found});
            writeln!(out, "{facts:#}")?;
        }
    }
    Ok(())
}

fn text(sweep: &Sweep, found: &Outlook, folder: &SweepsFolder) -> String {
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
    lines.push(format!(
        "Together {} with {} threads, one run after the other; loading, scoring and reports come on top. Trainings that are \
         finished already take no time.",
        duration(found.seconds),
        rayon::current_num_threads()
    ));
    lines.join("\n")
}
