//! What a worker tells: lines of JSON on its output, marked, as the plugin may print there as well.

use std::io::Write as _;

use crate::out::stdout;
use serde::{Deserialize, Serialize};

/// Begins a line of ours (the control character "record separator").
pub(super) const MARK: char = '\u{1e}';

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Passed,
    Failed,
    /// It does not apply.
    Skipped,
}

impl Outcome {
    /// Its word in tables.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::Skipped => "skipped",
        }
    }
}

/// What a check says: how it ended and a text, or an error, which is a failure.
pub(super) type Said = lab_core::Result<(Outcome, String)>;

/// What a check found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Finding {
    /// Name of the check.
    pub(super) check: String,
    pub(super) outcome: Outcome,
    /// Figures, or what is wrong, or why it does not apply.
    pub(super) text: String,
    pub(super) seconds: f64,
}

/// One plugin of a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Exported {
    /// Its capability, in words.
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) version: String,
}

/// A library that was loaded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct About {
    /// Version of the interface, of both sides.
    pub(super) interface: String,
    /// BLAKE3 of the file.
    pub(super) hash: String,
    /// What built it, in its own words.
    pub(super) built_by: String,
    /// Whether it was built without optimisation.
    pub(super) is_slow: bool,
    pub(super) plugins: Vec<Exported>,
}

impl About {
    /// Names of its plugins.
    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self
            .plugins
            .iter()
            .map(|exported| exported.name.as_str())
            .collect();
        names.join(", ")
    }
}

/// One line of a worker.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Event {
    /// The library was loaded.
    Loaded(About),
    /// The library was refused, with the error's words.
    Refused(String),
    /// A check begins.
    Begin(String),
    /// The check has ended.
    End(Finding),
}

/// Tells the other `lab`. A line feed in front ends what the plugin may have printed without one.
pub(super) fn tell(event: &Event) -> anyhow::Result<()> {
    let mut out = stdout();
    writeln!(out, "\n{MARK}{}", serde_json::to_string(event)?)?;
    Ok(out.flush()?)
}

/// What a line tells, if it is one of ours.
pub(super) fn read(line: &str) -> Option<Event> {
    serde_json::from_str(line.strip_prefix(MARK)?).ok()
}
