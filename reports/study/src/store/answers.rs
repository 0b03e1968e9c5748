//! Answers: each is stored once.

use rusqlite::{OptionalExtension, params};

use super::{Person, Refusal, Store};
use crate::design::Side;

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// First trial without an answer.
    pub next: u32,
    /// Whether the answer was there already.
    pub was_known: bool,
}

impl Store {
    /// Stores the answer to a trial. The same answer again is acknowledged again; another one is refused, and kept as an
    /// event.
    ///
    /// # Errors
    /// What `SQLite` refuses.
    pub fn answer(
        &mut self,
        person: &Person,
        trial: u32,
        answer: Side,
        rt_ms: f64,
    ) -> rusqlite::Result<Result<Recorded, Refusal>> {
        let query = "SELECT answer FROM answers WHERE person = ? AND trial = ?";
        let known: Option<String> = self
            .connection
            .prepare_cached(query)?
            .query_row(params![person.id, trial], |row| row.get(0))
            .optional()?;
        if let Some(known) = known {
            if known == answer.name() {
                return Ok(Ok(Recorded {
                    next: person.next,
                    was_known: true,
                }));
            }
            self.event(
                person.id,
                "different answer",
                &format!("trial {trial}: {}", answer.name()),
            )?;
            return Ok(Err(Refusal::Different));
        }
        let n_trials = self
            .study
            .list(person.list)
            .map_or(0, crate::folder::List::n_trials);
        if trial != person.next || trial > n_trials || !person.is_instructed {
            return Ok(Err(Refusal::OutOfOrder));
        }
        let insert =
            "INSERT INTO answers (person, trial, answer, rt_ms, received) VALUES (?, ?, ?, ?, ?)";
        let now = self.now();
        self.connection.prepare_cached(insert)?.execute(params![
            person.id,
            trial,
            answer.name(),
            rt_ms,
            now
        ])?;
        self.connection
            .prepare_cached("UPDATE people SET seen = ? WHERE id = ?")?
            .execute(params![now, person.id])?;
        Ok(Ok(Recorded {
            next: trial + 1,
            was_known: false,
        }))
    }
}
