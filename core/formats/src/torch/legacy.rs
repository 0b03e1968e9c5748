//! The older form: pickles behind each other, then the storages.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use lab_core::Result;

use super::flatten::storages;
use super::{Storages, unfit};
use crate::mmap::Mapped;
use crate::pickle::{Pickle, Value};

/// The number that a file begins with, as a pickle of protocol 2 writes it: 0x1950a86a20f9469cfc6c.
const MAGIC: &[u8] = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.";
/// The protocol of the form itself.
const PROTOCOL: i64 = 1001;

/// Where the second pickle begins, if the first is the magic one.
fn behind_magic(bytes: &[u8]) -> Option<usize> {
    let [0x80, 2..=5, rest @ ..] = bytes else {
        return None;
    };
    // Later protocols may put a frame around it.
    let n_frame = if rest.first() == Some(&0x95) { 9 } else { 0 };
    rest.get(n_frame..)?
        .starts_with(MAGIC)
        .then_some(2 + n_frame + MAGIC.len())
}

pub(crate) fn is_legacy(bytes: &[u8]) -> bool {
    behind_magic(bytes).is_some()
}

pub(super) fn open(file: &Arc<Mapped>) -> Result<(Pickle, Storages)> {
    let bytes = file.bytes();
    let fail = |got: String| unfit(file, "", got);
    let pickle = |at: usize| Pickle::of_torch(file.clone(), at..bytes.len());
    let at = behind_magic(bytes).unwrap_or_default();
    let (protocol, at) = pickle(at)?;
    if !matches!(protocol.value(protocol.root()), Value::Int(PROTOCOL)) {
        return Err(fail(format!("another form than {PROTOCOL}")));
    }
    let (system, at) = pickle(at)?;
    let little = system.get(system.root(), "little_endian");
    let big_endian = little.is_some_and(|id| matches!(system.value(id), Value::Bool(false)));
    let (object, at) = pickle(at)?;
    let (keys, mut at) = pickle(at)?;
    // How many bytes a number of each storage has, stands in the object alone.
    let sizes = storages(&object).map_err(fail)?;
    let mut places = BTreeMap::new();
    let Value::List(keys_listed) = keys.value(keys.root()) else {
        return Err(fail("no list of storages".into()));
    };
    for id in keys_listed {
        let key = keys.bytes(*id).map(std::borrow::Cow::into_owned);
        let key = key.ok_or_else(|| fail("a storage without a key".into()))?;
        let Some(size) = sizes.get(&key) else {
            return Err(fail("a storage that no tensor needs".into()));
        };
        let place = storage(bytes, at, *size, big_endian).map_err(fail)?;
        at = place.end;
        places.insert(key, place);
    }
    Ok((object, Storages { places, big_endian }))
}

/// Where the storage lies whose length stands at `at`.
fn storage(bytes: &[u8], at: usize, size: usize, big_endian: bool) -> Result<Range<usize>, String> {
    let start = at.saturating_add(8);
    let length = bytes
        .get(at..start)
        .and_then(|length| length.first_chunk().copied());
    let length = length.ok_or("a file that breaks off before its last storage")?;
    let n = if big_endian {
        u64::from_be_bytes(length)
    } else {
        u64::from_le_bytes(length)
    };
    let end = usize::try_from(n)
        .ok()
        .and_then(|n| n.checked_mul(size)?.checked_add(start))
        .filter(|&end| end <= bytes.len());
    let end = end.ok_or_else(|| {
        let left = bytes.len() - start;
        format!("{left} bytes for a storage of {n} numbers")
    })?;
    Ok(start..end)
}
