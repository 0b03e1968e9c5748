//! Printed percentages, and the counts that they could come from.

use serde::{Deserialize, Serialize};

use super::counts::counted;
use super::rows::CountRow;

/// A percentage as it was printed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Printed {
    /// The number, in percent.
    pub percent: f64,
    /// Digits after the point.
    pub n_decimals: u32,
}

/// The counts that round to a printed percentage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Possible {
    /// All of them, ascending; empty if no count of so many decisions rounds to the percentage.
    pub counts: Vec<u64>,
    /// The nearest counts below and above where none is possible.
    pub neighbours: Option<(u64, u64)>,
}

impl Printed {
    /// Reads "75", "75.5" or "75.5%"; `None` for anything else, or beyond 0 to 100.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.trim().trim_end_matches('%').trim_end();
        let percent: f64 = number.parse().ok()?;
        let decimals = number.split_once('.').map_or("", |(_, decimals)| decimals);
        let is_plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        (is_plain && (0.0..=100.0).contains(&percent)).then_some(Self {
            percent,
            n_decimals: decimals.len() as u32,
        })
    }

    /// The counts of `n` that round to it.
    ///
    /// ```text
    /// |100 k/n − percent| ≤ ½ · 10^(−decimals)
    /// ```
    /// Both ends are allowed, as some round a half up and some to the even digit. Computed in whole numbers.
    pub fn possible(self, n: u64) -> Possible {
        let scale = 10_u128.pow(self.n_decimals.min(9));
        // Twice the percentage in units of the last digit: k is possible if |200·scale·k − twice·n| ≤ n.
        let twice = 2 * (self.percent * scale as f64).round() as u128;
        let (n_wide, step) = (u128::from(n), 200 * scale);
        let is_near = |k: u64| (step * u128::from(k)).abs_diff(twice * n_wide) <= n_wide;
        let below = u64::try_from(twice * n_wide / step).unwrap_or(n).min(n);
        let reach = u64::try_from(n_wide / step + 2).unwrap_or(n);
        let counts: Vec<u64> = (below.saturating_sub(reach)..=(below + reach).min(n))
            .filter(|&k| is_near(k))
            .collect();
        let neighbours = counts.is_empty().then(|| (below, (below + 1).min(n)));
        Possible { counts, neighbours }
    }
}

/// A printed percentage with the counts that it could come from, each with its test and intervals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrintedRow {
    /// Name of the dataset that the images belong to.
    pub set: String,
    /// What is counted: "decisions" or "images".
    pub what: String,
    /// The percentage as it was printed.
    pub printed: String,
    /// How many there are.
    pub n: u64,
    /// True if no count of so many gives the percentage.
    pub is_impossible: bool,
    /// The possible counts; the nearest counts below and above where none is possible.
    pub counts: Vec<CountRow>,
}

/// Holds a printed percentage against the counts of `n`.
///
/// `None` if the text is no percentage, or unless `n > 0` and `0 < chance < 1`.
pub fn row(set: &str, what: &str, printed: &str, n: u64, chance: f64) -> Option<PrintedRow> {
    let possible = Printed::parse(printed)?.possible(n);
    let near = possible.neighbours.map(|(below, above)| vec![below, above]);
    let counts = near.clone().unwrap_or(possible.counts);
    Some(PrintedRow {
        set: set.to_owned(),
        what: what.to_owned(),
        printed: printed.trim().to_owned(),
        n,
        is_impossible: near.is_some(),
        counts: counts
            .into_iter()
            .map(|k| counted(k as f64, usize::try_from(n).ok()?, chance))
            .collect::<Option<_>>()?,
    })
}
