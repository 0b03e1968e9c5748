//! How long to search for the generator's best images.

use serde::{Deserialize, Serialize};

use crate::demand::{self, Demand};
use crate::{Error, Result};

/// How hard to search.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SearchParams {
    /// Starting points of the search for each image, at least 1; of a generator with an encoder there is one, its latents.
    pub n_starts: usize,
    /// Steps from each starting point, at most; 0 to take what an encoder or a decoder gives as it is.
    pub n_steps: usize,
    /// Learning rate of the first step, above 0; falls linearly to a tenth at the last step that is allowed.
    pub learning_rate: f64,
    /// The search ends when the mean loss of the best that was found fell by less than this share over the window.
    pub tolerance: f64,
    /// Steps over which that fall is measured; at least 1.
    pub window: usize,
}

impl Default for SearchParams {
    /// Four starts of at most 240 steps, ended by a fall of less than 0.1 % in 50 steps.
    fn default() -> Self {
        Self {
            n_starts: 4,
            n_steps: 240,
            learning_rate: 0.1,
            tolerance: 0.001,
            window: 50,
        }
    }
}

impl SearchParams {
    /// What a search among latents of this many numbers asks of the computer at most.
    pub fn demand(&self, n_latents: usize) -> Demand {
        let rows = self.n_starts as f64;
        Demand {
            bytes: demand::training(rows * n_latents as f64, 0.0),
            steps: self.n_steps as f64,
            lower: "scores.inversion.n_starts or scores.inversion.n_steps",
        }
    }

    /// Refuses numbers that cannot search.
    ///
    /// # Errors
    /// [`Error::Data`] names the number, what it must be and what it is.
    pub(super) fn check(&self) -> Result<()> {
        let at_least_one = "a whole number of at least 1";
        let known = [
            (
                "n_starts",
                self.n_starts >= 1,
                at_least_one,
                self.n_starts.to_string(),
            ),
            (
                "window",
                self.window >= 1,
                at_least_one,
                self.window.to_string(),
            ),
            (
                "learning_rate",
                self.learning_rate.is_finite() && self.learning_rate > 0.0,
                "a number above 0",
                self.learning_rate.to_string(),
            ),
            (
                "tolerance",
                (0.0..1.0).contains(&self.tolerance),
                "a share from 0 to below 1",
                self.tolerance.to_string(),
            ),
        ];
        match known.into_iter().find(|(_, holds, ..)| !holds) {
            None => Ok(()),
            Some((name, _, expected, got)) => Err(Error::Data {
                what: format!("scores.inversion.{name}"),
                expected: expected.into(),
                got,
                remedy: "change it in the experiment's scores: (inversion: (…))".into(),
            }),
        }
    }
}
