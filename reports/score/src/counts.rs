//! Counts of right decisions in whole numbers, so that no share has to be turned back into a count.

use std::collections::BTreeMap;

/// How much of one image is right: a fraction of two whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    numerator: u64,
    denominator: u64,
}

impl Right {
    /// `n_halves` halves: two for a decision that is right, one for a tie.
    pub fn halves(n_halves: u64) -> Self {
        Self {
            numerator: n_halves,
            denominator: 2,
        }
    }

    /// One for an image that is right, nothing for any other.
    pub fn whole(is_right: bool) -> Self {
        Self {
            numerator: u64::from(is_right),
            denominator: 1,
        }
    }

    /// The share of one of `n_first` images that tie for the first place.
    pub fn shared(n_first: usize) -> Self {
        Self {
            numerator: 1,
            denominator: n_first.max(1) as u64,
        }
    }

    /// The fraction as a number.
    pub fn value(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

/// A sum of fractions, kept as a whole number and what is left over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Count {
    /// The whole number below the sum, exact: what the binomial test takes.
    pub whole: u64,
    /// What is left over, in `[0, 1)`.
    pub rest: f64,
}

impl Count {
    /// The exact sum.
    ///
    /// Fractions with one denominator are added as whole numbers, and what is left over of each denominator as fractions
    /// of 128 bits. Where these do not suffice (dozens of different ties for the first place), the sum is lowered by a
    /// billionth, so that rounding cannot add a decision.
    pub fn of(parts: impl IntoIterator<Item = Right>) -> Self {
        let mut by_denominator: BTreeMap<u64, u64> = BTreeMap::new();
        for part in parts {
            *by_denominator.entry(part.denominator).or_default() += part.numerator;
        }
        let mut whole = 0;
        let mut left_over = Vec::new();
        for (denominator, numerator) in by_denominator {
            whole += numerator / denominator;
            left_over.push((u128::from(numerator % denominator), u128::from(denominator)));
        }
        let (more, rest) = exact_sum(&left_over).unwrap_or_else(|| lowered_sum(&left_over));
        Self {
            whole: whole + more,
            rest,
        }
    }

    /// The sum as a number.
    pub fn value(self) -> f64 {
        self.whole as f64 + self.rest
    }
}

/// The whole number below the sum and what is left over; `None` if 128 bits do not hold it.
fn exact_sum(fractions: &[(u128, u128)]) -> Option<(u64, f64)> {
    let (mut numerator, mut denominator) = (0_u128, 1_u128);
    for &(other, of) in fractions {
        let common = denominator.checked_mul(of / greatest_common_divisor(denominator, of))?;
        let own = numerator.checked_mul(common / denominator)?;
        numerator = own.checked_add(other.checked_mul(common / of)?)?;
        denominator = common;
    }
    let rest = (numerator % denominator) as f64 / denominator as f64;
    Some((u64::try_from(numerator / denominator).ok()?, rest))
}

/// The same by floating point, from below.
fn lowered_sum(fractions: &[(u128, u128)]) -> (u64, f64) {
    let sum: f64 = fractions.iter().map(|&(n, of)| n as f64 / of as f64).sum();
    let lowered = (sum - 1e-9).max(0.0);
    (lowered.floor() as u64, lowered.fract())
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::{Count, Right};

    #[test]
    fn thirds_and_fifths_make_whole_numbers() {
        // 49 times 1/49 in floating point is 0.9999999999999998.
        for n in [3, 10, 49, 72] {
            let count = Count::of(std::iter::repeat_n(Right::shared(n), n));
            assert_eq!((count.whole, count.value()), (1, 1.0), "{n}");
        }
        let mixed = Count::of([2, 3, 6].map(Right::shared));
        assert_eq!((mixed.whole, mixed.rest), (1, 0.0));
        let halves = Count::of([Right::halves(7), Right::halves(4), Right::whole(true)]);
        assert_eq!((halves.whole, halves.rest), (6, 0.5));
        let none = Count::of([]);
        assert_eq!((none.whole, none.rest), (0, 0.0));
    }

    #[test]
    fn sums_beyond_128_bits_are_never_too_large() {
        // H(200) − 1 = 4.878030948121444 (math.fsum in Python).
        let count = Count::of((2..=200).map(Right::shared));
        assert_eq!(count.whole, 4);
        let distance = 4.878_030_948_121_444 - count.value();
        assert!((0.0..2e-9).contains(&distance), "{distance}");
    }
}
