//! Who decides about what, and what it costs.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Images, foils and raters of a study with two alternatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// Number of images.
    pub n_images: usize,
    /// Different foils of each image, fewer than images.
    pub n_foils: usize,
    /// Number of raters.
    pub n_raters: usize,
    /// Decisions of all raters together.
    pub n_decisions: usize,
}

/// What raters are paid, in any currency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// For each decision.
    Decision {
        /// The amount of money, in any currency.
        price: f64,
    },
    /// For each hour.
    Hour {
        /// The amount of money, in any currency.
        price: f64,
        /// Seconds that one decision takes.
        seconds_a_decision: f64,
        /// Seconds of instructions and consent for each rater.
        seconds_a_rater: f64,
    },
}

/// What a study costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Number of decisions.
    pub n_decisions: usize,
    /// Hours of all raters together; `None` where decisions are paid.
    pub hours: Option<f64>,
    /// Money, with the platform's fee.
    pub money: f64,
}

impl Design {
    /// A design in which each rater decides equally often.
    pub fn of_raters(
        n_images: usize,
        n_foils: usize,
        n_raters: usize,
        decisions_a_rater: usize,
    ) -> Self {
        Self {
            n_images,
            n_foils,
            n_raters,
            n_decisions: n_raters * decisions_a_rater,
        }
    }

    /// Checks that the design can be carried out.
    ///
    /// # Errors
    /// [`Error::Setting`] for fewer than two images or raters, no foil or as many foils as images, or fewer decisions than
    /// raters.
    pub fn check(&self) -> Result<()> {
        let (images, raters) = (self.n_images, self.n_raters);
        let setting = |what, expected, got: usize| {
            let got = got as f64;
            Err(Error::Setting {
                what,
                expected,
                got,
            })
        };
        if images < 2 {
            return setting("number of images", "two or more", images);
        }
        if raters < 2 {
            return setting("number of raters", "two or more", raters);
        }
        if self.n_foils == 0 || self.n_foils >= images {
            let expected = "from one to one fewer than images";
            return setting("foils of an image", expected, self.n_foils);
        }
        if self.n_decisions < raters {
            return setting(
                "number of decisions",
                "one a rater or more",
                self.n_decisions,
            );
        }
        Ok(())
    }

    /// Decisions that share one image, one distractor and one rater, on average.
    pub fn group_sizes(&self) -> [f64; 3] {
        let n = self.n_decisions as f64;
        let an_image = n / self.n_images as f64;
        [an_image, an_image, n / self.n_raters as f64]
    }

    /// The cost; `fee` is the platform's share on top of what raters get (0.33 for a third).
    pub fn cost(&self, price: Price, fee: f64) -> Cost {
        let n = self.n_decisions as f64;
        let (hours, paid) = match price {
            Price::Decision { price } => (None, n * price),
            Price::Hour {
                price,
                seconds_a_decision,
                seconds_a_rater,
            } => {
                let seconds = n * seconds_a_decision + self.n_raters as f64 * seconds_a_rater;
                (Some(seconds / 3600.0), seconds / 3600.0 * price)
            }
        };
        Cost {
            n_decisions: self.n_decisions,
            hours,
            money: paid * (1.0 + fee),
        }
    }
}
