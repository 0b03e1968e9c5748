//! The secret key: which side is right, and what each trial shows.

use crate::csv::Table;
use crate::design::Side;

/// What a trial is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It counts.
    Trial,
    /// An attention check.
    Catch,
    /// Practice, with feedback.
    Practice,
}

impl Kind {
    /// "trial", "catch" or "practice".
    pub fn name(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Catch => "catch",
            Self::Practice => "practice",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::Trial, Self::Catch, Self::Practice]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// A row of `key.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Number of the list, from 1.
    pub list: u32,
    /// Place in the participant's order, from 1, practice included.
    pub trial: u32,
    /// Where the right picture stands.
    pub side: Side,
    /// Dataset of the image.
    pub set: String,
    /// What made the reconstructions.
    pub condition: String,
    /// Whose brain; empty for the aligned mean.
    pub subject: String,
    /// Name of the original.
    pub image: String,
    /// Name of the image that the foil belongs to.
    pub distractor: String,
    /// What the trial is for.
    pub kind: Kind,
}

const COLUMNS: [&str; 9] = [
    "list",
    "trial",
    "side",
    "set",
    "condition",
    "subject",
    "image",
    "distractor",
    "kind",
];

/// The key as CSV.
pub(super) fn write(key: &[KeyRow]) -> String {
    let mut table = Table::new(&COLUMNS);
    for row in key {
        table.rows.push(vec![
            row.list.to_string(),
            row.trial.to_string(),
            row.side.name().into(),
            row.set.clone(),
            row.condition.clone(),
            row.subject.clone(),
            row.image.clone(),
            row.distractor.clone(),
            row.kind.name().into(),
        ]);
    }
    table.text()
}

/// Reads the key; the error says what is wrong.
pub(super) fn read(text: &str) -> Result<Vec<KeyRow>, String> {
    let table = Table::read(text)?;
    if table.columns != COLUMNS {
        return Err(format!("expected the columns {}", COLUMNS.join(", ")));
    }
    table
        .rows
        .into_iter()
        .map(|row| of_cells(row).ok_or_else(|| "a row cannot be read".to_owned()))
        .collect()
}

fn of_cells(row: Vec<String>) -> Option<KeyRow> {
    let [
        list,
        trial,
        side,
        set,
        condition,
        subject,
        image,
        distractor,
        kind,
    ] = <[String; 9]>::try_from(row).ok()?;
    Some(KeyRow {
        list: list.parse().ok()?,
        trial: trial.parse().ok()?,
        side: Side::of(&side)?,
        set,
        condition,
        subject,
        image,
        distractor,
        kind: Kind::of(&kind)?,
    })
}
