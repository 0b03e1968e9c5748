//! Standard output, whose errors say that it is standard output.

use std::io::{self, StdoutLock, Write};

/// Where the data that a verb prints goes.
pub(crate) struct Out(StdoutLock<'static>);

/// Standard output, locked until it is dropped.
pub(crate) fn stdout() -> Out {
    Out(io::stdout().lock())
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(named)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(named)
    }
}

/// The system's answer alone would not say which file it was about.
pub(crate) fn named(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("writing to stdout: {error}"))
}
