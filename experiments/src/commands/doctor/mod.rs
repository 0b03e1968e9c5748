//! `lab doctor`: what this machine has, and what to do about what is missing.
//!
//! Everything that is asked for may be missing or look otherwise than here; then less is said. Programs that are asked have a
//! few seconds to answer.

mod asked;
mod data;
mod disk;
mod machine;
mod others;
mod show;
mod system;

use std::io::Write;

use anyhow::Result;
use serde::Serialize;

use crate::cli::{DoctorArgs, Format};
use crate::out::stdout;

/// How something that was looked at stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// It is as it should be, or no more than a fact.
    Fine,
    /// Something is missing that some work needs.
    Missing,
    /// Something keeps `lab run` from working.
    Stops,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: String,
    found: String,
    state: State,
    /// What to do, if there is something to do.
    remedy: Option<String>,
}

/// Findings about one part of the machine.
#[derive(Debug, Serialize)]
struct Group {
    title: &'static str,
    findings: Vec<Finding>,
}

impl Finding {
    fn fine(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            found: found.into(),
            state: State::Fine,
            remedy: None,
        }
    }

    fn missing(
        what: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            state: State::Missing,
            remedy: Some(remedy.into()),
            ..Self::fine(what, found)
        }
    }

    fn stops(what: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            state: State::Stops,
            ..Self::missing(what, found, remedy)
        }
    }
}

/// Whether `lab run` can work here.
pub(crate) fn doctor(args: &DoctorArgs) -> Result<bool> {
    let groups = vec![
        machine::processor(),
        machine::memory(),
        disk::disk(&args.runs),
        machine::limits(),
        others::cards(),
        others::slurm(),
        others::python(),
        data::data(&args.files),
        others::variables(),
    ];
    let works = !groups
        .iter()
        .flat_map(|group| &group.findings)
        .any(|finding| finding.state == State::Stops);
    let mut out = stdout();
    match args.format {
        Format::Text => write!(out, "{}", show::text(&groups))?,
        Format::Json => {
            let facts = serde_json::json!({ "works": works, "groups": groups });
            writeln!(out, "{facts:#}")?;
        }
    }
    Ok(works)
}
