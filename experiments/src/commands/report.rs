//! `lab report RUN`: tables, figures and PDF again, of what the run stored.

use std::io::Write;

use anyhow::Result;
use lab_runner::proof::check_before_reading;

use super::{own_folder, study};
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
        own_folder::refuse_foreign(out, &PARTS, "report.pdf")?;
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
