//! What a key is made of: parts that a person can read, each with its name and its value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Whether a part is a cause of a stage's bytes, or follows from causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Says {
    /// What somebody can change: a setting, a file, a source, the machine.
    #[default]
    Cause,
    /// What came of causes, such as the values that were loaded.
    Outcome,
}

impl Says {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde asks with a reference"
    )]
    fn is_cause(&self) -> bool {
        *self == Self::Cause
    }
}

/// One part of a key, with its name and its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Name of the part, such as `decoder.l2`.
    pub(crate) name: String,
    /// Value of the part, such as `0.01`, or the hash of a file's content.
    pub(crate) value: String,
    #[serde(default, skip_serializing_if = "Says::is_cause")]
    pub(crate) says: Says,
}

/// The parts of a stage's key, and the keys that it builds on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Name of the stage; `data` for what was loaded.
    pub(crate) stage: String,
    /// The key in hexadecimal digits.
    pub(crate) key: String,
    pub(crate) parts: Vec<Part>,
    /// The keys of the stages that it builds on, in the order in which they entered the hash.
    pub(crate) after: Vec<String>,
    /// Keys of what may explain an outcome, such as the data that a corpus was made of.
    pub(crate) beside: Vec<String>,
}

/// A stage's key with all keys behind it, each of which stands before those that build on it; its own is the last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub(crate) struct Ancestry {
    pub(crate) stages: Vec<Parts>,
}

impl Ancestry {
    /// Name of the file that holds it, in the folder of a stage.
    pub(crate) const FILE: &str = "key.json";

    /// The parts of the stage itself, which are the last.
    pub(crate) fn own(&self) -> Option<&Parts> {
        self.stages.last()
    }

    /// The parts of the stage with this key, if it is among them.
    pub(crate) fn of(&self, key: &str) -> Option<&Parts> {
        self.stages.iter().find(|parts| parts.key == key)
    }
}

/// The same as `key.json` holds it: most parts, such as sources, are those of several stages, and stand there once.
#[derive(Serialize, Deserialize)]
struct Written {
    stages: Vec<WrittenStage>,
    parts: Vec<Part>,
}

#[derive(Serialize, Deserialize)]
struct WrittenStage {
    stage: String,
    key: String,
    after: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    beside: Vec<String>,
    /// The stage's parts, as places in the list of all parts, counted from 0.
    parts: Vec<usize>,
}

impl From<Ancestry> for Written {
    fn from(ancestry: Ancestry) -> Self {
        let mut places: BTreeMap<Part, usize> = BTreeMap::new();
        let mut parts = Vec::new();
        let stages = ancestry.stages.into_iter().map(|of| WrittenStage {
            stage: of.stage,
            key: of.key,
            after: of.after,
            beside: of.beside,
            parts: of
                .parts
                .into_iter()
                .map(|part| {
                    *places.entry(part).or_insert_with_key(|part| {
                        parts.push(part.clone());
                        parts.len() - 1
                    })
                })
                .collect(),
        });
        let stages = stages.collect();
        Self { stages, parts }
    }
}

impl TryFrom<Written> for Ancestry {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let part = |idx: usize| {
            let found = written.parts.get(idx).cloned();
            found.ok_or_else(|| format!("there is no part {idx}"))
        };
        let stages = written.stages.into_iter().map(|of| {
            Ok(Parts {
                stage: of.stage,
                key: of.key,
                after: of.after,
                beside: of.beside,
                parts: of
                    .parts
                    .into_iter()
                    .map(part)
                    .collect::<Result<_, String>>()?,
            })
        });
        let stages = stages.collect::<Result<_, String>>()?;
        Ok(Self { stages })
    }
}
