//! The text of a manifest, which carries its own hash.
//!
//! The second line is `  "manifest_hash": "…",`: the BLAKE3 of the text without that line. Whatever is changed in the file,
//! were it a blank, makes the two disagree.

use serde::Serialize;
use serde_json::Value;

/// The first line of a manifest.
const FIRST: &str = "{\n";
/// What stands before and behind the hash in the second line.
const BEFORE: &str = "  \"manifest_hash\": \"";
const BEHIND: &str = "\",\n";
/// Number of hexadecimal digits of a BLAKE3 hash.
const N_DIGITS: usize = 64;

/// Why a text is not the manifest that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The text has another hash than the one that it carries.
    Hash {
        /// The hash that the text carries.
        expected: String,
        /// The hash that the text has.
        found: String,
    },
    /// The text carries no hash of its own in its second line.
    NoHash,
    /// The manifest is of a version that wrote no such hash.
    Older,
    /// The text is no JSON; the parser says why.
    NoJson(String),
}

/// Writes a value as JSON that carries its own hash.
pub(crate) fn seal(value: &impl Serialize) -> serde_json::Result<String> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    let hash = blake3::hash(text.as_bytes()).to_hex();
    let rest = text.strip_prefix(FIRST).unwrap_or(&text);
    Ok(format!("{FIRST}{BEFORE}{hash}{BEHIND}{rest}"))
}

/// Whether a text is what [`seal`] wrote.
pub(crate) fn check(bytes: &[u8]) -> Result<(), Broken> {
    let Some((expected, rest)) = split(bytes) else {
        return Err(without_hash(bytes));
    };
    let mut hasher = blake3::Hasher::new();
    hasher.update(FIRST.as_bytes()).update(rest);
    let found = hasher.finalize().to_hex().to_string();
    if found.as_bytes() == expected {
        return Ok(());
    }
    Err(Broken::Hash {
        expected: String::from_utf8_lossy(expected).into_owned(),
        found,
    })
}

/// The hash that a text carries, and what follows its line.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_prefix(FIRST.as_bytes())?;
    let rest = rest.strip_prefix(BEFORE.as_bytes())?;
    let (hash, rest) = rest.split_at_checked(N_DIGITS)?;
    Some((hash, rest.strip_prefix(BEHIND.as_bytes())?))
}

fn without_hash(bytes: &[u8]) -> Broken {
    match serde_json::from_slice::<Value>(bytes) {
        Err(error) => Broken::NoJson(error.to_string()),
        // Versions that wrote no hash wrote no format either.
        Ok(value) if value["manifest_hash"].is_null() && value["format"].is_null() => Broken::Older,
        Ok(_) => Broken::NoHash,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Broken, check, seal};

    #[test]
    fn every_bit_counts() {
        let value = json!({ "format": 2, "name": "x", "files": { "a": "0f" }, "seconds": 0.1 });
        let text = seal(&value).unwrap();
        assert_eq!(check(text.as_bytes()), Ok(()));
        let (first, rest) = text.split_once('\n').unwrap();
        let (line, rest) = rest.split_once('\n').unwrap();
        let hash = blake3::hash(format!("{first}\n{rest}").as_bytes()).to_hex();
        assert_eq!(line, format!("  \"manifest_hash\": \"{hash}\","));
        for bit in 0..8 * text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let broken = check(&bytes).unwrap_err();
            assert_ne!(broken, Broken::Older, "bit {bit}");
        }
        for other in [text.replace("  ", " "), text.replace('\n', ""), text + " "] {
            assert!(check(other.as_bytes()).is_err(), "{other}");
        }
    }

    #[test]
    fn older_manifests_are_told_from_damaged_ones() {
        assert_eq!(check(br#"{ "files": {} }"#), Err(Broken::Older));
        assert_eq!(
            check(br#"{ "format": 2, "files": {} }"#),
            Err(Broken::NoHash)
        );
        assert!(matches!(check(b"{"), Err(Broken::NoJson(_))));
    }
}
