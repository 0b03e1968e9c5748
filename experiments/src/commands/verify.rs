//! `lab verify RUN`: whether a finished run is what it was, and whether it comes out the same again.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use lab_runner::proof::{Again, How, Verdict, check_before_reading, compare, verify as check};
use lab_runner::{Plan, RunSettings, Scratch};
use serde_json::json;

use crate::cli::{Format, VerifyArgs};
use crate::device::device;
use crate::events::Events;
use crate::out::stdout;
use crate::stop;

pub(crate) fn verify(args: &VerifyArgs) -> Result<bool> {
    let verdict = check(&args.run)?;
    let again = if args.rerun && verdict.is_whole {
        Some(rerun(&args.run, args.tolerance)?)
    } else {
        None
    };
    let mut out = stdout();
    match args.format {
        Format::Text => {
            print(&mut out, &verdict)?;
            match &again {
                Some(again) => print_again(&mut out, again)?,
                None if args.rerun => writeln!(out, "not made again: it is not what it was")?,
                None => {}
            }
        }
        Format::Json => {
            let mut facts = serde_json::to_value(&verdict)?;
            facts["rerun"] = json!(again);
            writeln!(out, "{facts:#}")?;
        }
    }
    let is_same = again.is_none_or(|again| again.differences.is_empty());
    Ok(verdict.is_whole && is_same)
}

/// Makes a run again, of what it stored of itself, and holds the two against each other.
fn rerun(run: &Path, tolerance: f64) -> Result<Again> {
    let manifest = check_before_reading(run, &["run.ron", "record.json"])?;
    let (record, _) = lab_reports::read(run)?;
    let plan = Plan::again(run, &record)?;
    let scratch = Scratch::new("lab-verify")
        .context("making a folder for the run; TMPDIR names another place")?;
    let events = Arc::new(Events::new(stop::on_request()?));
    let settings = RunSettings {
        runs: scratch.path().to_owned(),
        device: device(&manifest.measured.device)?,
        command: record.provenance.command,
        watcher: events.clone(),
    };
    let made = lab_runner::run(&plan, &settings)?;
    events.during("report", || lab_reports::make(made.folder(), made.folder()))?;
    let outcome = made.finish()?;
    Ok(compare(run, &outcome.folder, tolerance)?)
}

fn print(out: &mut impl Write, verdict: &Verdict) -> io::Result<()> {
    let name = if verdict.name.is_empty() {
        "a run".to_owned()
    } else {
        format!("{} {}", verdict.name, verdict.run_hash)
    };
    let (n_files, n_inputs, n_stages) = (verdict.n_files, verdict.n_inputs, verdict.n_stages);
    let n_differing = verdict.findings.len();
    if verdict.is_whole {
        writeln!(
            out,
            "{name}: whole. {n_files} files, {n_inputs} inputs and {n_stages} stages are what they were"
        )?;
    } else {
        writeln!(
            out,
            "{name}: not what it was. {n_differing} of {n_files} files, {n_inputs} inputs and {n_stages} stages:"
        )?;
    }
    for finding in &verdict.findings {
        writeln!(out, "  {}: {}", finding.file, finding.problem)?;
    }
    for text in &verdict.not_checked {
        writeln!(out, "not checked: {text}")?;
    }
    for text in &verdict.unproven {
        writeln!(out, "missing for a proof: {text}")?;
    }
    Ok(())
}

fn print_again(out: &mut impl Write, again: &Again) -> io::Result<()> {
    for note in &again.notes {
        writeln!(out, "note: {note}")?;
    }
    let (n, n_differing) = (again.n_compared, again.differences.len());
    match &again.how {
        How::Bytes => writeln!(
            out,
            "made again on the same features of the processor, and compared byte by byte: {n_differing} of {n} files differ"
        )?,
        How::Scores { tolerance, why } => writeln!(
            out,
            "made again, and compared by headline scores, which may differ by {tolerance}, as {why}: {n_differing} of {n} scores differ by more; the largest difference is {:.4}",
            again.largest.unwrap_or_default()
        )?,
    }
    for difference in &again.differences {
        let (expected, found) = (&difference.expected, &difference.found);
        writeln!(
            out,
            "  {}: expected {expected}, found {found}",
            difference.what
        )?;
    }
    Ok(())
}
