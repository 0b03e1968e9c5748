//! Signals of reaction times.

use super::trials::Person;

/// Times under this many milliseconds are too short to have looked: the fastest choices between pictures take longer.
const IMPLAUSIBLE_MS: f64 = 200.0;
/// Times below which nothing is said.
const MIN_TIMES: usize = 12;

/// Signals of a person's times.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) n: u64,
    pub(super) n_implausible: u64,
    /// t of the slope of log time on how far people are split.
    pub(super) by_difficulty: Option<f64>,
    pub(super) median_log: Option<f64>,
    pub(super) sd_log: Option<f64>,
    pub(super) skewness: Option<f64>,
    pub(super) autocorrelation: Option<f64>,
}

/// Signals of times.
///
/// ```text
/// ln rt_t = a + b·4q_t(1 − q_t) + c·ln t + e_t,    q_t: share of other people who are right about trial t
/// by difficulty: b over its standard error     autocorrelation: Σ e_t e_(t+1)/Σ e_t²
/// skewness: m₃/m₂^(3/2) of rt
/// ```
/// The term in `ln t` takes up practice. `shares` holds `q`, one a trial.
pub(super) fn times(person: &Person, shares: &[f64]) -> Times {
    let mut raw = Vec::new();
    let mut split = Vec::new();
    let mut place = Vec::new();
    for (t, (trial, q)) in person.trials.iter().zip(shares).enumerate() {
        if let Some(time) = trial.rt_ms {
            raw.push(time);
            split.push(4.0 * q * (1.0 - q));
            place.push((t as f64 + 1.0).ln());
        }
    }
    let counted = Times {
        n: raw.len() as u64,
        n_implausible: raw.iter().filter(|time| **time < IMPLAUSIBLE_MS).count() as u64,
        ..Times::default()
    };
    if raw.len() < MIN_TIMES {
        return counted;
    }
    let logs: Vec<f64> = raw.iter().map(|time| time.ln()).collect();
    let place = centred(&place);
    let split = without(&centred(&split), &place);
    let rest = without(&centred(&logs), &place);
    let slope = slope(&rest, &split);
    let noise = without(&rest, &split);
    let degrees = noise.len() as f64 - 3.0;
    let (errors, spread) = (dot(&noise, &noise), dot(&split, &split));
    let by_difficulty = slope / (errors / degrees / spread).sqrt();
    let follows = dot(&noise[1..], &noise[..noise.len() - 1]) / errors;
    Times {
        by_difficulty: Some(by_difficulty).filter(|t| t.is_finite() && spread > 1e-6),
        median_log: super::nulls::median(&logs),
        sd_log: moment(&logs, 2).map(f64::sqrt),
        skewness: moment(&raw, 2)
            .zip(moment(&raw, 3))
            .map(|(two, three)| three / two.powf(1.5))
            .filter(|of| of.is_finite()),
        autocorrelation: Some(follows).filter(|of| of.is_finite()),
        ..counted
    }
}

fn centred(values: &[f64]) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| value - mean).collect()
}

fn dot(one: &[f64], two: &[f64]) -> f64 {
    one.iter().zip(two).map(|(a, b)| a * b).sum()
}

fn slope(of: &[f64], on: &[f64]) -> f64 {
    let spread = dot(on, on);
    if spread > 1e-9 {
        dot(of, on) / spread
    } else {
        0.0
    }
}

/// What is left of numbers after their regression on others; both have mean zero.
fn without(of: &[f64], on: &[f64]) -> Vec<f64> {
    let slope = slope(of, on);
    of.iter().zip(on).map(|(y, x)| y - slope * x).collect()
}

fn moment(values: &[f64], power: i32) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let sum: f64 = values.iter().map(|value| (value - mean).powi(power)).sum();
    (n > 0.0).then_some(sum / n)
}
