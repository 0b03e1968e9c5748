//! How much decisions depend on what they share, in log-odds and in right and wrong.
//!
//! ```text
//! log-odds = β + u_image + v_distractor + w_rater + ε,    ε: logistic, variance π²/3
//! ρ_k = σ_k²/(σ_image² + σ_distractor² + σ_rater² + π²/3)
//! σ_k² = ρ_k·(π²/3)/(1 − ρ_image − ρ_distractor − ρ_rater)
//! ```
//! These are correlations on the latent scale of log-odds. Two decisions, right or wrong, that share only term `k` correlate
//! less; [`Dependence::observed`] gives that, and design effects need it.
//!
//! # Source
//! Goldstein, Browne & Rasbash (2002), `doi:10.1207/S15328031US0104_02`; Nakagawa & Schielzeth (2010),
//! doi:10.1111/j.1469-185X.2010.00141.x.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::design::Design;
use crate::study::mixed::{Term, logit_of_share, share_right};
use crate::{Error, Result};

/// Step and number of steps of the integral over what two decisions share, in standard deviations.
const STEP: f64 = 1.0 / 8.0;
const N_STEPS: i32 = 64;

/// Correlations of the log-odds of two decisions that share one thing, each in `[0, 1)`; below 1 together.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dependence {
    /// The same original.
    pub image: f64,
    /// The same foil.
    pub distractor: f64,
    /// The same person.
    pub rater: f64,
}

impl Dependence {
    /// The three in the order of [`Term`].
    pub fn values(&self) -> [f64; 3] {
        [self.image, self.distractor, self.rater]
    }

    /// Standard deviations of image, distractor and rater in log-odds.
    ///
    /// # Errors
    /// [`Error::Setting`] if a correlation is negative, or their sum is 1 or more.
    pub fn deviations(&self) -> Result<[f64; 3]> {
        let values = self.values();
        let total: f64 = values.iter().sum();
        if !(values.iter().all(|value| *value >= 0.0) && total < 1.0) {
            return Err(Error::Setting {
                what: "dependence within image, distractor and rater",
                expected: "correlations from 0 on that sum to less than 1",
                got: total,
            });
        }
        Ok(values.map(|value| (value * PI * PI / 3.0 / (1.0 - total)).sqrt()))
    }

    /// The mean log-odds at which the share right over all images, distractors and raters is `share`.
    ///
    /// # Errors
    /// [`Error::Setting`] if `share` is not between 0 and 1, and as [`Dependence::deviations`].
    pub fn logit(&self, share: f64) -> Result<f64> {
        let sd = norm(&self.deviations()?);
        logit_of_share(share, sd).ok_or(Error::Setting {
            what: "share of right decisions",
            expected: "more than 0 and less than 1",
            got: share,
        })
    }

    /// The correlation of two decisions, right or wrong, that share one term only.
    ///
    /// ```text
    /// ρ = (E[P(z)²] − p²)/(p(1 − p)),    P(z) = E[1/(1 + e^−(β + σ_k·z + others))]
    /// ```
    ///
    /// # Errors
    /// As [`Dependence::logit`].
    pub fn observed(&self, share: f64, term: Term) -> Result<f64> {
        let (deviations, logit) = (self.deviations()?, self.logit(share)?);
        let place = term as usize;
        let mut others = deviations;
        others[place] = 0.0;
        let rest = norm(&others);
        let (mut squares, mut weights) = (0.0, 0.0);
        for step in -N_STEPS..=N_STEPS {
            let z = f64::from(step) * STEP;
            let weight = (-0.5 * z * z).exp();
            squares += weight * share_right(logit + deviations[place] * z, rest).powi(2);
            weights += weight;
        }
        Ok(((squares / weights - share * share) / (share * (1.0 - share))).max(0.0))
    }

    /// The design effect of a design: how much larger the variance of the share is than of independent decisions.
    ///
    /// ```text
    /// 1 + (m_image − 1)ρ_image + (m_distractor − 1)ρ_distractor + (m_rater − 1)ρ_rater
    /// ```
    /// with observed correlations and `m` the decisions that share one image, distractor or rater. Pairs that share two of
    /// them are counted as the sum of both.
    ///
    /// # Errors
    /// As [`Dependence::logit`].
    pub fn design_effect(&self, share: f64, design: &Design) -> Result<f64> {
        let sizes = design.group_sizes();
        let mut effect = 1.0;
        for (term, size) in [Term::Image, Term::Distractor, Term::Rater]
            .into_iter()
            .zip(sizes)
        {
            effect += (size - 1.0).max(0.0) * self.observed(share, term)?;
        }
        Ok(effect)
    }
}

fn norm(deviations: &[f64; 3]) -> f64 {
    deviations.iter().map(|sd| sd * sd).sum::<f64>().sqrt()
}
