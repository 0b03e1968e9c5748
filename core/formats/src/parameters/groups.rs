//! Tensors of a file, put together by layer.

use std::collections::BTreeMap;

use lab_core::Result;

use super::rules::{Rule, rename};
use crate::tensors::{Entry, Tensors};

/// Where a Chainer trainer's snapshot keeps the model.
const SNAPSHOT: &str = "updater.model:main.";

/// What a tensor is to its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Weight,
    Bias,
    Scale,
    Shift,
    Mean,
    Variance,
    Eps,
    /// Counts batches; says nothing about the function.
    Counter,
    Other,
}

/// Tensors whose keys differ in the last word alone.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// What comes before that word, with points between.
    name: String,
    members: Vec<(Role, &'a Entry)>,
    /// Whether Chainer wrote its statistics.
    pub(super) is_chainers: bool,
}

impl<'a> Group<'a> {
    pub(super) fn is_called(&self, layer: &str) -> bool {
        let before = self.name.strip_suffix(layer);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    }

    pub(super) fn first_word(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    pub(super) fn entry(&self, role: Role) -> Option<&'a Entry> {
        let found = self.members.iter().find(|(found, _)| *found == role);
        found.map(|(_, entry)| *entry)
    }

    pub(super) fn shape(&self, role: Role) -> Option<&'a [usize]> {
        self.entry(role).map(|entry| entry.shape.as_slice())
    }

    pub(super) fn members(&self) -> &[(Role, &'a Entry)] {
        &self.members
    }

    /// In a batch norm of PyTorch's, weight and bias mean scale and shift.
    fn settle(&mut self) {
        if self.entry(Role::Mean).is_none() && self.entry(Role::Variance).is_none() {
            return;
        }
        for (role, _) in &mut self.members {
            *role = match *role {
                Role::Weight => Role::Scale,
                Role::Bias => Role::Shift,
                role => role,
            };
        }
    }
}

/// All groups, in the order of their first tensors.
///
/// # Errors
/// Fails if rules make one key of two.
pub(super) fn groups<'a>(tensors: &'a Tensors, rules: &[Rule]) -> Result<Vec<Group<'a>>> {
    let pointed = |entry: &Entry| entry.name.replace('/', ".");
    let entries = tensors.entries();
    let is_snapshot = entries
        .iter()
        .any(|entry| pointed(entry).starts_with(SNAPSHOT));
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut keys = BTreeMap::new();
    for entry in entries {
        let Some(key) = key_of(&pointed(entry), is_snapshot, rules) else {
            continue;
        };
        if let Some(other) = keys.insert(key.clone(), &entry.name) {
            return Err(crate::file_error(
                tensors.path(),
                &entry.name,
                "rules that give each tensor a name of its own",
                format!("'{key}' for '{other}' too"),
                "change the rules in keys",
            ));
        }
        let (name, word) = key.rsplit_once('.').unwrap_or(("", &key));
        let place = *places.entry(name.to_owned()).or_insert_with(|| {
            groups.push(Group {
                name: name.to_owned(),
                members: Vec::new(),
                is_chainers: false,
            });
            groups.len() - 1
        });
        let group = &mut groups[place];
        group.is_chainers |= word == "avg_var";
        let role = role(word);
        // A second word for the same thing is none of the layer's.
        let role = if group.entry(role).is_some() {
            Role::Other
        } else {
            role
        };
        group.members.push((role, entry));
    }
    groups.iter_mut().for_each(Group::settle);
    // What counts batches alone, such as a trainer's own counters, is no layer.
    groups.retain(|group| group.members.iter().any(|(role, _)| *role != Role::Counter));
    Ok(groups)
}

/// The key of a tensor after all rules; `None` for one that is put aside.
fn key_of(key: &str, is_snapshot: bool, rules: &[Rule]) -> Option<String> {
    let key = if is_snapshot {
        key.strip_prefix(SNAPSHOT)?
    } else {
        key
    };
    if key.starts_with("optim") {
        return None;
    }
    rename(key, rules)
}

fn role(word: &str) -> Role {
    match word {
        "weight" | "W" | "kernel" => Role::Weight,
        "bias" | "b" => Role::Bias,
        "gamma" | "scale" => Role::Scale,
        "beta" | "shift" => Role::Shift,
        "running_mean" | "avg_mean" | "mean" => Role::Mean,
        "running_var" | "avg_var" | "variance" => Role::Variance,
        "eps" => Role::Eps,
        "num_batches_tracked" | "N" => Role::Counter,
        _ => Role::Other,
    }
}
