//! Withdrawal: rows are deleted, and a pseudonym is left that keeps later exports and restored copies from having them.

use std::fs::OpenOptions;
use std::io::Write;

use rusqlite::params;

use super::schema::{WITHDRAWN, listed};
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

    /// Whether somebody of this name withdrew.
    ///
    /// # Errors
    /// What `SQLite` refuses.
    pub fn has_withdrawn(&self, pseudonym: &str) -> rusqlite::Result<bool> {
        let query = "SELECT EXISTS (SELECT 1 FROM withdrawn WHERE pseudonym = ?)";
        self.connection
            .prepare_cached(query)?
            .query_row([pseudonym], |row| row.get(0))
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
    /// Is false where somebody who reads the database kept its log from being cut: the next withdrawal or start cuts it.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Database`] if a file cannot be written; the next start tries both again.
    pub fn scrub(&mut self, pseudonym: &str) -> Result<bool> {
        let listed = self.add_to_file([pseudonym]);
        let is_cut = self.vacuum().map_err(Error::database(&self.path))?;
        listed.map(|()| is_cut)
    }

    /// Adds pseudonyms to the file of those who withdrew.
    fn add_to_file<'a>(&self, pseudonyms: impl IntoIterator<Item = &'a str>) -> Result<()> {
        let path = self.study.folder.join(WITHDRAWN);
        let lines: String = pseudonyms
            .into_iter()
            .flat_map(|pseudonym| [pseudonym, "\n"])
            .collect();
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let written = file.and_then(|mut file| {
            file.write_all(lines.as_bytes())
                .and_then(|()| file.sync_all())
        });
        written.map_err(Error::io("writing", path))
    }

    fn vacuum(&self) -> rusqlite::Result<bool> {
        self.connection.execute_batch("VACUUM")?;
        let is_busy: bool =
            self.connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(!is_busy)
    }

    /// Deletes whoever withdrew: a restored copy of the database has them again. What a withdrawal could not write, because the
    /// disk was full or the server was killed, is written now.
    pub(super) fn forget_the_withdrawn(&mut self) -> Result<()> {
        let (withdrawn, listed) = (self.withdrawn()?, listed(&self.study.folder)?);
        if withdrawn.is_empty() {
            return Ok(());
        }
        let missing: Vec<&str> = withdrawn.difference(&listed).map(String::as_str).collect();
        if !missing.is_empty() {
            self.add_to_file(missing)?;
        }
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
        self.vacuum()
            .map(|_| ())
            .map_err(Error::database(&self.path))
    }
}
