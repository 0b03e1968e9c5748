//! Shares: what a program spends while several stages are at work is divided evenly among them.
//!
//! Two stages side by side are slower than each alone. Their times on the clock would count every second twice; their shares
//! add up to the time that the program took, so that what stages cost can be summed and estimated by stages.

use std::collections::BTreeMap;

/// Divides `N` things that grow, such as time on the clock and time of the processor.
pub(crate) struct Shares<const N: usize> {
    /// How much there was of each when it was divided last.
    divided: [f64; N],
    /// The shares of every stage at work.
    at_work: BTreeMap<String, [f64; N]>,
}

impl<const N: usize> Default for Shares<N> {
    fn default() -> Self {
        Self {
            divided: [0.0; N],
            at_work: BTreeMap::new(),
        }
    }
}

impl<const N: usize> Shares<N> {
    /// A stage begins, when so much was spent.
    pub(crate) fn begin(&mut self, stage: &str, spent: [f64; N]) {
        self.divide(spent);
        self.at_work.insert(stage.to_owned(), [0.0; N]);
    }

    /// The shares of a stage so far; `None` if it is not at work.
    pub(crate) fn so_far(&mut self, stage: &str, spent: [f64; N]) -> Option<[f64; N]> {
        self.divide(spent);
        self.at_work.get(stage).copied()
    }

    /// The shares of a stage that ends; `None` if it never began.
    pub(crate) fn end(&mut self, stage: &str, spent: [f64; N]) -> Option<[f64; N]> {
        self.divide(spent);
        self.at_work.remove(stage)
    }

    /// Gives every stage at work its part of what was spent since the last time.
    fn divide(&mut self, spent: [f64; N]) {
        let n_at_work = self.at_work.len().max(1) as f64;
        for shares in self.at_work.values_mut() {
            for ((share, now), before) in shares.iter_mut().zip(spent).zip(self.divided) {
                *share += (now - before) / n_at_work;
            }
        }
        self.divided = spent;
    }
}

#[cfg(test)]
mod tests {
    use super::Shares;

    #[test]
    fn shares_add_up_to_what_was_spent() {
        let mut shares = Shares::default();
        shares.begin("long", [1.0, 10.0]);
        shares.begin("short", [5.0, 16.0]);
        assert_eq!(shares.so_far("short", [7.0, 20.0]), Some([1.0, 2.0]));
        assert_eq!(shares.end("short", [9.0, 24.0]), Some([2.0, 4.0]));
        // Alone for 4 and 3 of the clock, with the other for 4: 7 + 2.
        assert_eq!(shares.end("long", [12.0, 30.0]), Some([9.0, 16.0]));
        assert_eq!(shares.end("long", [13.0, 31.0]), None);
        assert_eq!(shares.so_far("reused", [13.0, 31.0]), None);
    }
}
