//! All rows, for exports and for the operator.

use rusqlite::Row;

use super::Store;
use crate::{Error, Result};

/// A person, as exports tell of them.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonRow {
    /// Number in the database.
    pub id: i64,
    /// The name that exports give.
    pub pseudonym: String,
    /// The list, from 1.
    pub list: u32,
    /// "open", "finished" or "expired".
    pub state: String,
    /// Milliseconds since 1970.
    pub began: i64,
    /// Milliseconds since 1970.
    pub seen: i64,
    /// Milliseconds since 1970.
    pub finished: Option<i64>,
    /// How often the comprehension questions were answered.
    pub tries: u32,
    /// What the person wrote at the end.
    pub remarks: String,
    /// The browser's name, if it was kept.
    pub browser: String,
    /// The address, if it was kept.
    pub address: String,
}

/// A stored answer.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerRow {
    /// Number of the person.
    pub person: i64,
    /// The trial, from 1, practice included.
    pub trial: u32,
    /// "left" or "right".
    pub answer: String,
    /// Reaction time, milliseconds.
    pub rt_ms: f64,
    /// Milliseconds since 1970.
    pub received: i64,
}

/// What happened besides answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Number of the person.
    pub person: i64,
    /// Milliseconds since 1970.
    pub at: i64,
    /// The kind of the event, as its name in the export.
    pub kind: String,
    /// More of it.
    pub detail: String,
}

/// How a platform names a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformRow {
    /// The name that exports give.
    pub pseudonym: String,
    /// The platform's name for the person.
    pub pid: String,
    /// The platform's name for the study.
    pub study: String,
    /// The platform's name for the session.
    pub session: String,
}

/// Everything but the names on platforms; whoever withdrew is left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Everything {
    /// People in the order of their arrival.
    pub people: Vec<PersonRow>,
    /// Answers by person and trial.
    pub answers: Vec<AnswerRow>,
    /// Events in their order.
    pub events: Vec<EventRow>,
}

impl Store {
    /// All rows, of one moment.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub fn everything(&self) -> Result<Everything> {
        let withdrawn = self.withdrawn()?;
        let mut all = self.read_all().map_err(Error::database(&self.path))?;
        all.people
            .retain(|person| !withdrawn.contains(&person.pseudonym));
        let known = |id: i64| {
            all.people
                .binary_search_by_key(&id, |person| person.id)
                .is_ok()
        };
        all.answers.retain(|answer| known(answer.person));
        all.events.retain(|event| known(event.person));
        Ok(all)
    }

    fn read_all(&self) -> rusqlite::Result<Everything> {
        // One transaction sees one moment, while the server writes on; inside the server's own, it is that one.
        let is_own = self.connection.is_autocommit();
        if is_own {
            self.connection.execute_batch("BEGIN")?;
        }
        let all = self.select_all();
        if is_own {
            self.connection.execute_batch("COMMIT")?;
        }
        all
    }

    fn select_all(&self) -> rusqlite::Result<Everything> {
        let people = "SELECT id, pseudonym, list, state, began, seen, finished, tries, COALESCE(remarks, ''), COALESCE(browser, ''), \
                      COALESCE(address, '') FROM people ORDER BY id";
        let answers =
            "SELECT person, trial, answer, rt_ms, received FROM answers ORDER BY person, trial";
        let events = "SELECT person, at, kind, detail FROM events ORDER BY id";
        Ok(Everything {
            people: self.rows(people, person)?,
            answers: self.rows(answers, answer)?,
            events: self.rows(events, event)?,
        })
    }

    /// How platforms name the people.
    ///
    /// # Errors
    /// [`Error::Database`] if rows cannot be read.
    pub fn platform_names(&self) -> Result<Vec<PlatformRow>> {
        let query = "SELECT pseudonym, pid, study, platform.session FROM platform JOIN people ON people.id = person ORDER BY person";
        let withdrawn = self.withdrawn()?;
        let mut rows = self
            .rows(query, platform)
            .map_err(Error::database(&self.path))?;
        rows.retain(|row| !withdrawn.contains(&row.pseudonym));
        Ok(rows)
    }

    /// How many answers are stored.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub fn n_answers(&self) -> Result<u64> {
        let query = "SELECT COUNT(*) FROM answers";
        let count: rusqlite::Result<i64> = self.connection.query_row(query, [], |row| row.get(0));
        count
            .map(i64::unsigned_abs)
            .map_err(Error::database(&self.path))
    }

    fn rows<T>(
        &self,
        query: &str,
        of: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.connection.prepare(query)?.query_map([], of)?.collect()
    }
}

fn person(row: &Row<'_>) -> rusqlite::Result<PersonRow> {
    Ok(PersonRow {
        id: row.get(0)?,
        pseudonym: row.get(1)?,
        list: row.get(2)?,
        state: row.get(3)?,
        began: row.get(4)?,
        seen: row.get(5)?,
        finished: row.get(6)?,
        tries: row.get(7)?,
        remarks: row.get(8)?,
        browser: row.get(9)?,
        address: row.get(10)?,
    })
}

fn answer(row: &Row<'_>) -> rusqlite::Result<AnswerRow> {
    Ok(AnswerRow {
        person: row.get(0)?,
        trial: row.get(1)?,
        answer: row.get(2)?,
        rt_ms: row.get(3)?,
        received: row.get(4)?,
    })
}

fn event(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        person: row.get(0)?,
        at: row.get(1)?,
        kind: row.get(2)?,
        detail: row.get(3)?,
    })
}

fn platform(row: &Row<'_>) -> rusqlite::Result<PlatformRow> {
    Ok(PlatformRow {
        pseudonym: row.get(0)?,
        pid: row.get(1)?,
        study: row.get(2)?,
        session: row.get(3)?,
    })
}
