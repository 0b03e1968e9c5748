//! The rule that adds signals up.
//!
//! ```text
//! score = Σ_j w_j·min(−ln p_j, 15),    a signal that cannot be computed counts as −ln p = 1, its mean for people
//! a person stands out if score > threshold
//! ```
//! Weights are those of a logistic regression (none below zero) that tells simulated people from simulated agents, on studies of
//! the seeds [`TRAINING_SEEDS`]; the test `study::people::training` computes them again. The threshold is the score above which
//! [`TRAINING_SHARE`] of simulated people lie, in studies of the user's size from seeds of training. What the rule finds is
//! reported on other seeds.

use super::rows::{Found, Signal};

/// Seeds of the simulated studies on which weights and threshold were set.
pub const TRAINING_SEEDS: [u64; 5] = [101, 102, 103, 104, 105];
/// Share of the training seeds' people above a threshold: two standard errors of 500 people below 5 %.
pub const TRAINING_SHARE: f64 = 0.03;
/// The score above which somebody does not count as people when people's own distributions are told; it does not depend on the
/// design, so that thresholds are set with the distributions that they are used with.
pub const APART: f64 = 9.0;
/// Largest −ln p of one signal: beyond it no null distribution is known well enough.
pub const MOST: f64 = 15.0;
/// p of a signal at or below which it is named among the reasons.
pub const NAMED: f64 = 0.01;

/// Weight of a signal.
pub fn weight(signal: Signal) -> f64 {
    match signal {
        Signal::Agreement => 0.74,
        Signal::TimeByDifficulty => 0.36,
        Signal::Speed => 0.15,
        Signal::Spread => 0.48,
        Signal::Shape => 0.88,
        Signal::Regularity => 0.78,
        Signal::Implausible => 0.0,
        Signal::Side => 0.32,
        Signal::Switching => 0.12,
        Signal::Accuracy => 0.51,
        Signal::Catch => 0.46,
    }
}

/// How surprising a signal is: `min(−ln p, 15)`, or 1 if it cannot be computed.
pub fn surprise(found: Option<&Found>) -> f64 {
    found.map_or(1.0, |found| {
        (-found.p.max(f64::MIN_POSITIVE).ln()).min(MOST)
    })
}

/// The signals together.
pub fn score(found: &[Found]) -> f64 {
    Signal::ALL
        .into_iter()
        .map(|signal| {
            let own = found.iter().find(|found| found.signal == signal);
            weight(signal) * surprise(own)
        })
        .sum()
}

/// The signals that speak loudest: those with p ≤ 0.01 by what they add to the score, at most three; the loudest alone if
/// there is none.
pub fn reasons(found: &[Found]) -> Vec<Signal> {
    let mut loudest: Vec<&Found> = found.iter().collect();
    let added = |found: &Found| weight(found.signal) * surprise(Some(found));
    loudest.sort_by(|a, b| added(b).total_cmp(&added(a)));
    let named = loudest
        .iter()
        .filter(|found| found.p <= NAMED && weight(found.signal) > 0.0);
    let named: Vec<Signal> = named.take(3).map(|found| found.signal).collect();
    if named.is_empty() {
        loudest
            .first()
            .map(|found| found.signal)
            .into_iter()
            .collect()
    } else {
        named
    }
}
