//! How a call ended: statuses and messages as errors.

use super::LibraryError;
use super::abi::status;
use super::manifest::Entry;
use super::sink::Message;
use lab_core::config::{Location, Source};
use lab_core::{Error, Result};

/// A broken promise of the interface.
pub(super) fn broken(
    entry: &Entry,
    call: &'static str,
    expected: impl Into<String>,
    got: impl Into<String>,
) -> Error {
    LibraryError::Broken {
        plugin: entry.label.clone(),
        call,
        expected: expected.into(),
        got: got.into(),
    }
    .into()
}

/// What a status means.
pub(super) fn outcome(
    entry: &Entry,
    call: &'static str,
    code: i32,
    message: &Message,
) -> Result<()> {
    let plugin = entry.label.clone();
    match code {
        status::OK => Ok(()),
        status::CANCELLED => Err(Error::Cancelled),
        status::ERR_SHAPE => {
            let text = message.text();
            let mut lines = text.lines().map(str::to_owned);
            let mut line = || lines.next().unwrap_or_else(|| "?".into());
            Err(Error::Shape {
                what: line(),
                expected: line(),
                got: line(),
            })
        }
        status::PANIC => Err(LibraryError::Panicked {
            plugin,
            call,
            message: message.text(),
        }
        .into()),
        status::ERR | status::ERR_CONFIG => Err(LibraryError::Failed {
            plugin,
            call,
            message: message.text(),
        }
        .into()),
        status::UNSUPPORTED => Err(broken(
            entry,
            call,
            "a method that its caps promise",
            "LAB_UNSUPPORTED",
        )),
        other => Err(broken(
            entry,
            call,
            "a status of lab_plugin.h",
            other.to_string(),
        )),
    }
}

/// A complaint about the parameters `config`, at its byte in those that were written.
pub(super) fn config_error(message: &Message, config: &str, written: &str) -> Error {
    let text = message.text();
    let (first, hint) = text.split_once('\n').unwrap_or((&text, ""));
    let hint = hint.trim().trim_start_matches("hint:").trim().to_owned();
    // Parameters that were made from the written ones have no places of their own.
    let offset = match message.place() {
        Some((line, column)) if written == config => Source::offset(config, line, column),
        _ => 0,
    };
    Error::Config {
        at: Location::Within { offset },
        message: first.to_owned(),
        hint,
    }
}
