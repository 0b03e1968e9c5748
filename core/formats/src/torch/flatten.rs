//! Finds the tensors of nested dictionaries and lists, and calls them by the keys that lead to them.

use std::collections::BTreeMap;

use crate::pickle::{Id, Pickle, Value, View};

/// Dictionaries in dictionaries are followed so far.
const DEEPEST: usize = 16;
/// Values that are looked at, shared ones each time anew.
const MOST: usize = 1 << 20;
/// Tensors that are found.
const MOST_TENSORS: usize = 1 << 16;
/// Bytes of a name.
const LONGEST: usize = 1000;

/// Every tensor with its name, in the order of the file.
///
/// # Errors
/// Fails if the nesting has no reasonable end.
pub(super) fn tensors(pickle: &Pickle) -> Result<Vec<(String, &View)>, String> {
    let mut walk = Walk {
        pickle,
        found: Vec::new(),
        n_seen: 0,
    };
    walk.visit(pickle.root(), "", 0)?;
    Ok(walk.found)
}

/// Bytes of a number of each storage that a tensor or an attribute of a module names.
///
/// # Errors
/// Fails if one key stands for numbers of two types.
pub(super) fn storages(pickle: &Pickle) -> Result<BTreeMap<Vec<u8>, usize>, String> {
    let mut sizes = BTreeMap::new();
    for storage in pickle.storages() {
        let key = pickle.decoded(&storage.key)?.into_owned();
        let size = storage.dtype.size;
        if *sizes.entry(key).or_insert(size) != size {
            return Err("a storage of two types".into());
        }
    }
    Ok(sizes)
}

struct Walk<'a> {
    pickle: &'a Pickle,
    found: Vec<(String, &'a View)>,
    n_seen: usize,
}

impl Walk<'_> {
    fn visit(&mut self, id: Id, name: &str, depth: usize) -> Result<(), String> {
        self.n_seen += 1;
        if depth > DEEPEST || self.n_seen > MOST {
            return Err("dictionaries that are nested without end".into());
        }
        let pickle = self.pickle;
        match pickle.value(id) {
            Value::Tensor(view) => {
                if self.found.len() == MOST_TENSORS || name.len() > LONGEST {
                    return Err(format!(
                        "more than {MOST_TENSORS} tensors, or names of more than {LONGEST} bytes"
                    ));
                }
                self.found.push((name.to_owned(), view));
            }
            Value::Dict(entries) => {
                for (key, value) in entries {
                    let Some(key) = word(pickle, *key) else {
                        continue;
                    };
                    self.visit(*value, &joined(name, &key), depth + 1)?;
                }
            }
            Value::List(items) | Value::Tuple(items) => {
                for (idx, item) in items.iter().enumerate() {
                    self.visit(*item, &joined(name, &idx.to_string()), depth + 1)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// A key as text, if it is short text or a number.
fn word(pickle: &Pickle, key: Id) -> Option<String> {
    match pickle.value(key) {
        Value::Int(number) => Some(number.to_string()),
        Value::Text(stretch) | Value::Bytes(stretch) if stretch.range.len() <= LONGEST => {
            pickle.text(key)
        }
        _ => None,
    }
}

fn joined(name: &str, key: &str) -> String {
    if name.is_empty() {
        key.to_owned()
    } else {
        format!("{name}.{key}")
    }
}
