//! `lab plugins …`: list, explain, make and check plugins.

mod check;
mod explain;
mod list;
mod new;

use std::io::Write as _;

use anyhow::Result;
use lab_runner::libraries;

use crate::cli::PluginsCommand;
use crate::out::stdout;

/// Does what was asked; `false` means that a check failed.
pub(crate) fn plugins(command: &PluginsCommand) -> Result<bool> {
    let text = match command {
        PluginsCommand::List {
            pattern,
            plugins,
            format,
        } => {
            libraries::of_arguments(plugins)?;
            list::list(pattern.as_deref().unwrap_or("*"), *format)?
        }
        PluginsCommand::Explain {
            name,
            plugins,
            format,
        } => {
            libraries::of_arguments(plugins)?;
            explain::explain(name, *format)?
        }
        PluginsCommand::New(args) => new::new(args)?,
        PluginsCommand::Check(args) => return check::check(args),
        PluginsCommand::Probe(args) => return check::probe(args),
    };
    stdout().write_all(text.as_bytes())?;
    Ok(true)
}
