//! Null distributions: how far a value lies from those of people.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::binomial::binomial_tail;

/// Makes the median absolute deviation of normal numbers their standard deviation: 1/Φ⁻¹(¾).
const TO_SD: f64 = 1.482_602_218_505_602;
/// Numbers that a median absolute deviation is worth, against a standard deviation of as many normal numbers.
const EFFICIENCY: f64 = 0.37;
/// Fewest degrees of freedom.
const MIN_DEGREES: f64 = 3.0;

/// The middle and the spread of people's values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Null {
    middle: f64,
    sd: f64,
    degrees: f64,
}

impl Null {
    /// Median and median absolute deviation of people's values; `None` with fewer than three, or if all are alike.
    ///
    /// The tails are those of t with 0.37 n degrees of freedom, as the spread is estimated from few people.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let middle = median(values).filter(|_| values.len() > 2)?;
        let away: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
        let sd = TO_SD * median(&away)?;
        (sd > 1e-9).then(|| Self {
            middle,
            sd,
            degrees: (EFFICIENCY * (values.len() as f64 - 1.0)).max(MIN_DEGREES),
        })
    }

    /// Chance of a lower value.
    pub(super) fn below(&self, value: f64) -> f64 {
        student((self.middle - value) / self.sd, self.degrees)
    }

    /// Chance of a higher z, where z is standard normal for people without habits of their own: never narrower than that.
    pub(super) fn above_normal(&self, z: f64) -> f64 {
        Normal::standard().sf((z - self.middle) / self.sd.max(1.0))
    }

    /// Chance of a z as far from zero, never narrower than the standard normal law.
    pub(super) fn away_from_zero(&self, z: f64) -> f64 {
        (2.0 * Normal::standard().sf(z.abs() / self.sd.max(1.0))).min(1.0)
    }
}

fn student(t: f64, degrees: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees).map_or(1.0, |law| law.sf(t))
}

/// Chance of so many of `n`, by people's own share: half an event among `1` more is added, so that what nobody did is rare and
/// not impossible.
pub(super) fn rare(n_events: u64, n: u64, (events, all): (u64, u64)) -> f64 {
    let share = (events as f64 + 0.5) / (all as f64 + 1.0);
    if n_events == 0 {
        return 1.0;
    }
    binomial_tail(n_events, n as usize, share.min(0.999)).unwrap_or(1.0)
}

/// The middle of numbers; `None` without any.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len().checked_sub(1)? / 2;
    Some(f64::midpoint(sorted[middle], sorted[sorted.len() / 2]))
}
