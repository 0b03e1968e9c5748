//! The newer form: a zip archive whose members are stored as they are.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use lab_core::Result;

use super::{Storages, unfit};
use crate::mmap::Mapped;
use crate::pickle::Pickle;
use crate::zip;

/// Whether a zip archive is one of PyTorch's: whether it holds a `data.pkl`.
pub(crate) fn is_torch(bytes: &[u8]) -> bool {
    zip::entries(bytes).is_ok_and(|entries| entries.iter().any(|entry| prefix(entry).is_some()))
}

fn prefix(entry: &zip::Entry) -> Option<&str> {
    let prefix = entry.name.strip_suffix("data.pkl")?;
    (prefix.is_empty() || prefix.ends_with('/')).then_some(prefix)
}

pub(super) fn open(file: &Arc<Mapped>) -> Result<(Pickle, Storages)> {
    let bytes = file.bytes();
    let entries = zip::entries(bytes).map_err(|got| unfit(file, "", got))?;
    let Some(prefix) = entries.iter().find_map(prefix) else {
        return Err(unfit(file, "", "an archive without data.pkl"));
    };
    let member = |entry: &zip::Entry| -> Result<Range<usize>> {
        let fail = |got: String| unfit(file, &entry.name, got);
        if entry.method != 0 {
            return Err(fail("packed bytes, which torch.save does not write".into()));
        }
        zip::packed(bytes, entry).map_err(fail)
    };
    let mut places = BTreeMap::new();
    let (mut object, mut big_endian) = (None, false);
    for entry in &entries {
        let Some(name) = entry.name.strip_prefix(prefix) else {
            continue;
        };
        if name == "data.pkl" {
            object = Some(member(entry)?);
        } else if name == "byteorder" {
            big_endian = &bytes[member(entry)?] == b"big";
        } else if let Some(key) = name.strip_prefix("data/") {
            places.insert(key.as_bytes().to_vec(), member(entry)?);
        }
    }
    let object = object.ok_or_else(|| unfit(file, "", "an archive without data.pkl"))?;
    let (pickle, _) = Pickle::of_torch(file.clone(), object)?;
    Ok((pickle, Storages { places, big_endian }))
}
