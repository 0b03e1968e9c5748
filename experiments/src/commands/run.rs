//! `lab run FILE`.

use std::io::{self, Write};

use anyhow::{Context as _, Result};

use crate::cli::{Format, RunArgs};
use crate::runner::{self, Plan, RunSettings};

pub(crate) fn run(args: &RunArgs) -> Result<bool> {
    if let Some(n_threads) = args.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build_global()
            .context("starting threads")?;
    }
    let plan = Plan::read(&args.experiment)?;
    let settings = RunSettings {
        runs: args.runs.clone(),
        command: command_line(),
    };
    let outcome = runner::run(&plan, &settings)?;
    let mut out = io::stdout().lock();
    match args.format {
        Format::Text => writeln!(out, "{}", outcome.report.display())?,
        Format::Json => writeln!(out, "{}", outcome.summary)?,
    }
    Ok(outcome.criteria_hold)
}

/// The command as typed, without the program's own path.
fn command_line() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).map(quote).collect();
    format!("lab {}", arguments.join(" "))
}

fn quote(argument: String) -> String {
    if argument
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_./=:,".contains(c))
    {
        argument
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}
