//! `lab study pages STUDY --out FILE.zip`: a study without a server.

use std::io::Write;

use anyhow::{Result, bail};
use lab_study::Study;
use lab_study::class::write_pages;

use crate::cli::StudyPagesArgs;
use crate::out::stdout;

pub(super) fn pages(args: &StudyPagesArgs) -> Result<()> {
    if args.out.exists() {
        bail!(
            "'{}' exists already\n  hint: --out names a new file; nothing is overwritten",
            args.out.display()
        );
    }
    let study = Study::open(&args.study)?;
    write_pages(&study, args.pages, &args.out)?;
    writeln!(stdout(), "{}", args.out.display())?;
    Ok(())
}
