//! `lab run FILE`: one experiment, to its report.

use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use lab_runner::{Only, Plan, RunSettings};

use crate::cli::{ExperimentArgs, Format, RunArgs};
use crate::command_line::typed;
use crate::device::device;
use crate::events::{self, Events};
use crate::out::stdout;
use crate::stop;

pub(crate) fn run(args: &RunArgs) -> Result<bool> {
    let plan = Plan::read(&args.experiment.written())?;
    let events = Arc::new(Events::new(stop::on_request()?));
    events::say_toy(plan.toy.as_deref());
    plan.warnings().iter().for_each(|text| events.warn(text));
    plan.too_long().iter().for_each(|text| events.warn(text));
    let settings = RunSettings {
        runs: args.runs.clone(),
        device: device(&args.device)?,
        command: command_line(&args.experiment),
        watcher: events.clone(),
    };
    if let Some(only) = &args.only {
        lab_runner::make_only(&plan, &settings, Only::read(only)?)?;
        return Ok(true);
    }
    let run = lab_runner::run(&plan, &settings)?;
    // Made of what was stored, as `lab report` does, so that one can always be made again as the other was.
    if !run.take_report()? {
        events.during("report", || lab_reports::make(run.folder(), run.folder()))?;
    }
    let outcome = run.finish()?;
    let report = outcome.folder.join("report.pdf");
    outcome
        .warnings
        .iter()
        .for_each(|(_, text)| events.warn(text));
    for row in &outcome.failed {
        events::line(&format!(
            "failed: {}, and it is {}",
            row.criterion, row.value
        ));
    }
    events::say_toy(plan.toy.as_deref());
    let mut out = stdout();
    match args.format {
        Format::Text => writeln!(out, "{}", report.display())?,
        Format::Json => writeln!(out, "{}", outcome.summary)?,
    }
    Ok(outcome.failed.is_empty())
}

/// The command, as far as it decides the result: threads, folders and formats do not, nor the way to the file.
fn command_line(args: &ExperimentArgs) -> String {
    let file = args.file.file_name().unwrap_or_default();
    let mut words = vec!["run".to_owned(), file.to_string_lossy().into_owned()];
    for set in &args.sets {
        words.extend(["--set".to_owned(), set.clone()]);
    }
    for plugin in &args.plugins {
        words.extend(["--plugin".to_owned(), plugin.clone()]);
    }
    if args.smoke {
        words.push("--smoke".to_owned());
    }
    typed(&words)
}
