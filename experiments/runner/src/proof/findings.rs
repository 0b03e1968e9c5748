//! What is wrong with a file, and the files of a folder held against a list of hashes.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use rayon::prelude::*;
use serde::Serialize;

use super::inputs::content;

/// A file that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// In the run's folder its path there; the path of an input or of a file of a stage otherwise.
    pub file: String,
    /// What is wrong with the file.
    #[serde(flatten)]
    pub problem: Problem,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// The file holds something else than what was written.
    Changed {
        /// The BLAKE3 that was written down.
        expected: String,
        /// The BLAKE3 of what the file holds now.
        found: String,
    },
    /// The file is not there.
    Missing {
        /// The BLAKE3 that was written down.
        expected: String,
    },
    /// The file is in the folder, and no list of the run names it.
    NotListed,
    /// The path is a link, a pipe or a device; what a run writes are regular files.
    NoRegularFile,
    /// The file cannot be read.
    Unreadable {
        /// Why not, in the words of the system or of whoever read it.
        reason: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { expected, found } => {
                write!(f, "changed: expected BLAKE3 {expected}, found {found}")
            }
            Self::Missing { expected } => {
                write!(f, "missing: expected BLAKE3 {expected}, found no file")
            }
            Self::NotListed => f.write_str("not listed: the run wrote no such file"),
            Self::NoRegularFile => f.write_str("no regular file: a link, a pipe or a device"),
            Self::Unreadable { reason } => write!(f, "cannot be read: {reason}"),
        }
    }
}

/// The files of a folder held against a list of hashes.
pub(super) fn held_against(
    listed: &BTreeMap<String, String>,
    found: &BTreeMap<String, PathBuf>,
) -> Vec<Finding> {
    let problems: Vec<Option<Problem>> = listed
        .par_iter()
        .map(|(name, expected)| {
            let expected = expected.clone();
            let Some(path) = found.get(name) else {
                return Some(Problem::Missing { expected });
            };
            let is_link = path.symlink_metadata().is_ok_and(|of| !of.is_file());
            if is_link {
                return Some(Problem::NoRegularFile);
            }
            match content(path) {
                Ok(found) if found == expected => None,
                Ok(found) => Some(Problem::Changed { expected, found }),
                Err(error) => Some(Problem::Unreadable {
                    reason: error.to_string(),
                }),
            }
        })
        .collect();
    let differing = listed.keys().zip(problems);
    let differing = differing.filter_map(|(name, problem)| Some((name, problem?)));
    let more = found.keys().filter(|name| !listed.contains_key(*name));
    differing
        .chain(more.map(|name| (name, Problem::NotListed)))
        .map(|(name, problem)| Finding {
            file: name.clone(),
            problem,
        })
        .collect()
}
