//! `lab report RUN`: tables, figures and PDF again, of what the run stored.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};
use lab_core::Error;
use lab_runner::proof::check_before_reading;

use super::study;
use crate::cli::ReportArgs;
use crate::out::stdout;

/// Names of the files and folders that a report consists of.
const PARTS: [&str; 4] = ["tables", "figures", "report.pdf", "study.json"];

/// Names of the files of a run that a report is made of.
const STORED: [&str; 2] = ["record.json", "pictures.safetensors"];

pub(crate) fn report(args: &ReportArgs) -> Result<()> {
    // What is no run at all is said by whoever reads it.
    if STORED.iter().all(|name| args.run.join(name).is_file()) {
        check_before_reading(&args.run, &STORED)?;
    }
    let (record, pictures) = lab_reports::read(&args.run)?;
    let report = if let Some(out) = &args.out {
        refuse_foreign(out)?;
        if args.study.is_empty() {
            lab_reports::write(&record, &pictures, out)?
        } else {
            let mut study = study::scored(&args.study, &args.run)?;
            study.facts.simulated.clone_from(&args.simulated);
            lab_reports::write_with_study((&record, &pictures), &study, out)?
        }
    } else {
        lab_runner::remake(&args.run, |folder| -> Result<()> {
            lab_reports::write(&record, &pictures, folder)?;
            Ok(())
        })?;
        args.run.join("report.pdf")
    };
    writeln!(stdout(), "{}", report.display())?;
    Ok(())
}

/// A report takes the place of the folders `tables` and `figures`, so that they must not be somebody's own.
fn refuse_foreign(out: &Path) -> Result<()> {
    if !out.exists() {
        return Ok(());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(out).map_err(Error::io("reading", out))? {
        let name = entry.map_err(Error::io("reading", out))?.file_name();
        found.push(name.to_string_lossy().into_owned());
    }
    let is_ours = |name: &String| PARTS.contains(&name.as_str());
    let is_report = found.iter().any(|name| name == "report.pdf") && found.iter().all(is_ours);
    if found.is_empty() || is_report {
        return Ok(());
    }
    found.sort();
    bail!(
        "'{}' holds {}, which no report put there\n  hint: --out wants a new or empty folder, or one that holds a report and nothing else",
        out.display(),
        found.join(", ")
    )
}
