//! `lab runs` and `lab runs clean`.

mod clean;
mod show;

use std::io::Write;

use anyhow::Result;
use lab_runner::runs::list;

use crate::cli::{Format, RunsArgs, RunsCommand};
use crate::out::stdout;

pub(crate) fn runs(args: &RunsArgs) -> Result<()> {
    if let Some(RunsCommand::Clean { yes, toy }) = args.command {
        return clean::clean(args, yes, toy);
    }
    let found = list(&args.runs)?;
    let mut out = stdout();
    match args.format {
        Format::Text => write!(out, "{}", show::listing(&args.runs, &found))?,
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&found)?)?,
    }
    Ok(())
}
