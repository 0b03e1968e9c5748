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
    is_new(&args.out)?;
    if let Some(study) = &args.study {
        return handed_in(study, args);
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

fn is_new(path: &Path) -> Result<()> {
    if path.exists() {
        bail!(
            "'{}' exists already\n  hint: --out names a new file; nothing is overwritten",
            path.display()
        );
    }
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
    let handed = class::read(&files)?;
    let decided = class::decided(&study, &handed)?;
    let remarks = class::remarks(&handed);
    let mut tables = vec![(
        args.out.clone(),
        lab_study::export::decisions(&decided).text(),
    )];
    if !remarks.rows.is_empty() {
        tables.push((args.out.with_extension("remarks.csv"), remarks.text()));
    }
    for (path, _) in &tables {
        is_new(path)?;
    }
    for (path, text) in tables {
        fs::write(&path, text).map_err(Error::io("writing", &path))?;
        writeln!(stdout(), "{}", path.display())?;
    }
    Ok(())
}
