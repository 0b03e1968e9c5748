//! Tables, and how the database is opened.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::Store;
use crate::clock::Clock;
use crate::folder::Study;
use crate::secret;
use crate::{Error, Result};

/// Name of the database in the folder of a study.
pub(crate) const DATABASE: &str = "answers.sqlite";
/// Name of the list of those who withdrew, which outlives restored copies of the database.
pub(super) const WITHDRAWN: &str = "withdrawn.txt";
/// Format of the tables.
const FORMAT: &str = "1";
/// How long a reader waits for the writer.
const PATIENCE: Duration = Duration::from_secs(10);

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS people (
    id INTEGER PRIMARY KEY, pseudonym TEXT NOT NULL UNIQUE, token BLOB NOT NULL UNIQUE, session BLOB, list INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'finished', 'expired')), tab TEXT NOT NULL, began INTEGER NOT NULL,
    seen INTEGER NOT NULL, finished INTEGER, is_instructed INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0,
    remarks TEXT, browser TEXT, address TEXT) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_person_a_list ON people (list) WHERE state <> 'expired';
CREATE TABLE IF NOT EXISTS platform (person INTEGER PRIMARY KEY, pid TEXT NOT NULL, study TEXT NOT NULL, session TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS answers (
    person INTEGER NOT NULL, trial INTEGER NOT NULL, answer TEXT NOT NULL CHECK (answer IN ('left', 'right')), rt_ms REAL NOT NULL,
    received INTEGER NOT NULL, PRIMARY KEY (person, trial)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, person INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS events_of_a_person ON events (person);
CREATE TABLE IF NOT EXISTS withdrawn (pseudonym TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
";

impl Store {
    /// Opens the database of a study, and makes it where it is missing. Whoever withdrew is deleted again, should the
    /// database be a restored copy.
    ///
    /// # Errors
    /// - [`Error::ForeignDatabase`] if it belongs to another study.
    /// - [`Error::Database`] and [`Error::Io`] if files cannot be read or written.
    pub fn open(study: Arc<Study>, clock: Clock) -> Result<Self> {
        let path = study.folder.join(DATABASE);
        let salt = secret::salt(&study.folder)?;
        let connection = Connection::open(&path).map_err(Error::database(&path))?;
        let mut store = Self {
            connection,
            path,
            study,
            salt,
            clock,
        };
        store.prepare().map_err(Error::database(&store.path))?;
        store.check_study()?;
        store.forget_the_withdrawn()?;
        Ok(store)
    }

    /// Opens the database to read it, while a server may write.
    ///
    /// # Errors
    /// As [`Store::open`]; [`Error::NobodyAnswered`] if it was never served.
    pub fn open_to_read(study: Arc<Study>) -> Result<Self> {
        let path = study.folder.join(DATABASE);
        if !path.is_file() {
            return Err(Error::NobodyAnswered {
                folder: study.folder.clone(),
            });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(&path, flags).map_err(Error::database(&path))?;
        connection
            .busy_timeout(PATIENCE)
            .map_err(Error::database(&path))?;
        let salt = secret::salt(&study.folder)?;
        let store = Self {
            connection,
            path,
            study,
            salt,
            clock: crate::clock::machine,
        };
        store.check_study()?;
        Ok(store)
    }

    fn prepare(&self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(PATIENCE)?;
        // Deleted bytes are overwritten, in the log too once it is cut.
        self.connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;",
        )?;
        self.connection.set_prepared_statement_cache_capacity(64);
        self.connection.execute_batch(TABLES)
    }

    fn check_study(&self) -> Result<()> {
        let known = self.meta("study").map_err(Error::database(&self.path))?;
        match known {
            Some(got) if got != self.study.id => Err(Error::ForeignDatabase {
                path: self.path.clone(),
                expected: self.study.id.clone(),
                got,
            }),
            Some(_) => Ok(()),
            None => {
                let set = |name: &str, value: &str| {
                    self.connection
                        .execute("INSERT INTO meta VALUES (?, ?)", params![name, value])
                        .map(|_| ())
                };
                let written = set("format", FORMAT).and_then(|()| set("study", &self.study.id));
                written.map_err(Error::database(&self.path))
            }
        }
    }

    fn meta(&self, name: &str) -> rusqlite::Result<Option<String>> {
        let query = "SELECT value FROM meta WHERE name = ?";
        self.connection
            .query_row(query, [name], |row| row.get(0))
            .optional()
    }

    /// Pseudonyms of all who withdrew, by the database and by the file beside it.
    pub(super) fn withdrawn(&self) -> Result<BTreeSet<String>> {
        let mut withdrawn = listed(&self.study.folder)?;
        let query = "SELECT pseudonym FROM withdrawn";
        let mut statement = self
            .connection
            .prepare(query)
            .map_err(Error::database(&self.path))?;
        let rows = statement
            .query_map([], |row| row.get(0))
            .map_err(Error::database(&self.path))?;
        for pseudonym in rows {
            withdrawn.insert(pseudonym.map_err(Error::database(&self.path))?);
        }
        Ok(withdrawn)
    }
}

/// Pseudonyms in the file of those who withdrew.
pub(super) fn listed(folder: &Path) -> Result<BTreeSet<String>> {
    let path = folder.join(WITHDRAWN);
    if !path.exists() {
        return Ok(BTreeSet::new());
    }
    let text = fs::read_to_string(&path).map_err(Error::io("reading", &path))?;
    Ok(text.lines().map(str::to_owned).collect())
}
