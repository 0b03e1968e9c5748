//! `lab plan FILE`: what a run would find, what it would make, and why.

use std::io::{self, Write};
use std::sync::Arc;

use anyhow::{Result, bail};
use candle_core::Device;
use lab_core::config::nearest;
use lab_core::events::Silent;
use lab_runner::{Differing, Place, Plan, Preview, Reason, Source, StagePreview, State, preview};
use serde_json::json;

use crate::cli::{Format, PlanArgs};
use crate::device::device;
use crate::events;
use crate::out::stdout;
use crate::quantities::{bytes, date, duration};

pub(crate) fn plan(args: &PlanArgs) -> Result<()> {
    let plan = Plan::read(&args.experiment.written())?;
    events::say_toy(plan.toy.as_deref());
    plan.warnings().iter().for_each(|text| events::warn(text));
    plan.check_sizes()?;
    let found = preview(&plan, &place(args)?, Arc::new(Silent))?;
    let asked = asked(args, &found)?;
    let mut out = stdout();
    match (args.format, asked.is_empty()) {
        (Format::Json, _) => {
            let facts = json!({
                "name": plan.experiment.name,
                "seed": plan.experiment.seed,
                "run_hash": plan.run_hash,
                "toy": plan.toy,
                "folder": found.folder,
                "is_finished": found.is_finished,
                "device": found.device,
                "stages": if asked.is_empty() { found.stages.iter().collect() } else { asked },
                "resolved": plan.resolved,
            });
            writeln!(out, "{facts:#}")?;
        }
        (Format::Text, true) => print_all(&mut out, &plan, &found, args)?,
        (Format::Text, false) => {
            for (idx, stage) in asked.into_iter().enumerate() {
                if idx > 0 {
                    writeln!(out)?;
                }
                print_why(&mut out, stage)?;
            }
        }
    }
    Ok(())
}

/// Where the run would happen. A card need not be here for its stages to be looked for.
fn place(args: &PlanArgs) -> Result<Place> {
    let (here, other) = match device(&args.device) {
        Err(_) if args.device.starts_with("cuda") => (Device::Cpu, Some("cuda")),
        found => (found?, None),
    };
    Ok(Place {
        runs: args.runs.clone(),
        device: here,
        other_device: other,
    })
}

/// The stages that `--why` names.
fn asked<'a>(args: &PlanArgs, found: &'a Preview) -> Result<Vec<&'a StagePreview>> {
    let mut all = Vec::new();
    for name in &args.why {
        let stages = || found.stages.iter();
        let before = all.len();
        all.extend(stages().filter(|stage| stage.stage == *name || stage.label() == *name));
        if all.len() == before {
            let mut names: Vec<&str> = stages().map(|stage| &*stage.stage).collect();
            names.dedup();
            let meant = nearest(name, names.iter().copied())
                .map_or(String::new(), |name| format!("did you mean '{name}'? "));
            bail!(
                "--why {name}: there is no such stage\n  hint: {meant}its stages: {}",
                names.join(", ")
            );
        }
    }
    Ok(all)
}

fn print_all(
    out: &mut impl Write,
    plan: &Plan,
    found: &Preview,
    args: &PlanArgs,
) -> io::Result<()> {
    let experiment = &plan.experiment;
    writeln!(
        out,
        "{}, seed {}, on {}, in {}{}",
        experiment.name,
        experiment.seed,
        found.device,
        found.folder.display(),
        if found.is_finished {
            ", which is finished"
        } else {
            ""
        }
    )?;
    writeln!(out)?;
    let rows: Vec<[String; 6]> = found.stages.iter().map(|stage| row(stage, found)).collect();
    let titles = ["stage", "state", "time", "memory", "disk", "why"].map(str::to_owned);
    let width = |column: usize| {
        let cells = rows
            .iter()
            .chain([&titles])
            .map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    for row in std::iter::once(&titles).chain(&rows) {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let room = width(column).saturating_sub(cell.chars().count());
            let blank = " ".repeat(room);
            let is_number = (2..5).contains(&column);
            let (before, after) = if is_number {
                (&*blank, "")
            } else {
                ("", &*blank)
            };
            line += &format!("{before}{cell}{after}  ");
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out)?;
    writeln!(out, "{}", summary(found))?;
    writeln!(
        out,
        "Every default: lab check {}. What a stage was compared with: --why STAGE.",
        args.experiment.file.display()
    )
}

fn row(stage: &StagePreview, found: &Preview) -> [String; 6] {
    let state = match stage.state {
        State::There => "there",
        State::Unfinished { .. } => "unfinished",
        State::Missing => "missing",
    };
    let why = stage
        .reason
        .as_ref()
        .map(|reason| few_words(stage, reason, found));
    let mut why = why.unwrap_or_default();
    if let State::Unfinished {
        steps: Some(steps), ..
    } = stage.state
    {
        why = format!("{steps} steps are kept; {why}");
    }
    let [time, memory, disk] = match (&stage.cost, stage.state) {
        (_, State::There) => Default::default(),
        (None, _) => ["not measured", "", ""].map(str::to_owned),
        (Some(cost), _) => {
            let about = if cost.source == Source::InProportion {
                "~"
            } else {
                ""
            };
            [
                format!("{about}{}", duration(cost.seconds)),
                cost.memory_bytes.map_or(String::new(), bytes),
                bytes(cost.disk_bytes),
            ]
        }
    };
    [stage.label(), state.to_owned(), time, memory, disk, why]
}

/// Why a stage is not there, in a few words.
fn few_words(stage: &StagePreview, reason: &Reason, found: &Preview) -> String {
    if reason.nearest.is_none() {
        return "none was ever made".to_owned();
    }
    let is_own = |one: &&Differing| one.begins_in == stage.stage;
    let own = reason.differences.iter().find(is_own);
    let is_listed = |one: &&Differing| {
        let mut others = found.stages.iter();
        others.any(|other| other.stage == one.begins_in && other.state != State::There)
    };
    let Some(first) = own.or_else(|| reason.differences.iter().find(|one| !is_listed(one))) else {
        return match reason.differences.first() {
            Some(one) => format!("follows {}", one.begins_in),
            None => "another version of lab made the others".to_owned(),
        };
    };
    let more = match reason.differences.len() {
        1 => String::new(),
        n => format!(", and {} more", n - 1),
    };
    let (now, then) = first.shown();
    format!(
        "{} {}{more}",
        first.what,
        sentence(now.as_deref(), then.as_deref())
    )
}

fn sentence(now: Option<&str>, then: Option<&str>) -> String {
    match (now, then) {
        (Some(now), Some(then)) => format!("is {now}, was {then}"),
        (Some(now), None) => format!("is {now}, was not there"),
        (None, Some(then)) => format!("is not there, was {then}"),
        (None, None) => "differs".to_owned(),
    }
}

fn summary(found: &Preview) -> String {
    let n = |is: fn(&State) -> bool| found.stages.iter().filter(|stage| is(&stage.state)).count();
    let n_there = n(|state| *state == State::There);
    let n_begun = n(|state| matches!(state, State::Unfinished { .. }));
    let n_missing = found.stages.len() - n_there - n_begun;
    let mut counts = vec![format!("{n_there} there")];
    for (n, word) in [(n_begun, "unfinished"), (n_missing, "missing")] {
        if n > 0 {
            counts.push(format!("{n} {word}"));
        }
    }
    let counts = format!("{} stages: {}.", found.stages.len(), counts.join(", "));
    let to_do = || {
        found
            .stages
            .iter()
            .filter(|stage| stage.state != State::There)
    };
    if to_do().next().is_none() {
        return format!("{counts} A run would train nothing.");
    }
    let known: Vec<_> = to_do().filter_map(|stage| stage.cost.as_ref()).collect();
    let n_unknown = to_do().count() - known.len();
    if known.is_empty() {
        return format!("{counts} What a run would take was never measured here.");
    }
    let seconds: f64 = known.iter().map(|cost| cost.seconds).sum();
    let disk: u64 = known.iter().map(|cost| cost.disk_bytes).sum();
    let memory = known.iter().filter_map(|cost| cost.memory_bytes).max();
    let memory = memory.map_or(String::new(), |most| format!(", {} of memory", bytes(most)));
    let unknown = match n_unknown {
        0 => String::new(),
        1 => ", and one stage that was never measured".to_owned(),
        n => format!(", and {n} stages that were never measured"),
    };
    format!(
        "{counts} A run would take {}{memory} and {} of disk{unknown}.",
        duration(seconds),
        bytes(disk)
    )
}

/// What differs between a stage and the nearest finished one, with both values.
fn print_why(out: &mut impl Write, stage: &StagePreview) -> io::Result<()> {
    let name = &stage.label();
    match stage.state {
        State::There => {
            return writeln!(out, "{name} is there: {}", stage.folder.display());
        }
        State::Missing => write!(out, "{name} is missing. ")?,
        State::Unfinished { steps, kept } => {
            let steps = steps.map_or(String::new(), |steps| format!(" after {steps} steps"));
            let kept = kept.map_or("nothing of it is kept yet".to_owned(), |kept| {
                format!("it goes on from what was kept{steps} at {}", date(kept))
            });
            write!(out, "{name} is unfinished: {kept}. ")?;
        }
    }
    let Some(reason) = &stage.reason else {
        return writeln!(out);
    };
    let Some(nearest) = &reason.nearest else {
        return writeln!(out, "No stage of this name was ever made here.");
    };
    let of = match nearest.of {
        1 => "The only finished one".to_owned(),
        n => format!("The nearest of {n} finished ones"),
    };
    let made = nearest
        .made
        .map_or(String::new(), |made| format!(", made at {}", date(made)));
    writeln!(out, "{of} is {}{made}.", nearest.folder.display())?;
    if reason.differences.is_empty() {
        return writeln!(
            out,
            "Nothing that is listed differs: another version of lab made it."
        );
    }
    let mut begins_in: Option<&str> = None;
    let width = reason
        .differences
        .iter()
        .map(|one| one.what.chars().count())
        .max();
    for one in &reason.differences {
        if begins_in != Some(&one.begins_in) {
            begins_in = Some(&one.begins_in);
            if one.begins_in == stage.stage {
                writeln!(out, "What differs:")?;
            } else {
                writeln!(out, "What differs begins in {}:", one.begins_in)?;
            }
        }
        let (now, then) = one.shown();
        let values = sentence(now.as_deref(), then.as_deref());
        writeln!(
            out,
            "  {:width$}  {values}",
            one.what,
            width = width.unwrap_or_default()
        )?;
    }
    Ok(())
}
