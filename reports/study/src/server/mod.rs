//! The server: participants' page, their answers, and the operator's page.
//!
//! | path | what it gives |
//! |---|---|
//! | `/` | the page, the same for everybody |
//! | `/api/study` | texts and settings, nothing of a person |
//! | `/api/resume`, `/api/consent` | a session begins or goes on |
//! | `/api/comprehension`, `/api/answer`, `/api/remarks`, `/api/finish`, `/api/withdraw` | what a person does |
//! | `/image/NAME` | a picture of the person's own list |
//! | `/operator`, `/api/operator/…` | progress and export, by a token |
//!
//! Nothing is stored of anybody before consent. Addresses of peers are held in memory alone, to limit rates, unless the
//! study asks to keep them.

mod cookie;
mod headers;
mod limits;
mod listen;
mod operator;
mod peer;
mod pictures;
mod replies;
mod routes;
mod shared;
mod taking_part;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::clock::{self, Clock};
use crate::folder::Study;
use crate::store::{Desk, Store};
use crate::{Error, Result, secret};
use shared::Shared;

/// How a study is served.
#[derive(Debug, Clone)]
pub struct Options {
    /// A proxy that ends HTTPS stands in front, and sets `X-Forwarded-For` and `X-Forwarded-Proto`.
    pub behind_proxy: bool,
    /// Token of the operator's page; a fresh one if it is left out.
    pub operator_token: Option<String>,
    /// People who may begin from one address within ten minutes.
    pub arrivals_per_peer: u32,
    /// The clock.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            behind_proxy: false,
            operator_token: None,
            arrivals_per_peer: 120,
            clock: clock::machine,
        }
    }
}

/// What is served, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serving {
    /// The address that is listened on; its port is the real one.
    pub address: SocketAddr,
    /// Token of the operator's page.
    pub operator_token: String,
    /// What the operator should know, in sentences.
    pub notes: Vec<String>,
}

/// Serves the study in `folder` until `stop` becomes true.
///
/// `ready` is called once people can come.
///
/// # Errors
/// - As [`Study::open`] and [`Store::open`].
/// - [`Error::Served`] if another process serves the study, and [`Error::Bind`] if the address cannot be listened on.
///
/// # Determinism
/// Tokens of sessions come from the operating system.
pub fn serve(
    folder: &Path,
    bind: SocketAddr,
    options: &Options,
    stop: &AtomicBool,
    ready: impl FnOnce(&Serving),
) -> Result<()> {
    let study = Arc::new(Study::open(folder)?);
    let lock = lock(folder)?;
    let store = Store::open(Arc::clone(&study), options.clock)?;
    let listener = listen(bind)?;
    let address = listener
        .local_addr()
        .map_err(|source| bind_error(bind, source))?;
    let operator_token = match &options.operator_token {
        Some(token) => token.clone(),
        None => secret::token()?,
    };
    let (desk, writer) = Desk::start(store);
    let serving = Serving {
        address,
        operator_token,
        notes: notes(address, options),
    };
    let shared = Arc::new(Shared::new(study, desk, options, &serving.operator_token));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Error::io("starting threads for", folder))?;
    ready(&serving);
    let served = runtime.block_on(listen::accept(listener, shared, stop));
    // Ends the connections that are left, and with them the last handles of the writer.
    drop(runtime);
    let _ = writer.join();
    drop(lock);
    served.map_err(|source| bind_error(bind, source))
}

/// One process serves a study; the lock of the system ends with it.
fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("answers.lock");
    let file = File::create(&path).map_err(Error::io("making", &path))?;
    match file.try_lock() {
        // Where a file system knows no locks, SQLite's own keep the answers whole.
        Ok(()) | Err(std::fs::TryLockError::Error(_)) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(Error::Served {
            folder: folder.into(),
        }),
    }
}

fn listen(bind: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(bind).map_err(|source| bind_error(bind, source))?;
    listener
        .set_nonblocking(true)
        .map_err(|source| bind_error(bind, source))?;
    Ok(listener)
}

fn bind_error(address: SocketAddr, source: std::io::Error) -> Error {
    let remedy = match source.kind() {
        std::io::ErrorKind::AddrInUse => {
            "another program listens there: stop it, or name another port with --bind"
        }
        std::io::ErrorKind::PermissionDenied => {
            "ports below 1024 need rights: name a higher one with --bind"
        }
        _ => "name an address of this machine with --bind, such as 127.0.0.1:8015",
    };
    Error::Bind {
        address,
        source,
        remedy,
    }
}

fn notes(address: SocketAddr, options: &Options) -> Vec<String> {
    let mut notes = Vec::new();
    if options.behind_proxy {
        notes.push("The proxy must end HTTPS, pass the header Host on, set X-Forwarded-Proto to https, and add the peer's address at the end of X-Forwarded-For.".into());
    } else if !address.ip().is_loopback() {
        notes.push("Answers travel unencrypted from other machines: put a proxy with HTTPS in front, and say --behind-proxy.".into());
    }
    notes
}
