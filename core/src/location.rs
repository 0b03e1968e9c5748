//! Places in what a user wrote: they stand on the ground, so that errors can name them.

use std::fmt;

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In a file; line and column count from 1.
    File {
        /// The file's name, as the user wrote it.
        file: String,
        /// Line in the file, from 1.
        line: usize,
        /// Column, in characters.
        column: usize,
    },
    /// On the command line.
    Argument {
        /// The argument of `--set`, as typed.
        argument: String,
    },
    /// At a byte of the text that was read; whoever knows where that text stands says where this is.
    Within {
        /// The byte.
        offset: usize,
    },
    /// Nowhere: a value made by the program.
    BuiltIn {
        /// The part of the program that wrote the text.
        what: String,
    },
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Argument { argument } => write!(f, "{argument}"),
            Self::Within { offset } => write!(f, "byte {offset}"),
            Self::BuiltIn { what } => write!(f, "{what}"),
        }
    }
}
