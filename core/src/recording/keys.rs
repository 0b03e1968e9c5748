//! What serves as a key stands in a table once.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::{Error, Result};

/// Fails if two rows have one key.
///
/// # Errors
/// [`Error::Data`] that names both rows, counted from 0.
pub(super) fn unique<K: Ord + Debug>(
    what: &str,
    key: &str,
    rows: impl Iterator<Item = K>,
) -> Result<()> {
    unique_of_some(what, key, rows.map(Some))
}

/// The same for rows of which some have no key.
///
/// # Errors
/// As [`unique`].
pub(super) fn unique_of_some<K: Ord + Debug>(
    what: &str,
    key: &str,
    rows: impl Iterator<Item = Option<K>>,
) -> Result<()> {
    let mut seen: BTreeMap<K, usize> = BTreeMap::new();
    for (row, found) in rows.enumerate() {
        let Some(found) = found else { continue };
        if let Some(before) = seen.get(&found) {
            return Err(Error::Data {
                what: what.into(),
                expected: format!("each {key} once"),
                got: format!("{found:?} in rows {before} and {row}, counted from 0"),
                remedy: "correct or remove one of the two rows".into(),
            });
        }
        seen.insert(found, row);
    }
    Ok(())
}
