//! How a call ended: a status and a message, whatever happened.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lab_core::config::Location;
use lab_core::{Error, Result};

use crate::abi::{ErrBuf, status};
use crate::sink::write_message;

/// The name of the config text in locations.
pub(super) const CONFIG: &str = "parameters";

/// Does the work of a call; nothing unwinds out of the library.
///
/// # Safety
/// `err` must be null or a buffer as the interface demands.
pub(super) unsafe fn answer(err: *mut ErrBuf, work: impl FnOnce() -> Result<()>) -> i32 {
    let done = catch_unwind(AssertUnwindSafe(work));
    let (code, text, place) = match done {
        Ok(Ok(())) => return status::OK,
        Ok(Err(error)) => said(&error),
        Err(payload) => {
            let text = payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| payload.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "a panic without a message".into());
            // Dropping the payload may itself panic.
            std::mem::forget(payload);
            (status::PANIC, text, (0, 0))
        }
    };
    // SAFETY: as the caller promises.
    unsafe { write_message(err, &text, place) };
    code
}

fn said(error: &Error) -> (i32, String, (u32, u32)) {
    match error {
        Error::Cancelled => (status::CANCELLED, error.to_string(), (0, 0)),
        Error::Shape {
            what,
            expected,
            got,
        } => (
            status::ERR_SHAPE,
            format!("{what}\n{expected}\n{got}"),
            (0, 0),
        ),
        Error::Config { at, message, hint } => {
            (status::ERR_CONFIG, format!("{message}\n{hint}"), place(at))
        }
        Error::UnknownPlugin { at, .. } => {
            let whole = error.to_string();
            let message = whole.strip_prefix(&format!("{at}: ")).unwrap_or(&whole);
            (status::ERR_CONFIG, message.to_owned(), place(at))
        }
        other => (status::ERR, other.to_string(), (0, 0)),
    }
}

/// Line and column in the parameters; zeros for a place elsewhere.
fn place(at: &Location) -> (u32, u32) {
    match at {
        Location::File { file, line, column } if file == CONFIG => (*line as u32, *column as u32),
        _ => (0, 0),
    }
}
