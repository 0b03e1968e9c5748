//! People: how they arrive, come back, and finish.

use rusqlite::{OptionalExtension, Row, params};

use super::Store;
use crate::secret;

/// How somebody arrived.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrival {
    /// The platform's name for the person; empty for a plain link.
    pub pid: String,
    /// The platform's name for the study.
    pub study: String,
    /// What the platform calls this person's visit (`SESSION_ID` of its link).
    pub session: String,
    /// The browser's name, if the study keeps it.
    pub browser: Option<String>,
    /// The peer's address, if the study keeps it.
    pub address: Option<String>,
}

/// A person who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Number in the database.
    pub id: i64,
    /// The name that exports give.
    pub pseudonym: String,
    /// The list, from 1.
    pub list: u32,
    /// Whether all is done.
    pub is_finished: bool,
    /// The browser's tab that goes on.
    pub tab: String,
    /// When the person was last seen.
    pub seen: i64,
    /// Whether the comprehension questions are behind.
    pub is_instructed: bool,
    /// How often the comprehension questions were answered.
    pub tries: u32,
    /// First trial without an answer.
    pub next: u32,
}

/// Why somebody cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No such session.
    Unknown,
    /// Every list is taken.
    Full,
    /// Away for longer than the study allows.
    Expired,
    /// The person withdrew.
    Withdrawn,
    /// Another session of the same person began before.
    OtherSession,
    /// Another tab goes on.
    TakenOver,
    /// The trial is not the next one.
    OutOfOrder,
    /// Another answer was stored before.
    Different,
    /// Something is still missing.
    Unfinished,
}

const PERSON: &str =
    "SELECT id, pseudonym, list, state, tab, seen, is_instructed, tries FROM people";
/// Letters from which the name of a tab cannot be guessed.
const LONG_NAME: usize = 16;
const HOUR: i64 = 3_600_000;

impl Store {
    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }

    /// The person of a session token.
    ///
    /// # Errors
    /// What `SQLite` refuses, as of every method here.
    pub fn person(&self, token: &str) -> rusqlite::Result<Result<Person, Refusal>> {
        self.person_where("token = ?", secret::hash(token).as_slice())
    }

    fn person_where(
        &self,
        condition: &str,
        value: impl rusqlite::ToSql,
    ) -> rusqlite::Result<Result<Person, Refusal>> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("{PERSON} WHERE {condition}"))?;
        let found = statement
            .query_row([value], |row| {
                Ok((person_of(row)?, row.get::<_, String>(3)?))
            })
            .optional()?;
        let Some((mut person, state)) = found else {
            return Ok(Err(Refusal::Unknown));
        };
        let is_late = state == "open"
            && self.now() - person.seen
                > i64::from(self.study.about.settings.resume.until_hours) * HOUR;
        if state == "expired" || is_late {
            return Ok(Err(Refusal::Expired));
        }
        person.next = self.next_trial(&person)?;
        Ok(Ok(person))
    }

    /// The first trial without an answer; they are answered in order.
    fn next_trial(&self, person: &Person) -> rusqlite::Result<u32> {
        let query = "SELECT COALESCE(MAX(trial), 0) + 1 FROM answers WHERE person = ?";
        self.connection
            .prepare_cached(query)?
            .query_row([person.id], |row| row.get(0))
    }

    /// Somebody agreed to take part: gives a list, atomically, and the session's token. Whoever agrees again comes back.
    ///
    /// # Errors
    /// What `SQLite` refuses.
    pub fn arrive(
        &mut self,
        arrival: &Arrival,
        tab: &str,
        token: &str,
    ) -> rusqlite::Result<Result<Person, Refusal>> {
        let pseudonym = self.pseudonym(arrival, token);
        match self.come_back(arrival, tab, token)? {
            Err(Refusal::Unknown) => {}
            known => return Ok(known),
        }
        // The browser asked before, and the answer got lost: its tab tells, as nobody else knows that name.
        if arrival.pid.is_empty()
            && tab.len() >= LONG_NAME
            && let Ok(person) = self.person_where("session IS NULL AND tab = ?", tab)?
        {
            let update = "UPDATE people SET token = ? WHERE id = ?";
            self.connection
                .execute(update, params![secret::hash(token).as_slice(), person.id])?;
            return Ok(Ok(person));
        }
        self.expire()?;
        let Some(list) = self.free_list()? else {
            return Ok(Err(Refusal::Full));
        };
        let now = self.now();
        let session = (!arrival.pid.is_empty()).then(|| secret::hash(&arrival.session).to_vec());
        self.connection.prepare_cached(
            "INSERT INTO people (pseudonym, token, session, list, state, tab, began, seen, browser, address) \
             VALUES (?, ?, ?, ?, 'open', ?, ?, ?, ?, ?)",
        )?.execute(params![
            pseudonym, secret::hash(token).as_slice(), session, list, tab, now, now, arrival.browser, arrival.address
        ])?;
        if !arrival.pid.is_empty() {
            let id = self.connection.last_insert_rowid();
            self.connection
                .prepare_cached("INSERT INTO platform VALUES (?, ?, ?, ?)")?
                .execute(params![id, arrival.pid, arrival.study, arrival.session])?;
        }
        self.person(token)
    }

    /// Somebody whom the platform names comes back, in this browser or another: the session gets a new token.
    ///
    /// # Errors
    /// What `SQLite` refuses.
    pub fn come_back(
        &mut self,
        arrival: &Arrival,
        tab: &str,
        token: &str,
    ) -> rusqlite::Result<Result<Person, Refusal>> {
        if arrival.pid.is_empty() {
            return Ok(Err(Refusal::Unknown));
        }
        let pseudonym = self.pseudonym(arrival, token);
        if self.has_withdrawn(&pseudonym)? {
            return Ok(Err(Refusal::Withdrawn));
        }
        let person = match self.person_where("pseudonym = ?", &pseudonym)? {
            Ok(person) => person,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let session: Option<Vec<u8>> = self.connection.query_row(
            "SELECT session FROM people WHERE id = ?",
            [person.id],
            |row| row.get(0),
        )?;
        if session.as_deref() != Some(secret::hash(&arrival.session).as_slice()) {
            return Ok(Err(Refusal::OtherSession));
        }
        self.connection.execute(
            "UPDATE people SET token = ? WHERE id = ?",
            params![secret::hash(token).as_slice(), person.id],
        )?;
        self.take_over(person, tab)
    }

    /// A tab goes on, and every other one of the same person stops. The time of absence is that before this.
    ///
    /// # Errors
    /// What `SQLite` refuses.
    pub fn take_over(
        &mut self,
        person: Person,
        tab: &str,
    ) -> rusqlite::Result<Result<Person, Refusal>> {
        let update = "UPDATE people SET tab = ?, seen = ? WHERE id = ?";
        self.connection
            .prepare_cached(update)?
            .execute(params![tab, self.now(), person.id])?;
        if person.tab != tab {
            self.event(person.id, "resumed", "")?;
        }
        Ok(Ok(Person {
            tab: tab.into(),
            ..person
        }))
    }

    /// The person of a token, if this tab is the one that goes on.
    ///
    /// # Errors
    /// What `SQLite` refuses.
    pub fn active(&self, token: &str, tab: &str) -> rusqlite::Result<Result<Person, Refusal>> {
        Ok(self.person(token)?.and_then(|person| {
            if person.tab == tab {
                Ok(person)
            } else {
                Err(Refusal::TakenOver)
            }
        }))
    }

    /// Notes one answer to the comprehension questions; `is_over` once no more are asked.
    ///
    /// # Errors
    /// What `SQLite` refuses.
    pub fn instructed(
        &mut self,
        person: &Person,
        is_right: bool,
        is_over: bool,
    ) -> rusqlite::Result<()> {
        let update =
            "UPDATE people SET tries = tries + 1, is_instructed = ?, seen = ? WHERE id = ?";
        self.connection
            .execute(update, params![is_over, self.now(), person.id])?;
        self.event(
            person.id,
            "comprehension",
            if is_right { "right" } else { "wrong" },
        )
    }

    /// Stores the remarks.
    ///
    /// # Errors
    /// What `SQLite` refuses.
    pub fn remark(&mut self, person: &Person, text: &str) -> rusqlite::Result<()> {
        let update = "UPDATE people SET remarks = ?, seen = ? WHERE id = ?";
        self.connection
            .execute(update, params![text, self.now(), person.id])
            .map(|_| ())
    }

    /// Notes that a person is done: only once every answer is stored.
    ///
    /// # Errors
    /// What `SQLite` refuses.
    pub fn finish(&mut self, person: &Person) -> rusqlite::Result<Result<(), Refusal>> {
        let n_trials = self
            .study
            .list(person.list)
            .map_or(0, crate::folder::List::n_trials);
        let count = "SELECT COUNT(*) FROM answers WHERE person = ?";
        let n_answers: u32 = self
            .connection
            .query_row(count, [person.id], |row| row.get(0))?;
        if n_answers < n_trials {
            return Ok(Err(Refusal::Unfinished));
        }
        let update = "UPDATE people SET state = 'finished', finished = COALESCE(finished, ?), seen = ? WHERE id = ?";
        self.connection
            .execute(update, params![self.now(), self.now(), person.id])?;
        Ok(Ok(()))
    }

    /// Keeps what happened besides answers.
    pub(super) fn event(&self, person: i64, kind: &str, detail: &str) -> rusqlite::Result<()> {
        let insert = "INSERT INTO events (person, at, kind, detail) VALUES (?, ?, ?, ?)";
        self.connection
            .prepare_cached(insert)?
            .execute(params![person, self.now(), kind, detail])
            .map(|_| ())
    }

    /// Gives the lists of those back who were away for too long.
    fn expire(&self) -> rusqlite::Result<()> {
        let oldest = self.now() - i64::from(self.study.about.settings.resume.until_hours) * HOUR;
        self.connection
            .execute(
                "UPDATE people SET state = 'expired' WHERE state = 'open' AND seen < ?",
                [oldest],
            )
            .map(|_| ())
    }

    fn free_list(&self) -> rusqlite::Result<Option<u32>> {
        let query = "SELECT list FROM people WHERE state <> 'expired' ORDER BY list";
        let mut statement = self.connection.prepare_cached(query)?;
        let taken: Vec<u32> = statement
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let n_lists = self.study.lists.len() as u32;
        Ok((1..=n_lists).find(|list| taken.binary_search(list).is_err()))
    }

    /// Of the platform's name; random, that is of the token, for a plain link.
    fn pseudonym(&self, arrival: &Arrival, token: &str) -> String {
        let of = if arrival.pid.is_empty() {
            format!("token {token}")
        } else {
            format!("pid {}", arrival.pid)
        };
        secret::pseudonym(&self.salt, &of)
    }
}

fn person_of(row: &Row<'_>) -> rusqlite::Result<Person> {
    Ok(Person {
        id: row.get(0)?,
        pseudonym: row.get(1)?,
        list: row.get(2)?,
        is_finished: row.get::<_, String>(3)? == "finished",
        tab: row.get(4)?,
        seen: row.get(5)?,
        is_instructed: row.get(6)?,
        tries: row.get(7)?,
        next: 1,
    })
}

impl Store {
    /// Whether a link names this person.
    ///
    /// A link without a name fits everybody.
    pub fn is_of(&self, person: &Person, arrival: &Arrival) -> bool {
        arrival.pid.is_empty() || self.pseudonym(arrival, "") == person.pseudonym
    }
}
