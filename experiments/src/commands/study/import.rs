//! `lab study import FILE… --out FILE`: tables of other tools as one of decisions.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};
use lab_core::Error;
use lab_study::{Study, class};

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
    if let Some(study) = &args.study {
        handed_in(study, args)?;
        writeln!(stdout(), "{}", args.out.display())?;
        return Ok(());
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

/// Answers of pages without a server, joined with the study's key.
fn handed_in(study: &Path, args: &StudyImportArgs) -> Result<()> {
    let study = Study::open(study)?;
    let mut files = Vec::new();
    for file in &args.table.files {
        let bytes = fs::read(file).map_err(Error::io("reading", file))?;
        files.push((file.display().to_string(), bytes));
    }
    let decided = class::decided(&study, &class::read(&files)?)?;
    let text = lab_study::export::decisions(&decided).text();
    fs::write(&args.out, text).map_err(Error::io("writing", &args.out))?;
    Ok(())
}
