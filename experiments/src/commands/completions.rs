//! `lab completions SHELL`.

use std::io;

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::out::stdout;

pub(crate) fn completions(shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "lab", &mut script);
    io::Write::write_all(&mut stdout(), &script)?;
    Ok(())
}
