//! Who wrote a table, and what that tool calls its columns.

use std::collections::BTreeMap;

use strsim::jaro_winkler;

use super::field::{Field, Mapping};
use super::rows::Rows;
use crate::Result;

/// A tool that writes tables of decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// A table that this program wrote.
    Lab,
    /// Amazon Mechanical Turk: a batch's results.
    MTurk,
    /// `jsPsych`: its CSV or JSON.
    JsPsych,
    /// `PsychoPy`: the trial-by-trial CSV.
    PsychoPy,
    /// Gorilla: the CSV of a task.
    Gorilla,
}

impl Tool {
    /// Every tool that is known.
    pub const ALL: [Self; 5] = [
        Self::Lab,
        Self::MTurk,
        Self::JsPsych,
        Self::PsychoPy,
        Self::Gorilla,
    ];

    /// Name as it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lab => "lab",
            Self::MTurk => "mturk",
            Self::JsPsych => "jspsych",
            Self::PsychoPy => "psychopy",
            Self::Gorilla => "gorilla",
        }
    }

    /// The tool of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name)
    }

    /// The tool that writes columns of these names.
    pub(super) fn of(header: &[String]) -> Self {
        let has = |name: &str| header.iter().any(|column| column == name);
        if has("WorkerId") && has("HITId") {
            Self::MTurk
        } else if has("Participant Private ID") {
            Self::Gorilla
        } else if has("psychopyVersion") || header.iter().any(|column| is_of_psychopy(column)) {
            Self::PsychoPy
        } else if has("trial_type") && (has("time_elapsed") || has("trial_index")) {
            Self::JsPsych
        } else {
            Self::Lab
        }
    }

    /// Milliseconds in a unit of its reaction times.
    pub(super) fn milliseconds(self) -> f64 {
        if self == Self::PsychoPy { 1000.0 } else { 1.0 }
    }

    /// Whether its tables hold rows that are no decisions, such as instructions.
    pub(super) fn has_other_rows(self) -> bool {
        !matches!(self, Self::Lab | Self::MTurk)
    }

    /// What it may call a column; authors choose some names, so that several are tried.
    fn names(self, field: Field) -> &'static [&'static str] {
        match (self, field) {
            (Self::MTurk, Field::Rater) => &["WorkerId"],
            (Self::MTurk, Field::Image) => &["Input.image", "Input.original", "Input.image_url"],
            (Self::MTurk, Field::Distractor) => &["Input.distractor", "Input.foil"],
            (Self::MTurk, Field::Set) => &["Input.set", "Input.dataset"],
            (Self::MTurk, Field::Condition) => &["Input.condition"],
            (Self::MTurk, Field::Subject) => &["Input.subject"],
            (Self::MTurk, Field::Side) => &["Input.side", "Input.correct_side"],
            (Self::MTurk, Field::Answer) => &["Answer.answer", "Answer.choice", "Answer.side"],
            (Self::MTurk, Field::Correct) => &["Answer.correct"],
            (Self::JsPsych, Field::Rater) => &[
                "PROLIFIC_PID",
                "participant_id",
                "participant",
                "subject_id",
                "subject",
                "run_id",
            ],
            (Self::JsPsych | Self::PsychoPy, Field::Subject) => &["brain"],
            (Self::JsPsych | Self::PsychoPy, Field::Image) => &["image", "original", "stimulus"],
            (Self::JsPsych | Self::PsychoPy, Field::Distractor) => &["distractor", "foil"],
            (Self::JsPsych, Field::Answer) => &["answer", "response", "choice"],
            (Self::JsPsych | Self::PsychoPy, Field::Side) => {
                &["side", "correct_side", "correct_response", "corrAns"]
            }
            (Self::JsPsych, Field::RtMs) => &["rt"],
            (Self::JsPsych, Field::Trial) => &["trial_index"],
            (Self::PsychoPy, Field::Rater) => &["participant"],
            (Self::PsychoPy, Field::Correct) => &["key_resp.corr", "response.corr", "mouse.corr"],
            (Self::PsychoPy, Field::Answer) => &["key_resp.keys", "response.keys"],
            (Self::PsychoPy, Field::RtMs) => &["key_resp.rt", "response.rt", "mouse.time"],
            (Self::PsychoPy, Field::Trial) => &["trials.thisN", "thisN"],
            (Self::Gorilla, Field::Rater) => &["Participant Private ID", "Participant Public ID"],
            (Self::Gorilla, Field::Image) => &[
                "Spreadsheet: image",
                "Spreadsheet: original",
                "image",
                "original",
            ],
            (Self::Gorilla, Field::Distractor) => &[
                "Spreadsheet: distractor",
                "Spreadsheet: foil",
                "distractor",
                "foil",
            ],
            (Self::Gorilla, Field::Set) => &["Spreadsheet: set", "set"],
            (Self::Gorilla, Field::Condition) => &["Spreadsheet: condition", "condition"],
            (Self::Gorilla, Field::Side) => &["Spreadsheet: side", "Spreadsheet: ANSWER", "ANSWER"],
            (Self::Gorilla, Field::Answer) => &["Response"],
            (Self::Gorilla, Field::Correct) => &["Correct"],
            (Self::Gorilla, Field::RtMs) => &["Reaction Time"],
            (Self::Gorilla, Field::Trial) => &["Trial Number"],
            _ => &[],
        }
    }

    /// Finds the column of each field; a field that no column says is left out.
    pub(super) fn columns(self, rows: &Rows, mapping: &Mapping) -> Result<BTreeMap<Field, usize>> {
        let place = |name: &str| rows.header.iter().position(|column| column == name);
        let mut columns = BTreeMap::new();
        for field in Field::ALL {
            if let Some(column) = mapping.column(field) {
                let found = place(column).ok_or_else(|| no_such_column(rows, field, column))?;
                columns.insert(field, found);
                continue;
            }
            let own = [field.name()]
                .into_iter()
                .filter(|_| !self.is_foreign(field));
            if let Some(found) = self.names(field).iter().copied().chain(own).find_map(place) {
                columns.insert(field, found);
            }
        }
        self.demand(rows, &columns)?;
        Ok(columns)
    }

    /// Whether a column of our own name says something else in its tables.
    fn is_foreign(self, field: Field) -> bool {
        matches!((self, field), (Self::JsPsych, Field::Subject))
    }

    /// What a table cannot do without.
    fn demand(self, rows: &Rows, columns: &BTreeMap<Field, usize>) -> Result<()> {
        let has = |field: Field| columns.contains_key(&field);
        let missing = if !has(Field::Image) {
            Some(("image", Field::Image))
        } else if !(has(Field::Correct) || has(Field::Answer) && has(Field::Side)) {
            Some(("correct (or answer and side)", Field::Correct))
        } else {
            None
        };
        let Some((what, field)) = missing else {
            return Ok(());
        };
        let mut names = self.names(field).to_vec();
        names.push(field.name());
        let expected = format!("a column for {what}, such as '{}'", names.join("' or '"));
        let got = format!("columns {}", rows.header.join(", "));
        let remedy = format!("say which column it is: --map {}=COLUMN", field.name());
        Err(rows.wrong(Some(1), expected, got, remedy))
    }
}

fn no_such_column(rows: &Rows, field: Field, column: &str) -> crate::Error {
    let nearest = rows
        .header
        .iter()
        .max_by(|a, b| jaro_winkler(a, column).total_cmp(&jaro_winkler(b, column)));
    let remedy = match nearest {
        Some(nearest) if jaro_winkler(nearest, column) > 0.8 => {
            format!("did you mean '{nearest}'?")
        }
        _ => "name a column of the table".into(),
    };
    let expected = format!("a column '{column}' for {}", field.name());
    rows.wrong(
        Some(1),
        expected,
        format!("columns {}", rows.header.join(", ")),
        remedy,
    )
}

/// `PsychoPy` names what a component found after it: `key_resp.corr`.
fn is_of_psychopy(column: &str) -> bool {
    column
        .rsplit_once('.')
        .is_some_and(|(_, found)| found == "corr")
}
