//! `lab plan FILE`: what a run would find, what it would make, and why.

mod table;
mod why;

use std::io::Write;
use std::sync::Arc;

use anyhow::{Result, bail};
use candle_core::Device;
use lab_core::config::nearest;
use lab_core::events::Silent;
use lab_runner::{Card, Place, Plan, Preview, StagePreview, preview};
use serde_json::json;

use crate::cli::{Format, PlanArgs};
use crate::device::device;
use crate::events;
use crate::out::stdout;

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
                "tuning": found.tuning,
                "stages": if asked.is_empty() { found.stages.iter().collect() } else { asked },
                "resolved": plan.resolved,
            });
            writeln!(out, "{facts:#}")?;
        }
        (Format::Text, true) => table::print_all(&mut out, &plan, &found, args)?,
        (Format::Text, false) => {
            for (idx, stage) in asked.into_iter().enumerate() {
                if idx > 0 {
                    writeln!(out)?;
                }
                why::print_why(&mut out, stage)?;
            }
        }
    }
    Ok(())
}

/// Where the run would happen. A card need not be here for its stages to be looked for.
fn place(args: &PlanArgs) -> Result<Place> {
    let numbered = |card: &Card<'_>| card.ordinal.parse::<usize>().is_ok();
    let card = Card::named(&args.device).filter(numbered);
    let (here, other) = match (device(&args.device), card) {
        (Err(_), Some(card)) => (Device::Cpu, Some(card.key())),
        (found, _) => (found?, None),
    };
    Ok(Place {
        runs: args.runs.clone(),
        device: here,
        other_device: other,
    })
}

/// The stages that `--why` names; none if it is not given.
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
