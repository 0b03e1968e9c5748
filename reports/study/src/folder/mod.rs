//! The folder of a study: what is in which file, written whole and checked when it is opened.
//!
//! | file | holds |
//! |---|---|
//! | `study.ron` | settings, seed, where the pictures come from |
//! | `lists.json` | what participants are sent: names of pictures, nothing that tells the side |
//! | `images/` | PNG files with opaque names, all of one size in bytes |
//! | `key.csv` | secret: which side is right, and what each trial shows |
//! | `manifest.json` | the BLAKE3 hash of each of these |
//! | `answers.sqlite`, `answers.salt`, `withdrawn.txt` | made by the server |

mod album;
mod assemble;
mod files;
mod key;
mod open;

pub use assemble::{Built, build};
pub(crate) use files::replace;
pub use key::{KeyRow, Kind};

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::settings::Settings;

/// Format of the files.
pub(crate) const FORMAT: u32 = 1;

/// A study that was opened and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// Its folder.
    pub folder: PathBuf,
    /// Its name: the first 16 digits of the hash of `manifest.json`.
    pub id: String,
    /// Settings, seed and sources.
    pub about: About,
    /// What participants are sent; list `n` stands at `n − 1`.
    pub lists: Vec<List>,
    /// The secret key, ordered by list and trial.
    pub key: Vec<KeyRow>,
}

/// What `study.ron` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Format of the folder.
    pub format: u32,
    /// The seed of everything that was drawn.
    pub seed: u64,
    /// The settings, with every default filled in.
    pub settings: Settings,
    /// Where the pictures come from.
    pub sources: Vec<Origin>,
}

/// Where reconstructions come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Label of what made the reconstructions.
    pub label: String,
    /// Dataset of the images.
    pub set: String,
    /// Whose brain; empty for the aligned mean.
    pub subject: String,
    /// The run.
    pub run: String,
    /// The run's hash.
    pub hash: String,
    /// Why the reconstructions are no result, if the run is of toy size.
    #[serde(default)]
    pub toy: Option<String>,
    /// How the brain's responses were simulated; `None` if they were measured.
    #[serde(default)]
    pub simulated: Option<String>,
    /// Number of images.
    pub n_images: usize,
}

/// What one participant is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// Practice trials, numbered from 1.
    pub practice: Vec<Shown>,
    /// Trials and attention checks, numbered after the practice trials.
    pub trials: Vec<Shown>,
}

/// Names of the pictures of one trial, without path and extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Name of the image that was shown as the original.
    pub original: String,
    /// The picture on the left.
    pub left: String,
    /// The picture on the right.
    pub right: String,
}

impl List {
    /// Trials of all kinds.
    pub fn n_trials(&self) -> u32 {
        (self.practice.len() + self.trials.len()) as u32
    }

    /// Names of all pictures.
    pub fn images(&self) -> impl Iterator<Item = &str> {
        let all = self.practice.iter().chain(&self.trials);
        all.flat_map(|shown| [&shown.original, &shown.left, &shown.right].map(String::as_str))
    }
}

impl Study {
    /// The key of one trial.
    pub fn key_of(&self, list: u32, trial: u32) -> Option<&KeyRow> {
        let at = self
            .key
            .binary_search_by_key(&(list, trial), |row| (row.list, row.trial))
            .ok()?;
        self.key.get(at)
    }

    /// The list of a number, from 1.
    pub fn list(&self, list: u32) -> Option<&List> {
        self.lists.get((list as usize).checked_sub(1)?)
    }
}

#[cfg(test)]
mod predictor;
#[cfg(test)]
mod tests;
