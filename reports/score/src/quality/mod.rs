//! Scores of a generator by the images that it draws.
//!
//! | score | asks | best | figure of |
//! |---|---|---|---|
//! | [`kernel_distance`] | do samples look like real images? | 0 | features, unbiased in N |
//! | [`frechet_distance`] | the same | 0 | features, biased upwards in N |
//! | [`precision_recall`] | are samples plausible; is everything drawn? | 1, 1 | features |
//! | [`copying`] | are samples nearer to the training images than new images are? | 0.5 | pixels or features |
//! | [`coverage`] | which classes are drawn, how often, how surely? | as the real images | a classifier |
//! | [`Sensitivity`] | what does an error in z cost? | – | any similarity |
//!
//! Features must come from a network that no loss has used, or a generator is praised for what it was trained on.
//! Everything is `f64` inside, and a function of its arguments alone.

mod copying;
mod coverage;
mod distances;
mod frechet;
mod kernel;
mod precision;
mod sensitivity;
#[cfg(test)]
mod tests;

pub use copying::{Copying, copying};
pub use coverage::{ClassShare, Coverage, coverage};
pub use frechet::{Frechet, frechet_distance};
pub use kernel::{Jackknife, KernelDistance, Side, kernel_distance};
pub use precision::{NEIGHBOUR, PrecisionRecall, Share, precision_recall};
pub use sensitivity::{Sensitivity, SensitivityPoint, angles, row_correlations};

use super::Rows;
use crate::{Error, Result};

impl Rows {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.values.len().checked_div(self.n_columns).unwrap_or(0)
    }

    /// The first `n` rows.
    #[must_use]
    pub fn first(&self, n: usize) -> Self {
        Self {
            n_columns: self.n_columns,
            values: self.values[..n.min(self.n_rows()) * self.n_columns].to_vec(),
        }
    }
}

/// Refuses sets of rows that do not fit each other, are too few, or hold a number that is not finite.
fn check(what: &str, sets: [(&str, &Rows); 2], at_least: usize) -> Result<()> {
    let n_columns = sets[0].1.n_columns;
    for (name, rows) in sets {
        let shape = |expected: String, got: String| {
            let what = format!("{what}: {name}");
            Err(Error::Shape {
                what,
                expected,
                got,
            })
        };
        if rows.n_columns != n_columns || n_columns == 0 {
            return shape(
                format!("rows of {}", n_columns.max(1)),
                format!("rows of {}", rows.n_columns),
            );
        }
        if !rows.values.len().is_multiple_of(n_columns) {
            return shape(
                format!("whole rows of {n_columns}"),
                format!("{} values", rows.values.len()),
            );
        }
        if let Some(place) = rows.values.iter().position(|value| !value.is_finite()) {
            return shape(
                "finite numbers".into(),
                format!("{} in row {}", rows.values[place], place / n_columns),
            );
        }
        if rows.n_rows() < at_least {
            return Err(Error::TooFew {
                what: format!("{what}: {name}"),
                needed: at_least,
                got: rows.n_rows(),
            });
        }
    }
    Ok(())
}
