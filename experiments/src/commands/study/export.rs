//! `lab study export STUDY --out DIR`: what was answered, under made-up names.

use std::io::Write;

use anyhow::Result;

use crate::cli::StudyExportArgs;
use crate::out::stdout;

pub(super) fn export(args: &StudyExportArgs) -> Result<()> {
    let exported = lab_study::export::export(&args.study, &args.out, args.mapping.as_deref())?;
    let mut out = stdout();
    writeln!(
        out,
        "{} decisions of {} people",
        exported.n_decisions, exported.n_people
    )?;
    writeln!(out, "{}", args.out.join("decisions.csv").display())?;
    Ok(())
}
