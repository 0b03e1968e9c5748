//! How a function of `lab_host` answers: a status and a message, whatever happened.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lab_core::{Error, Result};

use super::HostState;
use crate::abi::{ErrBuf, Str, status};
use crate::sink::write_message;

/// Does what a library asked for, and tells it how that went; nothing unwinds into the library.
///
/// # Safety
/// `ctx` must be the context of a table that is still valid, `err` null or a buffer.
pub(super) unsafe fn answer(
    ctx: *mut c_void,
    err: *mut ErrBuf,
    work: impl FnOnce(&HostState) -> Result<()>,
) -> i32 {
    let done = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the table's context is the state that it is part of.
        match unsafe { ctx.cast::<HostState>().as_ref() } {
            Some(state) => work(state),
            None => Err(wrong("ctx", "the context of lab_host", "NULL")),
        }
    }));
    let (code, text) = match done {
        Ok(Ok(())) => return status::OK,
        Ok(Err(Error::Cancelled)) => (status::CANCELLED, "stopped on request".to_owned()),
        Ok(Err(Error::Shape {
            what,
            expected,
            got,
        })) => (status::ERR_SHAPE, format!("{what}\n{expected}\n{got}")),
        Ok(Err(error)) => (status::ERR, error.to_string()),
        Err(payload) => {
            // Dropping the payload may itself panic.
            std::mem::forget(payload);
            (status::PANIC, "the host panicked".to_owned())
        }
    };
    // SAFETY: as the caller promises.
    unsafe { write_message(err, &text, (0, 0)) };
    code
}

/// A text of the library, or an error that names the argument.
///
/// # Safety
/// The text must be readable for the call.
pub(super) unsafe fn text<'a>(what: &str, value: Str) -> Result<&'a str> {
    // SAFETY: as the caller promises.
    unsafe { value.read() }.ok_or_else(|| wrong(what, "UTF-8 text", "other bytes"))
}

pub(super) fn wrong(what: &str, expected: &str, got: &str) -> Error {
    Error::Data {
        what: format!("'{what}' of a function of lab_host"),
        expected: expected.into(),
        got: got.into(),
        remedy: "see lab_plugin.h".into(),
    }
}

/// Writes numbers into room for exactly `n`.
///
/// # Safety
/// `out` must have room for `n` numbers.
pub(super) unsafe fn write(values: &[f32], out: *mut f32, n: usize) -> Result<()> {
    if values.len() != n {
        return Err(Error::shape("numbers for the library", n, values.len()));
    }
    if out.is_null() && n > 0 {
        return Err(wrong("out", "room for the numbers", "NULL"));
    }
    if n > 0 {
        // SAFETY: as the caller promises.
        unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), out, n) };
    }
    Ok(())
}
