//! `lab data check NAME DIR`.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use lab_data::check::check as load;

use super::context;
use crate::cli::Format;
use crate::out::stdout;

pub(super) fn check(name: &str, folder: &Path, format: Format) -> Result<()> {
    let checked = load(&context(1), name, folder)?;
    let mut out = stdout();
    match format {
        Format::Text => write!(out, "{}", checked.lines())?,
        Format::Json => writeln!(out, "{:#}", checked.facts())?,
    }
    Ok(())
}
