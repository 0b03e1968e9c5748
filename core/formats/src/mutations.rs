//! Damaged copies of good files, for tests of readers.

use lab_core::rng::stream;
use rand::Rng as _;

/// Numbers that sizes, counts and offsets are replaced by: small, full, and one beside a power of two.
const LENGTHS: [u64; 8] = [
    0,
    1,
    0x7f,
    0xff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    0xffff_ffff_ffff_ffff,
];

/// How many mutations a test makes: some thousands between all readers, or 100 000 each with `LAB_SLOW=1`.
pub fn n_mutations() -> usize {
    if std::env::var_os("LAB_SLOW").is_some_and(|slow| slow == "1") {
        100_000
    } else {
        1000
    }
}

/// `n` damaged copies of `bytes`, the same for the same seed.
///
/// One copy in four is cut short; the others have up to eight places where a bit is turned, a byte is drawn anew, a word
/// of 2, 4 or 8 bytes becomes an extreme number in either byte order, or a stretch is copied over another.
pub fn mutations(bytes: &[u8], seed: u64, n: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut rng = stream(seed, "mutations");
    (0..n).map(move |_| {
        let mut copy = bytes.to_vec();
        if rng.random_bool(0.25) {
            copy.truncate(rng.random_range(0..=bytes.len()));
        }
        if copy.is_empty() {
            return copy;
        }
        for _ in 0..rng.random_range(1..=8) {
            let at = rng.random_range(0..copy.len());
            match rng.random_range(0..4) {
                0 => copy[at] ^= 1 << rng.random_range(0..8),
                1 => copy[at] = rng.random(),
                2 => {
                    let width = [2, 4, 8][rng.random_range(0..3)].min(copy.len() - at);
                    let number = LENGTHS[rng.random_range(0..LENGTHS.len())];
                    let mut word = number.to_le_bytes();
                    if rng.random_bool(0.25) {
                        word[..width].reverse();
                    }
                    copy[at..at + width].copy_from_slice(&word[..width]);
                }
                _ => {
                    let from = rng.random_range(0..copy.len());
                    let n = rng.random_range(1..=16).min(copy.len() - at.max(from));
                    copy.copy_within(from..from + n, at);
                }
            }
        }
        copy
    })
}

/// Every beginning of `bytes`: all of them for short files, else about a thousand.
pub fn truncations(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let step = (bytes.len() / 1000).max(1);
    (0..bytes.len()).step_by(step).map(|n| bytes[..n].to_vec())
}

/// Reads every mutation and truncation; returns how many were read and how many were refused.
///
/// A reader must answer each with a value or an error.
///
/// # Panics
/// If the reader does, or takes longer than five seconds for a copy.
pub fn survive<T, E>(
    bytes: &[u8],
    seed: u64,
    read: impl Fn(Vec<u8>) -> Result<T, E>,
) -> (usize, usize) {
    let (mut n_read, mut n_refused) = (0, 0);
    for copy in mutations(bytes, seed, n_mutations()).chain(truncations(bytes)) {
        let start = std::time::Instant::now();
        match read(copy) {
            Ok(_) => n_read += 1,
            Err(_) => n_refused += 1,
        }
        assert!(
            start.elapsed().as_secs() < 5,
            "copy {} of seed {seed} takes too long",
            n_read + n_refused - 1
        );
    }
    (n_read, n_refused)
}
