//! What people answered: a `SQLite` database in which every acknowledged answer is on the disk.
//!
//! One thread writes ([`Desk`]). It takes every request that waits, does them in one transaction, waits until the disk has
//! it (write-ahead log, `synchronous = FULL`), and only then answers all of them.

mod answers;
mod desk;
mod people;
mod rows;
mod schema;
mod withdraw;

#[cfg(test)]
mod tests;

pub use answers::Recorded;
pub(crate) use desk::{Desk, NotStored};
pub use people::{Arrival, Person, Refusal};
pub use rows::{AnswerRow, EventRow, Everything, PersonRow, PlatformRow};
#[cfg(test)]
use schema::DATABASE;

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;

use crate::clock::Clock;
use crate::folder::Study;

/// The database of one study.
pub struct Store {
    connection: Connection,
    path: PathBuf,
    study: Arc<Study>,
    salt: [u8; 32],
    clock: Clock,
}
