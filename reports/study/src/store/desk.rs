//! The thread that writes: it commits what waits, and then answers all of it.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::Store;

/// Requests that one transaction takes at most.
const MOST: usize = 512;

/// Tells the asker how it ended, once the transaction is on the disk or was given up.
type Reply = Box<dyn FnOnce(bool) + Send>;
/// What is asked; a failure of `SQLite` gives the whole transaction up.
type Job = Box<dyn FnOnce(&mut Store) -> rusqlite::Result<Reply> + Send>;

enum Request {
    Write(Job),
    /// Done alone, outside of a transaction.
    Alone(Box<dyn FnOnce(&mut Store) + Send>),
}

/// Where requests are handed in; the thread ends when the last handle is gone.
#[derive(Clone)]
pub(crate) struct Desk {
    requests: Sender<Request>,
}

/// The answer could not be stored, or is not known to be: ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotStored;

impl Desk {
    /// Starts the thread.
    pub(crate) fn start(store: Store) -> (Self, JoinHandle<()>) {
        let (requests, waiting) = channel();
        let thread = std::thread::spawn(move || work(store, &waiting));
        (Self { requests }, thread)
    }

    /// Does something in the next transaction; returns when the disk has it.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        what: impl FnOnce(&mut Store) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, NotStored> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            let value = what(store)?;
            Ok(Box::new(move |is_stored| {
                // Whoever no longer waits asks again.
                let _ = answer.send(is_stored.then_some(value));
            }))
        });
        self.requests
            .send(Request::Write(job))
            .map_err(|_| NotStored)?;
        answered.await.ok().flatten().ok_or(NotStored)
    }

    /// Does something outside of a transaction.
    pub(crate) async fn alone<T: Send + 'static>(
        &self,
        what: impl FnOnce(&mut Store) -> T + Send + 'static,
    ) -> Result<T, NotStored> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move |store: &mut Store| {
            let _ = answer.send(what(store));
        });
        self.requests
            .send(Request::Alone(job))
            .map_err(|_| NotStored)?;
        answered.await.map_err(|_| NotStored)
    }
}

fn work(mut store: Store, waiting: &Receiver<Request>) {
    while let Ok(first) = waiting.recv() {
        let mut jobs = Vec::new();
        let mut next = Some(first);
        let mut alone = None;
        while let Some(request) = next.take() {
            match request {
                Request::Write(job) => jobs.push(job),
                Request::Alone(job) => alone = Some(job),
            }
            if alone.is_none() && jobs.len() < MOST {
                next = waiting.try_recv().ok();
            }
        }
        commit(&mut store, jobs);
        if let Some(job) = alone {
            job(&mut store);
        }
    }
}

/// Does all jobs in one transaction, and answers them when it is on the disk.
fn commit(store: &mut Store, jobs: Vec<Job>) {
    if jobs.is_empty() {
        return;
    }
    let mut replies = Vec::new();
    let done = store
        .connection
        .execute_batch("BEGIN IMMEDIATE")
        .and_then(|()| {
            for job in jobs {
                replies.push(job(store)?);
            }
            store.connection.execute_batch("COMMIT")
        });
    if done.is_err() && !store.connection.is_autocommit() {
        // What cannot be rolled back was not begun.
        let _ = store.connection.execute_batch("ROLLBACK");
    }
    for reply in replies {
        reply(done.is_ok());
    }
}
