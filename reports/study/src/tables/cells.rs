//! What a cell says.

use lab_score::study::{Kind, Side};

/// Right or wrong.
pub(super) fn correct(cell: &str) -> Option<bool> {
    match cell.to_ascii_lowercase().as_str() {
        "1" | "1.0" | "true" | "yes" | "correct" => Some(true),
        "0" | "0.0" | "false" | "no" | "incorrect" | "wrong" => Some(false),
        _ => None,
    }
}

/// A side, as tools name it: by word, by letter or by key.
pub(super) fn side(cell: &str) -> Option<Side> {
    match cell.to_ascii_lowercase().as_str() {
        "left" | "l" | "arrowleft" | "f" => Some(Side::Left),
        "right" | "r" | "arrowright" | "j" => Some(Side::Right),
        _ => None,
    }
}

/// What an answer was asked for.
pub(super) fn kind(cell: &str) -> Option<Kind> {
    match cell.to_ascii_lowercase().as_str() {
        "trial" => Some(Kind::Trial),
        "catch" | "attention" => Some(Kind::Catch),
        "practice" | "practise" | "training" => Some(Kind::Practice),
        _ => None,
    }
}

/// A time that is finite and not negative.
pub(super) fn time(cell: &str) -> Option<f64> {
    let time: f64 = cell.parse().ok()?;
    (time.is_finite() && time >= 0.0).then_some(time)
}

/// A whole number, which some tools write as "3.0".
pub(super) fn whole(cell: &str) -> Option<u32> {
    let number: f64 = cell.parse().ok()?;
    (number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number))
        .then_some(number as u32)
}
