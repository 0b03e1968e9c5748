//! Calls that an instance cannot answer.

use lab_core::Error;

use crate::LibraryError;

/// The method is not one of this kind of plugin.
pub(super) fn unknown(method: u32) -> Error {
    LibraryError::Failed {
        plugin: "the library".into(),
        call: "a call of the host",
        message: format!("method {method} is not one of this kind"),
    }
    .into()
}

/// The method was called before the instance was ready.
pub(super) fn not_ready(method: u32) -> Error {
    LibraryError::Failed {
        plugin: "the library".into(),
        call: "a call of the host",
        message: format!("method {method} was called before the instance was ready"),
    }
    .into()
}
