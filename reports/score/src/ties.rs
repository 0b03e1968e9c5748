//! p-values by permutation of scores that take few values: where permuted scores equal the observed one.
//!
//! ```text
//! p = (b + c + L + 1)/(m + 1),     L uniform on 0, 1, …, e     ties whole: L = e
//! ```
//! Of m random permutations b score more than was observed and e the same; c change nothing for any image, which makes them the
//! observed one again. A count of 48 images takes a handful of values under the null hypothesis, so that many permutations tie.
//! To count all ties against the observed score is safe, but such a test finds too little: at a level of 5 % it rejects 2 to 4 %
//! of true null hypotheses. To count half of them (the mid-p) depends on where the values happen to lie: 2 to 7 %. So the
//! observed score takes its place among its equals by lot, which makes p uniform under the null hypothesis whatever the
//! values are. Both p stand in the tables; where they lie on two sides of a level, the lot decided, and another seed may decide
//! otherwise.
//!
//! Where more than a fifth of the permutations tie, the score can hardly differ from chance, and no lot is drawn: ties count whole.
//!
//! # Source
//! Phipson & Smyth (2010), doi:10.2202/1544-6115.1585, for the 1 that is added; Lehmann & Romano (2005), Testing statistical
//! hypotheses, section 15.2, for the test with a lot.

use rand::Rng;

/// Statistics closer than this are equal: sums of the same shares in another order differ by roundings only.
const EQUAL: f64 = 1e-9;
/// Share of permutations up to which the place among ties is drawn.
const MOST: f64 = 0.2;

/// A p-value by permutation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PValue {
    /// With the place among ties drawn by lot: what findings rest on.
    pub p: f64,
    /// With every tie counted against the observed score.
    pub ties_whole: f64,
}

/// How permuted scores compare with the observed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    /// Permutations that score more.
    pub(super) n_larger: usize,
    /// Others that score the same.
    pub(super) n_equal: usize,
    /// Permutations that change nothing.
    pub(super) n_copies: usize,
    /// Number of permutations, those that change nothing included.
    pub(super) n: usize,
}

impl Tally {
    /// Counts permuted scores, each with whether its permutation changes nothing.
    pub(super) fn of(observed: f64, permuted: impl Iterator<Item = (f64, bool)>) -> Self {
        let mut tally = Self::default();
        for (score, is_copy) in permuted {
            tally.n += 1;
            if is_copy {
                tally.n_copies += 1;
            } else if score > observed + EQUAL {
                tally.n_larger += 1;
            } else if score >= observed - EQUAL {
                tally.n_equal += 1;
            }
        }
        tally
    }

    /// The p of these counts.
    ///
    /// # Determinism
    /// The lot comes from stream "evaluate/ties/WHAT" of `seed`.
    pub(super) fn p_value(self, seed: u64, what: &str) -> PValue {
        let share = |n_before: usize| (n_before as f64 + 1.0) / (self.n as f64 + 1.0);
        let sure = self.n_larger + self.n_copies;
        let n_tied = self.n_equal + self.n_copies;
        let lot = if n_tied as f64 > MOST * self.n as f64 {
            self.n_equal
        } else {
            lab_core::rng::stream(seed, &format!("evaluate/ties/{what}"))
                .random_range(0..=self.n_equal)
        };
        PValue {
            p: share(sure + lot),
            ties_whole: share(sure + self.n_equal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PValue, Tally};

    fn tally(n_larger: usize, n_equal: usize, n_copies: usize) -> Tally {
        Tally {
            n_larger,
            n_equal,
            n_copies,
            n: 999,
        }
    }

    #[test]
    fn without_ties_both_are_those_of_phipson_and_smyth() {
        let found = tally(12, 0, 0).p_value(1, "x");
        assert_eq!(
            found,
            PValue {
                p: 0.013,
                ties_whole: 0.013
            }
        );
    }

    /// Every place among the ties is as likely as every other, and the same lot falls again.
    #[test]
    fn the_place_among_ties_is_uniform() {
        let mut counts = [0_usize; 5];
        for seed in 0..5000 {
            let found = tally(20, 4, 0).p_value(seed, "x");
            assert_eq!(found, tally(20, 4, 0).p_value(seed, "x"));
            assert!((found.ties_whole - 0.025).abs() < 1e-12);
            counts[(found.p * 1000.0).round() as usize - 21] += 1;
        }
        assert!(counts.iter().all(|n| n.abs_diff(1000) < 120), "{counts:?}");
    }

    #[test]
    fn copies_count_whole_and_so_do_ties_that_are_most() {
        let found = tally(0, 0, 30).p_value(1, "x");
        assert!((found.p - 0.031).abs() < 1e-12);
        let found = tally(0, 999, 0).p_value(1, "x");
        assert_eq!(
            found,
            PValue {
                p: 1.0,
                ties_whole: 1.0
            }
        );
    }

    #[test]
    fn scores_are_counted_by_how_they_compare() {
        let permuted = [
            (0.3, false),
            (0.1 + 0.2, false),
            (0.31, false),
            (0.3, true),
            (0.2, false),
        ];
        let found = Tally::of(0.3, permuted.into_iter());
        assert_eq!(
            (found.n_larger, found.n_equal, found.n_copies, found.n),
            (1, 2, 1, 5)
        );
    }
}
