//! `lab plugins check`: tests the plugins of any shared library.
//!
//! A crash inside a library cannot be survived, so nothing of it runs in this process: each plugin is checked by another
//! `lab` (`worker`), which says what it begins and what came out (`events`). If it dies, the check that it was at has
//! failed, and the next worker goes on behind it (`child`).

mod child;
mod events;
mod kinds;
mod measure;
mod report;
mod worker;

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::cli::{CheckPluginsArgs, Format, ProbeArgs};
use child::Child;
use events::{About, Exported, Finding, Outcome};
use report::{Checked, Report};

/// The checks, in their order.
pub(super) const CHECKS: [&str; 9] = [
    "parameters",
    "prepare",
    "contract",
    "vjp",
    "state",
    "stop",
    "determinism",
    "threads",
    "speed",
];
/// The check that this process makes, with two workers that have different numbers of threads.
const DETERMINISM: &str = "determinism";
/// What such a worker is asked for: a hash of everything that the plugin gives.
const FINGERPRINT: &str = "fingerprint";
/// The check without which the later ones have nothing to work with.
const PREPARE: &str = "prepare";

/// Checks a library and prints what came out; `false` if a check failed.
pub(super) fn check(args: &CheckPluginsArgs) -> Result<bool> {
    if !args.library.exists() {
        bail!(
            "'{}': there is no such file\n  hint: name the .so file that building the plugin made",
            args.library.display()
        );
    }
    let about = child::about(&args.library, Duration::from_secs(args.limit))?;
    let subjects = subjects(&about, &args.configs)?;
    let mut report = Report::new(&args.library, about);
    let is_text = args.format == Format::Text;
    if is_text {
        report::print(&report.heading())?;
    }
    for (exported, parameters) in &subjects {
        report.add(one(args, exported, parameters)?);
    }
    report::print(&if is_text {
        report.summary()
    } else {
        report.json()
    })?;
    Ok(report.n(Outcome::Failed) == 0)
}

/// Checks one plugin; each line is printed as soon as it is known.
fn one(args: &CheckPluginsArgs, exported: &Exported, parameters: &str) -> Result<Checked> {
    let is_text = args.format == Format::Text;
    if is_text {
        let Exported { kind, name, .. } = exported;
        report::print(&format!("{kind} {name}{parameters}\n"))?;
    }
    let child = Child {
        library: &args.library,
        exported,
        parameters,
        full: args.full,
        limit: Duration::from_secs(args.limit),
    };
    let findings = all(&child, &mut |finding| {
        if is_text {
            report::print(&report::line(finding))?;
        }
        Ok(())
    })?;
    Ok(Checked::new(exported, parameters, findings))
}

/// Answers another `lab`.
pub(super) fn probe(args: &ProbeArgs) -> Result<bool> {
    worker::work(args).map(|()| true)
}

/// Every check of one plugin.
fn all(child: &Child<'_>, told: &mut dyn FnMut(&Finding) -> Result<()>) -> Result<Vec<Finding>> {
    let before = CHECKS
        .iter()
        .position(|name| *name == DETERMINISM)
        .unwrap_or(0);
    let mut findings = child.run(&CHECKS[..before], told)?;
    let is_ready = findings
        .iter()
        .all(|finding| finding.check != PREPARE || finding.outcome == Outcome::Passed);
    if !is_ready {
        return Ok(findings);
    }
    let determinism = determinism(child)?;
    told(&determinism)?;
    findings.push(determinism);
    findings.extend(child.run(&CHECKS[before + 1..], told)?);
    Ok(findings)
}

/// The same bytes from two processes, one with one thread and one with two.
fn determinism(child: &Child<'_>) -> Result<Finding> {
    let one = child.with_threads(1, FINGERPRINT)?;
    let two = child.with_threads(2, FINGERPRINT)?;
    let (outcome, text) = match (one.outcome, two.outcome) {
        (Outcome::Passed, Outcome::Passed) if one.text == two.text => (
            Outcome::Passed,
            format!(
                "the same bytes twice, and from 1 and 2 threads ({})",
                one.text
            ),
        ),
        (Outcome::Passed, Outcome::Passed) => (
            Outcome::Failed,
            format!(
                "other bytes from 1 thread ({}) than from 2 ({})",
                one.text, two.text
            ),
        ),
        (Outcome::Passed, _) => (two.outcome, two.text),
        _ => (one.outcome, one.text),
    };
    Ok(Finding {
        check: DETERMINISM.into(),
        outcome,
        text,
        seconds: one.seconds + two.seconds,
    })
}

/// Which plugins are checked, with which parameters.
fn subjects(about: &About, configs: &[String]) -> Result<Vec<(Exported, String)>> {
    if configs.is_empty() {
        let default = |exported: &Exported| (exported.clone(), "()".to_owned());
        return Ok(about.plugins.iter().map(default).collect());
    }
    let subject = |config: &String| -> Result<(Exported, String)> {
        let (name, parameters) = config.split_at(config.find('(').unwrap_or(config.len()));
        let (name, names) = (name.trim(), about.names());
        let parameters = if parameters.is_empty() {
            "()"
        } else {
            parameters
        };
        let found: Vec<&Exported> = about
            .plugins
            .iter()
            .filter(|exported| name.is_empty() || exported.name == name)
            .collect();
        match found.as_slice() {
            [one] => Ok(((*one).clone(), parameters.to_owned())),
            [] => bail!(
                "--config '{config}': the library has no plugin '{name}'\n  hint: it has {names}"
            ),
            _ => bail!(
                "--config '{config}': the library has several plugins\n  hint: write one of {names} in front of it"
            ),
        }
    };
    configs.iter().map(subject).collect()
}

/// The path in words.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
