//! `lab check FILE`: everything that can be known before the data is read.

use std::io::{self, Write};

use anyhow::Result;
use serde_json::json;

use crate::cli::{CheckArgs, Format};
use crate::events;
use crate::out::stdout;
use lab_runner::{Plan, StageEstimate, estimate};

pub(crate) fn check(args: &CheckArgs) -> Result<()> {
    let plan = Plan::read(&args.experiment.written())?;
    plan.warnings().iter().for_each(|text| events::warn(text));
    // At toy size nothing is worth an estimate.
    let stages = if args.experiment.smoke {
        Vec::new()
    } else {
        estimate(&plan)?
    };
    let mut out = stdout();
    match args.format {
        Format::Text => {
            writeln!(out, "{}", plan.resolved.trim_end())?;
            print(&mut out, &stages)?;
        }
        Format::Json => {
            let facts = json!({
                "name": plan.experiment.name,
                "seed": plan.experiment.seed,
                "run_hash": plan.run_hash,
                "files": plan.files,
                "estimate": stages,
                "resolved": plan.resolved,
            });
            writeln!(out, "{facts:#}")?;
        }
    }
    Ok(())
}

/// The estimate as comments, so that what is printed stays an experiment file.
fn print(out: &mut impl Write, stages: &[StageEstimate]) -> io::Result<()> {
    if stages.is_empty() {
        return Ok(());
    }
    let n_threads = rayon::current_num_threads();
    writeln!(
        out,
        "// Estimate on this machine, {n_threads} threads, from a few updates each:"
    )?;
    for stage in stages {
        let time = duration(stage.seconds);
        writeln!(
            out,
            "//   {}: {} updates, {time}",
            stage.stage, stage.n_updates
        )?;
    }
    Ok(())
}

/// Seconds as people say them.
fn duration(seconds: f64) -> String {
    const UNITS: [(f64, &str); 4] = [
        (86_400.0, "days"),
        (3600.0, "hours"),
        (60.0, "min"),
        (0.0, "s"),
    ];
    let (unit, name) = UNITS
        .into_iter()
        .find(|(unit, _)| seconds >= 2.0 * unit)
        .unwrap_or((0.0, "s"));
    format!("{:.0} {name}", (seconds / unit.max(1.0)).ceil())
}
