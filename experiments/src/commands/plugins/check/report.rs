//! What is printed: a line a check, or JSON.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::events::{About, Exported, Finding, Outcome};
use super::shown;
use crate::out::stdout;

/// Hexadecimal digits of a hash that are shown.
const SHORT: usize = 12;

/// A plugin and what was found.
pub(super) struct Checked {
    exported: Exported,
    parameters: String,
    findings: Vec<Finding>,
}

impl Checked {
    pub(super) fn new(exported: &Exported, parameters: &str, findings: Vec<Finding>) -> Self {
        Self {
            exported: exported.clone(),
            parameters: parameters.to_owned(),
            findings,
        }
    }
}

/// Everything that was found in a library.
pub(super) struct Report {
    path: String,
    about: About,
    checked: Vec<Checked>,
}

impl Report {
    pub(super) fn new(path: &Path, about: About) -> Self {
        Self {
            path: shown(path),
            about,
            checked: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, checked: Checked) {
        self.checked.push(checked);
    }

    /// How many checks ended so.
    pub(super) fn n(&self, outcome: Outcome) -> usize {
        let findings = self.checked.iter().flat_map(|checked| &checked.findings);
        findings
            .filter(|finding| finding.outcome == outcome)
            .count()
    }

    /// The first lines of the report: the library, its interface and its plugins.
    pub(super) fn heading(&self) -> String {
        let slow = if self.about.is_slow {
            "  built without optimisation: many times slower than it could be\n"
        } else {
            ""
        };
        format!(
            "{}\n  interface {}, BLAKE3 {}…\n  built by {}\n  plugins {}\n{slow}",
            self.path,
            self.about.interface,
            &self.about.hash[..SHORT.min(self.about.hash.len())],
            self.about.built_by,
            self.about.names()
        )
    }

    /// The last line of the report: how many checks passed, failed and were skipped.
    pub(super) fn summary(&self) -> String {
        format!(
            "{} passed, {} failed, {} skipped\n",
            self.n(Outcome::Passed),
            self.n(Outcome::Failed),
            self.n(Outcome::Skipped)
        )
    }

    /// Everything, for programs.
    pub(super) fn json(&self) -> String {
        let plugins: Vec<Value> = self
            .checked
            .iter()
            .map(|checked| {
                json!({
                    "kind": checked.exported.kind,
                    "name": checked.exported.name,
                    "version": checked.exported.version,
                    "parameters": checked.parameters,
                    "checks": checked.findings,
                })
            })
            .collect();
        let all = json!({
            "library": self.path,
            "about": self.about,
            "plugins": plugins,
            "passed": self.n(Outcome::Passed),
            "failed": self.n(Outcome::Failed),
            "skipped": self.n(Outcome::Skipped),
        });
        format!("{all:#}\n")
    }
}

/// One check on one line; what follows a line feed is moved under it.
pub(super) fn line(finding: &Finding) -> String {
    let text = finding
        .text
        .trim_end()
        .replace('\n', "\n                        ");
    format!(
        "  {:7}  {:11}  {text}\n",
        finding.outcome.word(),
        finding.check
    )
}

pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
