//! What is handed on: decisions, people under made-up names, and how they were collected.

mod decisions;
mod dictionary;
mod jspsych;
mod methods;
mod psych_ds;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod validator;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::clock::iso;
use crate::csv::{Table, harmless};
use crate::exclusion::standings;
use crate::folder::{Study, replace};
use crate::store::{Everything, Store};
use crate::{Error, Result};
pub use decisions::{Decided, decided, decisions};
pub use methods::methods;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// People with at least one answer.
    pub n_people: usize,
    /// Decisions, practice and attention checks included.
    pub n_decisions: usize,
    /// Names of the files.
    pub files: Vec<String>,
}

/// Writes the export of a study into a folder; `mapping` names a file for what platforms call the people, and is asked for
/// alone.
///
/// Whoever withdrew is left out, also if the database is a restored copy.
///
/// # Errors
/// As [`Study::open`] and [`Store::open_to_read`]; [`Error::Io`] if a file cannot be written.
pub fn export(folder: &Path, out: &Path, mapping: Option<&Path>) -> Result<Exported> {
    let study = Arc::new(Study::open(folder)?);
    let store = Store::open_to_read(Arc::clone(&study))?;
    let all = store.everything()?;
    let files = files(&study, &all);
    for (name, bytes) in &files {
        let path = out.join(name);
        let parent = path.parent().unwrap_or(out);
        std::fs::create_dir_all(parent).map_err(Error::io("making", parent))?;
        replace(&path, bytes)?;
    }
    if let Some(path) = mapping {
        let mut table = Table::new(&[
            "rater",
            "platform_participant",
            "platform_study",
            "platform_session",
        ]);
        for row in store.platform_names()? {
            table.rows.push(vec![
                row.pseudonym,
                harmless(&row.pid),
                harmless(&row.study),
                harmless(&row.session),
            ]);
        }
        replace(path, table.text().as_bytes())?;
    }
    let people = all
        .people
        .iter()
        .filter(|person| all.answers.iter().any(|answer| answer.person == person.id));
    Ok(Exported {
        n_people: people.count(),
        n_decisions: all.answers.len(),
        files: files.into_keys().collect(),
    })
}

/// All files by their names, but what platforms call the people.
pub(crate) fn files(study: &Study, all: &Everything) -> BTreeMap<String, Vec<u8>> {
    let decided = decided(study, all);
    let decisions = decisions(&decided);
    let mut files = BTreeMap::new();
    let mut add = |name: &str, text: String| files.insert(name.to_owned(), text.into_bytes());
    add("decisions.csv", decisions.text());
    add("dictionary.csv", dictionary::table().text());
    add("trials_jspsych.csv", jspsych::table(all, &decided).text());
    add("participants.csv", participants(study, all).text());
    add("events.csv", events(all).text());
    add("methods.md", methods(study, Some(all)));
    add("README.md", readme(study));
    for (name, text) in psych_ds::files(study, &decisions) {
        add(&format!("psych-ds/{name}"), text);
    }
    files
}

fn participants(study: &Study, all: &Everything) -> Table {
    let mut table = Table::new(&[
        "rater",
        "list",
        "state",
        "began",
        "finished",
        "n_answered",
        "n_trials",
        "n_failed_checks",
        "median_rt_ms",
        "comprehension_tries",
        "is_excluded",
        "reasons",
        "remarks",
        "browser",
        "address",
    ]);
    for (person, standing) in all.people.iter().zip(standings(study, all)) {
        table.rows.push(vec![
            person.pseudonym.clone(),
            person.list.to_string(),
            person.state.clone(),
            iso(person.began),
            person.finished.map(iso).unwrap_or_default(),
            standing.n_answered.to_string(),
            standing.n_trials.to_string(),
            standing.n_failed_checks.to_string(),
            standing
                .median_rt_ms
                .map(|median| format!("{median:.1}"))
                .unwrap_or_default(),
            person.tries.to_string(),
            u8::from(!standing.reasons.is_empty()).to_string(),
            standing.reasons.join("; "),
            harmless(&person.remarks),
            harmless(&person.browser),
            harmless(&person.address),
        ]);
    }
    table
}

fn events(all: &Everything) -> Table {
    let mut table = Table::new(&["rater", "at", "event", "detail"]);
    for event in &all.events {
        let person = all.people.iter().find(|person| person.id == event.person);
        let rater = person
            .map(|person| person.pseudonym.clone())
            .unwrap_or_default();
        table.rows.push(vec![
            rater,
            iso(event.at),
            event.kind.clone(),
            harmless(&event.detail),
        ]);
    }
    table
}

fn readme(study: &Study) -> String {
    let settings = &study.about.settings;
    format!(
        "# {}\n\nAnswers to study {}.\n\n\
         | file | holds |\n|---|---|\n\
         | `decisions.csv` | one decision a row |\n\
         | `dictionary.csv` | what each of its columns means |\n\
         | `participants.csv` | people under made-up names, and whom the rule of exclusion marks |\n\
         | `trials_jspsych.csv` | the same decisions in jsPsych's columns |\n\
         | `events.csv` | what happened besides answers: sessions resumed, second answers refused |\n\
         | `psych-ds/` | the decisions as a Psych-DS dataset |\n\
         | `methods.md` | how the data were collected, from the study's settings |\n\n\
         Delete these answers after {} days at the latest. Whoever withdrew is left out; export again before you analyse again.\n",
        settings.title, study.id, settings.retention_days
    )
}
