//! Small parts of values: pairs of a dictionary, digits of a number.

use super::value::Id;

/// Keys with their values.
///
/// # Errors
/// Fails if the last key has no value.
pub(super) fn pairs(items: &[Id]) -> Result<Vec<(Id, Id)>, String> {
    let (pairs, rest) = items.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("a key without a value".into());
    }
    Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
}

/// A two's-complement number, least significant byte first.
///
/// # Errors
/// Fails if it has more than 64 bits.
pub(super) fn long(bytes: &[u8]) -> Result<i64, String> {
    if bytes.len() > 8 {
        return Err(format!("a whole number of {} bytes", bytes.len()));
    }
    let negative = bytes.last().is_some_and(|&byte| byte >= 0x80);
    let mut word = [if negative { 0xff } else { 0 }; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    Ok(i64::from_le_bytes(word))
}
