//! `lab check FILE`: everything that can be known before the data is read.

use std::io::{self, Write};

use anyhow::Result;
use serde_json::json;

use crate::cli::{CheckArgs, Format};
use crate::runner::Plan;

pub(crate) fn check(args: &CheckArgs) -> Result<()> {
    let plan = Plan::read(&args.experiment)?;
    let mut out = io::stdout().lock();
    match args.format {
        Format::Text => {
            writeln!(out, "{}", plan.resolved)?;
        }
        Format::Json => {
            let facts = json!({
                "name": plan.experiment.name,
                "seed": plan.experiment.seed,
                "run_hash": plan.run_hash,
                "files": plan.files,
                "resolved": plan.resolved,
            });
            writeln!(out, "{facts:#}")?;
        }
    }
    Ok(())
}
