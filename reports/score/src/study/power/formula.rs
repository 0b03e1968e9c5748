//! Power by normal approximation.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::binomial::normal_quantile;

/// Halvings of an interval of shares.
const N_HALVINGS: usize = 60;
/// The share right of someone who guesses between two.
const CHANCE: f64 = 0.5;

/// Whether a test looks for more than chance, or for any difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sides {
    /// More than chance only.
    One,
    /// More or less.
    Two,
}

/// The level of a test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Share of studies without effect that may be called significant, in `(0, 1)`.
    pub alpha: f64,
    /// One- or two-sided.
    pub sides: Sides,
}

/// Two shares to be compared, in two groups of decisions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Arms {
    /// Share right of the first.
    pub first: f64,
    /// Share right of the second.
    pub second: f64,
}

impl Level {
    /// Only more than chance counts against it.
    pub fn one_sided(alpha: f64) -> Self {
        Self {
            alpha,
            sides: Sides::One,
        }
    }

    /// Both more and less than chance count against it.
    pub fn two_sided(alpha: f64) -> Self {
        Self {
            alpha,
            sides: Sides::Two,
        }
    }

    /// The alpha of one tail.
    pub fn tail(self) -> f64 {
        match self.sides {
            Sides::One => self.alpha,
            Sides::Two => self.alpha / 2.0,
        }
    }

    fn quantile(self) -> f64 {
        normal_quantile(1.0 - self.tail())
    }
}

/// The design effect of equal groups that share something: `1 + (m − 1)ρ`.
///
/// `correlation` is that of two decisions, right or wrong, in one group of `group_size`.
///
/// # Source
/// Kish (1965), Survey Sampling, section 5.4.
pub fn design_effect(group_size: f64, correlation: f64) -> f64 {
    1.0 + (group_size - 1.0) * correlation
}

/// Decisions needed to find `share` against chance; `None` unless `0.5 < share < 1` and alpha and power lie in `(0, 1)`.
///
/// ```text
/// n = [(z_{1−a}·0.5 + z_{power}·√(p(1 − p)))/(p − 0.5)]²·design_effect
/// ```
/// Not rounded; round up.
pub fn decisions_against_chance(
    share: f64,
    level: Level,
    power: f64,
    design_effect: f64,
) -> Option<f64> {
    if !(CHANCE < share && share < 1.0 && is_share(level.alpha) && is_share(power)) {
        return None;
    }
    let spread = level.quantile() * CHANCE + normal_quantile(power) * deviation(share);
    Some((spread / (share - CHANCE)).powi(2) * design_effect)
}

/// The power to find `share` against chance with so many decisions; `None` unless `share` and alpha lie in `(0, 1)`.
///
/// The inverse of [`decisions_against_chance`]; of a two-sided test the power to call it more than chance.
pub fn power_against_chance(
    share: f64,
    n_decisions: f64,
    level: Level,
    design_effect: f64,
) -> Option<f64> {
    if !(is_share(share) && is_share(level.alpha) && n_decisions > 0.0 && design_effect > 0.0) {
        return None;
    }
    let reach = (share - CHANCE) * (n_decisions / design_effect).sqrt();
    let z = (reach - level.quantile() * CHANCE) / deviation(share);
    Some(Normal::standard().cdf(z))
}

/// The smallest share above chance that so many decisions find with the power wanted; `None` if even 0.9999 is not found.
pub fn smallest_share(
    n_decisions: f64,
    level: Level,
    power: f64,
    design_effect: f64,
) -> Option<f64> {
    if !(n_decisions > 0.0 && design_effect > 0.0) {
        return None;
    }
    halve(CHANCE, 0.9999, |share| {
        Some(decisions_against_chance(share, level, power, design_effect)? <= n_decisions)
    })
}

/// Decisions needed in each of two groups to tell their shares apart; `None` for equal shares or values out of range.
///
/// ```text
/// n = [z_{1−a}·√(2·p̄(1 − p̄)) + z_{power}·√(p₁(1 − p₁) + p₂(1 − p₂))]²/(p₁ − p₂)²·design_effect
/// ```
/// # Source
/// Fleiss, Levin & Paik (2003), equation 4.14 without continuity correction, doi:10.1002/0471445428.
pub fn decisions_an_arm(arms: Arms, level: Level, power: f64, design_effect: f64) -> Option<f64> {
    let difference = (arms.first - arms.second).abs();
    let is_known = is_share(arms.first) && is_share(arms.second) && difference > 0.0;
    if !(is_known && is_share(level.alpha) && is_share(power)) {
        return None;
    }
    let spread = level.quantile() * arms.pooled() + normal_quantile(power) * arms.own();
    Some((spread / difference).powi(2) * design_effect)
}

/// The power to tell two shares apart with so many decisions in each group; `None` for values out of range.
pub fn power_of_arms(arms: Arms, an_arm: f64, level: Level, design_effect: f64) -> Option<f64> {
    let is_known = is_share(arms.first) && is_share(arms.second) && is_share(level.alpha);
    if !(is_known && an_arm > 0.0 && design_effect > 0.0) {
        return None;
    }
    let reach = (arms.first - arms.second).abs() * (an_arm / design_effect).sqrt();
    let z = (reach - level.quantile() * arms.pooled()) / arms.own();
    Some(Normal::standard().cdf(z))
}

/// The smallest share above `share` that is told apart from it with the power wanted; `None` if none below 0.9999 is.
pub fn smallest_higher_share(
    share: f64,
    an_arm: f64,
    level: Level,
    power: f64,
    design_effect: f64,
) -> Option<f64> {
    if !(is_share(share) && an_arm > 0.0 && design_effect > 0.0) {
        return None;
    }
    halve(share, 0.9999, |first| {
        let arms = Arms {
            first,
            second: share,
        };
        Some(decisions_an_arm(arms, level, power, design_effect)? <= an_arm)
    })
}

impl Arms {
    /// √(2·p̄(1 − p̄)).
    fn pooled(self) -> f64 {
        std::f64::consts::SQRT_2 * deviation(f64::midpoint(self.first, self.second))
    }

    /// √(p₁(1 − p₁) + p₂(1 − p₂)).
    fn own(self) -> f64 {
        deviation(self.first).hypot(deviation(self.second))
    }
}

fn deviation(share: f64) -> f64 {
    (share * (1.0 - share)).sqrt()
}

fn is_share(value: f64) -> bool {
    0.0 < value && value < 1.0
}

/// The place between `low` and `high` from which on `is_enough`.
fn halve(mut low: f64, mut high: f64, is_enough: impl Fn(f64) -> Option<bool>) -> Option<f64> {
    if !is_enough(high)? {
        return None;
    }
    for _ in 0..N_HALVINGS {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if is_enough(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}
