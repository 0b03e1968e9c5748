//! Secrets: tokens of sessions, the salt of pseudonyms, and how they are compared.

use std::fmt::Write;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use crate::{Error, Result};

/// Bytes of a token: 256 bits.
const TOKEN: usize = 32;

/// A random token, in hexadecimal digits.
///
/// # Errors
/// [`Error::Io`] if the operating system gives no random bytes.
pub(crate) fn token() -> Result<String> {
    random().map(|bytes| hex(&bytes))
}

fn random() -> Result<[u8; TOKEN]> {
    let mut bytes = [0; TOKEN];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::io("reading", "/dev/urandom")(std::io::Error::other(error.to_string()))
    })?;
    Ok(bytes)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What is stored of a token.
pub(crate) fn hash(token: &str) -> [u8; 32] {
    *blake3::hash(token.as_bytes()).as_bytes()
}

/// Compares in a time that tells nothing: hashes of BLAKE3 compare in constant time.
pub(crate) fn is_same(a: &str, b: &str) -> bool {
    blake3::hash(a.as_bytes()) == blake3::hash(b.as_bytes())
}

/// The salt of a study's pseudonyms; made where it is missing, readable by its owner alone.
pub(crate) fn salt(folder: &Path) -> Result<[u8; 32]> {
    let path = folder.join("answers.salt");
    if let Ok(bytes) = fs::read(&path) {
        return <[u8; 32]>::try_from(bytes).map_err(|bytes| Error::Damaged {
            path: path.clone(),
            problem: format!("expected 32 bytes, got {}", bytes.len()),
        });
    }
    let salt = random()?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(Error::io("making", &path))?;
    file.write_all(&salt)
        .and_then(|()| file.sync_all())
        .map_err(Error::io("writing", &path))?;
    Ok(salt)
}

/// The pseudonym of a platform's name for a person.
pub(crate) fn pseudonym(salt: &[u8; 32], platform_id: &str) -> String {
    let hash = blake3::keyed_hash(salt, platform_id.as_bytes());
    format!("p{}", hex(&hash.as_bytes()[..8]))
}
