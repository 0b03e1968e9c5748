//! `lab study import FILE… --out FILE`: tables of other tools as one of decisions.

use std::io::Write;

use anyhow::{Result, bail};

use super::tables;
use crate::cli::StudyImportArgs;
use crate::out::stdout;

pub(super) fn import(args: &StudyImportArgs) -> Result<()> {
    if args.out.exists() {
        bail!(
            "'{}' exists already\n  hint: --out names a new file; nothing is overwritten",
            args.out.display()
        );
    }
    let read = tables::read(&args.table)?;
    if read.decisions.is_empty() {
        bail!(
            "the tables hold counts and no decisions\n  hint: `lab study score` reads counts as they are"
        );
    }
    lab_study::tables::write(&read.decisions, &args.out)?;
    for note in &read.notes {
        tracing::info!("{note}");
    }
    writeln!(stdout(), "{}", args.out.display())?;
    Ok(())
}
