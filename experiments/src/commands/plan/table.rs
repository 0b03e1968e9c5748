//! The stages of a run as a table, and what making them would take.

use std::io::{self, Write};

use lab_runner::{Cost, Differing, Plan, Preview, Reason, Source, StagePreview, State};

use super::why::sentence;
use crate::cli::PlanArgs;
use crate::quantities::{bytes, duration};

pub(super) fn print_all(
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
            for part in [before, cell.as_str(), after, "  "] {
                line += part;
            }
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out)?;
    if let Some(tuning) = &found.tuning {
        writeln!(out, "{tuning}")?;
    }
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
        State::AtWork => "at work",
        State::Damaged => "damaged",
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
    if let Some(damage) = &reason.damage {
        return format!("{damage}; it is made again");
    }
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
    let known: Vec<Cost> = to_do().filter_map(|stage| stage.cost).collect();
    let n_unknown = to_do().count() - known.len();
    if known.is_empty() {
        return format!("{counts} What a run would take was never measured here.");
    }
    let seconds = Cost::seconds_of_run(&known);
    let disk: u64 = known.iter().map(|cost| cost.disk_bytes).sum();
    let memory = Cost::memory_of_run(&known);
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
