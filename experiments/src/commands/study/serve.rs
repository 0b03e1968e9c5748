//! `lab study serve STUDY`: the study's pages, until it is told to stop.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};
use lab_core::Error;
use lab_study::server::{Options, Serving, serve as serve_study};

use crate::cli::StudyServeArgs;
use crate::events;
use crate::out::stdout;
use crate::stop;

/// Fewest letters of an operator's token: fewer could be guessed.
const N_LETTERS: usize = 16;

pub(super) fn serve(args: &StudyServeArgs) -> Result<()> {
    let stop = stop::at_once()?;
    let options = Options {
        behind_proxy: args.behind_proxy,
        operator_token: args.operator_token.as_deref().map(token).transpose()?,
        ..Options::default()
    };
    let is_given = options.operator_token.is_some();
    serve_study(&args.study, args.bind, &options, &stop, |serving| {
        // Whoever reads no output can still be served.
        let _ = say(serving, is_given);
    })?;
    events::line("stopped: every answer that was acknowledged is stored");
    Ok(())
}

fn say(serving: &Serving, is_given: bool) -> std::io::Result<()> {
    let mut out = stdout();
    writeln!(out, "participants: http://{}/", serving.address)?;
    writeln!(out, "operator:     http://{}/operator", serving.address)?;
    if !is_given {
        writeln!(out, "token:        {}", serving.operator_token)?;
    }
    out.flush()?;
    serving.notes.iter().for_each(|note| events::line(note));
    Ok(())
}

fn token(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).map_err(Error::io("reading", path))?;
    let token = text.trim();
    if token.len() < N_LETTERS {
        bail!(
            "'{}': expected a token of at least {N_LETTERS} letters, got {}\n  hint: leave --operator-token out, and a fresh one is printed",
            path.display(),
            token.len()
        );
    }
    Ok(token.to_owned())
}
