//! The one clock of the crate: when answers came, and how long somebody was away.

/// Milliseconds since 1970; tests bring their own.
pub type Clock = fn() -> i64;

/// The clock of the machine.
#[expect(
    clippy::disallowed_methods,
    reason = "a study records when people took part; no figure is computed from it"
)]
pub fn machine() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
