//! Withdrawal: rows are deleted, and a pseudonym is left that keeps later exports and restored copies from having them.

use std::fs::OpenOptions;
use std::io::Write;

use rusqlite::params;

use super::schema::WITHDRAWN;
use super::{Person, Store};
use crate::{Error, Result};

impl Store {
    /// Deletes all that is stored of a person. Call [`Store::scrub`] once the transaction is on the disk.
    ///
    /// # Errors
    /// What `SQLite` refuses.
    pub fn withdraw(&mut self, person: &Person) -> rusqlite::Result<()> {
        self.forget(person.id)?;
        let insert = "INSERT OR IGNORE INTO withdrawn VALUES (?, ?)";
        self.connection
            .execute(insert, params![person.pseudonym, self.now()])
            .map(|_| ())
    }

    fn forget(&self, id: i64) -> rusqlite::Result<()> {
        for table in ["answers", "events", "platform"] {
            self.connection
                .execute(&format!("DELETE FROM {table} WHERE person = ?"), [id])?;
        }
        self.connection
            .execute("DELETE FROM people WHERE id = ?", [id])
            .map(|_| ())
    }

    /// Writes the pseudonym beside the database, and leaves no deleted byte in the database or its log.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Database`] if a file cannot be written.
    pub fn scrub(&mut self, pseudonym: &str) -> Result<()> {
        let path = self.study.folder.join(WITHDRAWN);
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let written =
            file.and_then(|mut file| writeln!(file, "{pseudonym}").and_then(|()| file.sync_all()));
        written.map_err(Error::io("writing", path))?;
        self.vacuum().map_err(Error::database(&self.path))
    }

    fn vacuum(&self) -> rusqlite::Result<()> {
        // A reader that is at work keeps the log from being cut; the next withdrawal or start cuts it.
        self.connection
            .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")
    }

    /// Deletes whoever withdrew: a restored copy of the database has them again.
    pub(super) fn forget_the_withdrawn(&mut self) -> Result<()> {
        let withdrawn = self.withdrawn()?;
        let found = |store: &Self| -> rusqlite::Result<Vec<i64>> {
            let mut ids = Vec::new();
            for pseudonym in &withdrawn {
                let query = "SELECT id FROM people WHERE pseudonym = ?";
                let mut statement = store.connection.prepare_cached(query)?;
                for id in statement.query_map([pseudonym], |row| row.get(0))? {
                    ids.push(id?);
                }
                let insert = "INSERT OR IGNORE INTO withdrawn VALUES (?, ?)";
                store
                    .connection
                    .execute(insert, params![pseudonym, store.now()])?;
            }
            Ok(ids)
        };
        let ids = found(self).map_err(Error::database(&self.path))?;
        for id in &ids {
            self.forget(*id).map_err(Error::database(&self.path))?;
        }
        if ids.is_empty() {
            Ok(())
        } else {
            self.vacuum().map_err(Error::database(&self.path))
        }
    }
}
