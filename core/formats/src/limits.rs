//! How much memory a file may ask for.
//!
//! What a file claims is compared with a stated limit before memory is asked for: a few kilobytes that were packed with care
//! unpack to gigabytes. A variable may always take [`always`] bytes in memory, and any number of bytes that does not exceed
//! [`RATIO`] times those that it takes in its file. Whoever has packed arrays beyond both sets the variable [`VARIABLE`].

use std::path::Path;
use std::sync::OnceLock;

use lab_core::Result;

use crate::file_error;

/// Names the environment variable that raises the limit, in megabytes.
pub const VARIABLE: &str = "LAB_MOST_MB";
/// Megabytes that a variable may always take, unless [`VARIABLE`] says more.
const ALWAYS_MB: u64 = 1024;
/// Bytes in memory that one byte of a file may become beyond that: single bytes read in double precision make 8, and
/// measured numbers pack to half at best.
pub const RATIO: u64 = 16;
/// Bytes of a file of text, such as a table: its cells take up to thirty times as much in memory.
const TEXT_SHARE: u64 = 16;

/// Bytes that any variable may take in memory.
pub fn always() -> u64 {
    static LIMIT: OnceLock<u64> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let asked = std::env::var(VARIABLE).ok();
        let asked = asked.and_then(|text| text.trim().parse::<u64>().ok());
        asked.unwrap_or(ALWAYS_MB).saturating_mul(1 << 20)
    })
}

/// Bytes that a file of text may have.
pub fn most_text() -> u64 {
    always() / TEXT_SHARE
}

/// What is wrong with `n_values` values of `width` bytes that take `n_stored` bytes in their file; `None` if nothing is.
pub fn complaint(n_values: u64, width: usize, n_stored: u64) -> Option<String> {
    let most = always().max(n_stored.saturating_mul(RATIO));
    let claimed = n_values.checked_mul(width as u64);
    if claimed.is_some_and(|claimed| claimed <= most) {
        return None;
    }
    let claimed = claimed.map_or("more than 2^64".into(), |n| n.to_string());
    Some(format!(
        "{claimed}, where {n_stored} bytes of the file explain {most}"
    ))
}

/// Refuses `n_values` values of `width` bytes each that take `n_stored` bytes in their file, if that is beyond the limit.
///
/// # Errors
/// Fails with both numbers and what to do.
pub fn check(
    path: &Path,
    variable: &str,
    n_values: u64,
    width: usize,
    n_stored: u64,
) -> Result<()> {
    complaint(n_values, width, n_stored).map_or(Ok(()), |got| {
        let expected = format!("bytes in memory within the limit of {} MB", always() >> 20);
        Err(file_error(path, variable, expected, got, remedy()))
    })
}

/// What to do about a limit.
pub fn remedy() -> String {
    format!(
        "if the file is right, raise the limit: {VARIABLE}={} lab …",
        4 * (always() >> 20)
    )
}

#[cfg(test)]
mod tests {
    use super::{ALWAYS_MB, complaint};

    #[test]
    fn what_a_file_explains_is_allowed_and_what_it_does_not_is_not() {
        let mb = 1 << 20;
        assert_eq!(complaint(ALWAYS_MB * mb, 1, 0), None);
        assert!(complaint(ALWAYS_MB * mb + 1, 1, 0).is_some());
        // A stored array of single bytes of any size may be read in double precision.
        assert_eq!(complaint(900 * mb, 8, 900 * mb), None);
        let got = complaint(u64::MAX, 8, 100).unwrap();
        assert!(got.contains("2^64") && got.contains("100 bytes"), "{got}");
    }
}
