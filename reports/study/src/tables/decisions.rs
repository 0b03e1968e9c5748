//! From rows to decisions.

use std::collections::BTreeMap;

use lab_score::study::{Decision, Kind};

use super::field::Field;
use super::rows::Rows;
use super::tool::Tool;
use super::{Table, cells};
use crate::Result;

/// Set of a table that names none.
pub(super) const ONE_SET: &str = "decisions";

/// A row with the columns that say something.
struct Row<'a> {
    rows: &'a Rows,
    line: usize,
    cells: &'a [String],
    columns: &'a BTreeMap<Field, usize>,
}

pub(super) fn decisions(
    rows: &Rows,
    tool: Tool,
    columns: &BTreeMap<Field, usize>,
) -> Result<Table> {
    let mut decisions = Vec::new();
    let mut n_left_out = 0;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (line, cells) in &rows.rows {
        let row = Row {
            rows,
            line: *line,
            cells,
            columns,
        };
        if tool.has_other_rows() && row.is_no_decision() {
            n_left_out += 1;
            continue;
        }
        let decision = row.decision(tool)?;
        row.is_new(&decision, &mut seen)?;
        decisions.push(decision);
    }
    if decisions.is_empty() {
        return Err(rows.wrong(
            None,
            "rows with an answer",
            "none",
            "name the columns: --map correct=COLUMN",
        ));
    }
    Ok(Table {
        decisions,
        tool,
        notes: notes(rows, tool, columns, n_left_out),
    })
}

fn notes(
    rows: &Rows,
    tool: Tool,
    columns: &BTreeMap<Field, usize>,
    n_left_out: usize,
) -> Vec<String> {
    let read: Vec<String> = columns
        .iter()
        .map(|(field, &idx)| (field.name(), rows.header[idx].as_str()))
        .map(|(field, column)| {
            if field == column {
                field.to_owned()
            } else {
                format!("{field} = {column}")
            }
        })
        .collect();
    let mut notes = vec![format!(
        "read as a table of {}: {}",
        tool.name(),
        read.join(", ")
    )];
    if n_left_out > 0 {
        notes.push(format!(
            "{n_left_out} of {} rows hold no answer (instructions, breaks) and are no decisions",
            rows.rows.len()
        ));
    }
    notes
}

impl<'a> Row<'a> {
    fn cell(&self, field: Field) -> Option<&'a str> {
        let cell = self.cells.get(*self.columns.get(&field)?)?.trim();
        // Our own tables guard cells that a spreadsheet would take for a formula.
        let guarded = cell
            .strip_prefix('\'')
            .filter(|rest| rest.starts_with(super::write::FORMULA));
        let cell = guarded.unwrap_or(cell);
        (!cell.is_empty() && cell != "null" && cell != "None").then_some(cell)
    }

    fn text(&self, field: Field) -> String {
        self.cell(field).unwrap_or_default().to_owned()
    }

    /// A cell's value; an empty cell has none, and one that is not understood is an error.
    fn value<T>(
        &self,
        field: Field,
        read: impl Fn(&str) -> Option<T>,
        expected: &str,
    ) -> Result<Option<T>> {
        let Some(cell) = self.cell(field) else {
            return Ok(None);
        };
        match read(cell) {
            Some(value) => Ok(Some(value)),
            None => Err(self.wrong(
                format!("{expected} in column '{}'", self.column(field)),
                format!("'{cell}'"),
                "correct the cell, or name another column with --map",
            )),
        }
    }

    fn column(&self, field: Field) -> &'a str {
        self.columns
            .get(&field)
            .map_or("", |&idx| self.rows.header[idx].as_str())
    }

    fn wrong(
        &self,
        expected: impl Into<String>,
        got: impl Into<String>,
        remedy: impl Into<String>,
    ) -> crate::Error {
        self.rows.wrong(Some(self.line), expected, got, remedy)
    }

    /// Rows of instructions and the like: they have neither a right nor a wrong answer.
    fn is_no_decision(&self) -> bool {
        self.cell(Field::Correct).is_none()
            && (self.cell(Field::Answer).is_none() || self.cell(Field::Side).is_none())
    }

    fn decision(&self, tool: Tool) -> Result<Decision> {
        let image = self.cell(Field::Image).ok_or_else(|| {
            self.wrong(
                format!(
                    "the name of an image in column '{}'",
                    self.column(Field::Image)
                ),
                "an empty cell",
                "name the image",
            )
        })?;
        let distractors = self.text(Field::Distractor);
        let distractors: Vec<String> = distractors
            .split('|')
            .filter(|of| !of.is_empty())
            .map(str::to_owned)
            .collect();
        let n_alternatives = self.value(
            Field::NAlternatives,
            |cell| cells::whole(cell).filter(|&n| n >= 2),
            "a whole number of at least 2",
        )?;
        let rt = self.value(Field::RtMs, cells::time, "a time of 0 or more")?;
        let sides = "left or right";
        // Keys that name no side are kept out where the right answer is known anyway.
        let known = self.cell(Field::Correct).is_some() && tool != Tool::Lab;
        let side_of = |field| {
            if known {
                Ok(self.cell(field).and_then(cells::side))
            } else {
                self.value(field, cells::side, sides)
            }
        };
        let (side, answer) = (side_of(Field::Side)?, side_of(Field::Answer)?);
        let kind = self
            .value(Field::Kind, cells::kind, "trial, catch or practice")?
            .unwrap_or(Kind::Trial);
        Ok(Decision {
            set: self.set(kind),
            condition: self.text(Field::Condition),
            subject: self.text(Field::Subject),
            image: image.to_owned(),
            n_alternatives: n_alternatives.unwrap_or(distractors.len().max(1) as u32 + 1),
            distractors,
            rater: self.text(Field::Rater),
            is_correct: self.is_correct(side, answer)?,
            side,
            answer,
            rt_ms: rt.map(|time| time * tool.milliseconds()),
            trial: self.value(Field::Trial, cells::whole, "a whole number")?,
            kind,
        })
    }

    /// Checks and practice may belong to no set, where the table tells sets apart.
    fn set(&self, kind: Kind) -> String {
        let tells_sets = self.columns.contains_key(&Field::Set);
        let of_none = if tells_sets && kind != Kind::Trial {
            ""
        } else {
            ONE_SET
        };
        self.cell(Field::Set).unwrap_or(of_none).to_owned()
    }

    fn is_correct(
        &self,
        side: Option<lab_score::study::Side>,
        answer: Option<lab_score::study::Side>,
    ) -> Result<bool> {
        let said = self.value(Field::Correct, cells::correct, "1 or 0")?;
        let told = side.zip(answer).map(|(side, answer)| side == answer);
        match (said, told) {
            (Some(said), Some(told)) if said != told => Err(self.wrong(
                "one right answer",
                format!(
                    "correct says {}, but answer and side say {}",
                    u8::from(said),
                    u8::from(told)
                ),
                "find out which column is wrong",
            )),
            (Some(is), _) | (None, Some(is)) => Ok(is),
            (None, None) => Err(self.wrong(
                "whether the answer is right",
                "empty cells",
                "delete the row if nothing was answered, and say so where you report the study",
            )),
        }
    }

    /// A decision that is there twice was sent twice.
    fn is_new(&self, decision: &Decision, seen: &mut BTreeMap<String, usize>) -> Result<()> {
        let (Some(trial), false) = (decision.trial, decision.rater.is_empty()) else {
            return Ok(());
        };
        let key = format!(
            "{:?}",
            (
                &decision.rater,
                trial,
                &decision.set,
                &decision.condition,
                &decision.image,
                &decision.distractors
            )
        );
        match seen.insert(key, self.line) {
            None => Ok(()),
            Some(line) => Err(self.wrong(
                "each decision once",
                format!("the decision of line {line} again (the same person, trial and image)"),
                "delete one of the two lines",
            )),
        }
    }
}
