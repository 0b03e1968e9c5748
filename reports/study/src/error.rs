//! What can go wrong between sources of pictures, a study, and what people answered.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Shorthand used through the crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a study.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be written or read. Remedy: check the path and its permissions.
    #[error("{action} '{}': {source}", path.display())]
    Io {
        /// What the program tried to do.
        action: &'static str,
        /// The file that was read or written.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// Pictures of a source do not fit each other or the study. Remedy: in the message.
    #[error("source '{label}': expected {expected}, got {got}\n  hint: {remedy}")]
    Source {
        /// Label of the source.
        label: String,
        /// What would fit.
        expected: String,
        /// What was found.
        got: String,
        /// What to do.
        remedy: String,
    },
    /// A participant would see a picture twice.
    #[error(
        "{asked} trials a participant are too many: {n_images} images allow at most {most}, as nobody may see an original or a reconstruction twice\n  hint: more trials come from more participants: ask for {most} trials and more participants"
    )]
    TooManyTrials {
        /// Trials asked for.
        asked: usize,
        /// Most trials that are possible.
        most: usize,
        /// Images of the source that allows fewest.
        n_images: usize,
    },
    /// A setting cannot hold. Remedy: in the message.
    #[error("{what}: expected {expected}, got {got}\n  hint: {remedy}")]
    Setting {
        /// Name of the setting.
        what: &'static str,
        /// What would do.
        expected: String,
        /// What was found.
        got: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A folder is there already. Remedy: name another.
    #[error("'{}' exists already\n  hint: name another folder; a study is never written over", folder.display())]
    Exists {
        /// The folder that was looked at.
        folder: PathBuf,
    },
    /// A folder holds no study. Remedy: name a folder that `lab study build` wrote.
    #[error("'{}' is not the folder of a study: it holds no {missing}\n  hint: `lab study build RUN --out STUDY` writes one", folder.display())]
    NotAStudy {
        /// The folder that was looked at.
        folder: PathBuf,
        /// The file that it lacks.
        missing: &'static str,
    },
    /// Nobody has taken part in a study. Remedy: serve it.
    #[error("nobody has answered the study '{}'\n  hint: `lab study serve {}` lets people take part", folder.display(), folder.display())]
    NobodyAnswered {
        /// The folder of the study.
        folder: PathBuf,
    },
    /// A table of decisions holds something else. Remedy: in the message.
    #[error("'{}'{}: expected {expected}, got {got}\n  hint: {remedy}", path.display(), at(*line))]
    Table {
        /// The file of the table.
        path: PathBuf,
        /// The line, or the number of the object in a JSON array; `None` for the table as a whole.
        line: Option<usize>,
        /// What should stand there.
        expected: String,
        /// What was found.
        got: String,
        /// What to do.
        remedy: String,
    },
    /// A file of a study is not what was written. Remedy: build the study again with the same seed, or restore the file.
    #[error("'{}' is damaged: {problem}\n  hint: restore the file from a copy, or build the study again with the same seed", path.display())]
    Damaged {
        /// The file that was read or written.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// `SQLite` refused something. Remedy: see its message; a full disk is the usual cause.
    #[error("answers in '{}': {source}", path.display())]
    Database {
        /// The file of the database of answers.
        path: PathBuf,
        /// `SQLite`'s message.
        source: rusqlite::Error,
    },
    /// The database holds the answers to another study. Remedy: move it away.
    #[error("'{}' holds the answers to another study (expected {expected}, got {got})\n  hint: move the file away, or serve the study that it belongs to", path.display())]
    ForeignDatabase {
        /// The file of the database of answers.
        path: PathBuf,
        /// Name of this study.
        expected: String,
        /// Name of the study that the database names.
        got: String,
    },
    /// Another process serves the study. Remedy: stop it.
    #[error("'{}' is served by another process\n  hint: stop that one first; one study has one server", folder.display())]
    Served {
        /// The study.
        folder: PathBuf,
    },
    /// The address cannot be listened on.
    #[error("listening on {address}: {source}\n  hint: {remedy}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The operating system's answer.
        source: std::io::Error,
        /// What to do.
        remedy: &'static str,
    },
    /// A file of answers cannot be read. Remedy: in the message.
    #[error("answers of '{file}': expected {expected}, got {got}")]
    Answers {
        /// Name of the file.
        file: String,
        /// What should stand there.
        expected: String,
        /// What stands there.
        got: String,
    },
}

impl Error {
    /// Adds what was tried with which file, for `map_err`.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    /// Adds the database that refused, for `map_err`.
    pub(crate) fn database(path: impl Into<PathBuf>) -> impl FnOnce(rusqlite::Error) -> Self {
        let path = path.into();
        move |source| Self::Database { path, source }
    }
}

/// A line, for a message.
fn at(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(", line {line}"))
}
