//! Why a stage is not there: what differs from the nearest one that is.

use std::path::PathBuf;

use serde::Serialize;

use crate::store::shelf::Finished;
use crate::store::{Ancestry, Difference, differences};

/// Most letters of a value that are shown.
const LONGEST: usize = 60;
/// Hexadecimal digits of a hash that are shown.
const DIGITS: usize = 12;

/// Why a stage is not there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// Why what stands in its place cannot be used, if anything does.
    pub damage: Option<String>,
    /// The finished stage of the same name that differs least; none if there is none.
    pub nearest: Option<Nearest>,
    /// What differs between the stage and the nearest finished one; causes stand before what they caused.
    pub differences: Vec<Differing>,
}

/// A finished stage that another is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Nearest {
    /// The folder of that finished stage.
    pub folder: PathBuf,
    /// When that stage was made, in seconds since 1970, where the system tells it.
    pub made: Option<u64>,
    /// Number of finished stages of that name.
    pub of: usize,
}

/// One part that differs between two stages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Differing {
    /// The stage in which it begins: the stage itself, or one that it builds on; `data` for what is loaded.
    pub begins_in: String,
    /// What it is: a field as `--set` names it, a file, the source of a package, a library, the device.
    pub what: String,
    /// The value of the part now; none if the part is not there any more.
    pub now: Option<String>,
    /// The value of the part in the nearest stage; none if the part was not there.
    pub then: Option<String>,
}

impl Reason {
    /// Compares a stage with finished ones, which are put in order, the nearest first.
    pub(crate) fn of(now: &Ancestry, finished: &mut [Finished]) -> Self {
        finished.sort_by_cached_key(|one| differences(now, &one.ancestry).len());
        let Some(nearest) = finished.first() else {
            return Self {
                damage: None,
                nearest: None,
                differences: Vec::new(),
            };
        };
        let all = differences(now, &nearest.ancestry);
        Self {
            damage: None,
            nearest: Some(Nearest {
                folder: nearest.folder.clone(),
                made: nearest.made,
                of: finished.len(),
            }),
            differences: all.into_iter().map(Differing::from).collect(),
        }
    }
}

impl From<Difference> for Differing {
    fn from(one: Difference) -> Self {
        let Difference {
            stage,
            name,
            now,
            then,
            ..
        } = one;
        Self {
            begins_in: stage,
            what: name,
            now,
            then,
        }
    }
}

impl Differing {
    /// Both values as a line has room for them: long hashes by their first digits, long texts by the words that differ.
    pub fn shown(&self) -> (Option<String>, Option<String>) {
        let (now, then) = (self.now.as_deref(), self.then.as_deref());
        let is_long = |text: Option<&str>| text.is_some_and(|text| text.chars().count() > LONGEST);
        let only = |text: &str, other: Option<&str>| {
            if is_long(now) || is_long(then) {
                words_without(text, other.unwrap_or_default())
            } else {
                text.to_owned()
            }
        };
        let short = |text: &str, other| cut(&only(text, other));
        (
            now.map(|text| short(text, then)),
            then.map(|text| short(text, now)),
        )
    }
}

/// The words of a text that another does not have.
fn words_without(text: &str, other: &str) -> String {
    let known: Vec<&str> = other.split_whitespace().collect();
    let own = text.split_whitespace().filter(|word| !known.contains(word));
    let own: Vec<String> = own.map(short_hash).collect();
    if own.is_empty() {
        return "without them".to_owned();
    }
    own.join(" ")
}

/// The first digits of a hash; any other word as it is.
fn short_hash(word: &str) -> String {
    let is_hash = word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash {
        format!("{}…", &word[..DIGITS])
    } else {
        word.to_owned()
    }
}

fn cut(text: &str) -> String {
    let line: Vec<String> = text.split_whitespace().map(short_hash).collect();
    let line = line.join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    format!("{}…", line.chars().take(LONGEST - 1).collect::<String>())
}
