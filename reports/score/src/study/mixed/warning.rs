//! What a reader must know before believing a fit.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A random term of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// The original that was shown.
    Image,
    /// The image whose reconstruction was the foil.
    Distractor,
    /// The person who decided.
    Rater,
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Image => "image",
            Self::Distractor => "distractor",
            Self::Rater => "rater",
        })
    }
}

/// A reason for care; its text is a plain sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// The term has one level only and is left out.
    OneLevel {
        /// The random term: image, distractor or rater.
        term: Term,
    },
    /// Each level has one decision only and the term is left out.
    NoRepeats {
        /// The random term: image, distractor or rater.
        term: Term,
    },
    /// The term groups the decisions as another does and is left out.
    Confounded {
        /// The random term: image, distractor or rater.
        term: Term,
        /// The term that stays.
        with: Term,
    },
    /// The term has few levels.
    FewLevels {
        /// The random term: image, distractor or rater.
        term: Term,
        /// How many.
        n_levels: usize,
    },
    /// The best standard deviation is zero.
    Boundary {
        /// The random term: image, distractor or rater.
        term: Term,
    },
    /// An estimate is so large that almost all decisions must agree.
    Separation {
        /// The coefficient or the term.
        what: String,
        /// Its estimate, in log-odds.
        estimate: f64,
    },
    /// The search for the best parameters ended before it was done.
    NotConverged {
        /// The largest slope of the deviance where it ended.
        gradient: f64,
    },
    /// The curvature of the deviance gives no standard errors.
    NoCurvature,
}

impl Warning {
    /// Whether the term that it speaks of is left out of the model.
    pub fn is_dropped(&self) -> bool {
        matches!(
            self,
            Self::OneLevel { .. } | Self::NoRepeats { .. } | Self::Confounded { .. }
        )
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneLevel { term } => write!(
                f,
                "There is one {term} only, so that differences between {term}s cannot be told; the model leaves them out."
            ),
            Self::NoRepeats { term } => write!(
                f,
                "Each {term} occurs in one decision only, so that differences between {term}s cannot be told from chance; \
                 the model leaves them out."
            ),
            Self::Confounded { term, with } => write!(
                f,
                "The {term} is known from the {with}, so that their differences cannot be told apart; the model keeps \
                 those of the {with}."
            ),
            Self::FewLevels { term, n_levels } => write!(
                f,
                "There are {n_levels} {term}s only: how much {term}s differ is hardly known, and p is too small."
            ),
            Self::Boundary { term } => write!(
                f,
                "The best standard deviation of the {term}s is 0: the decisions show no difference between {term}s beyond \
                 chance."
            ),
            Self::Separation { what, estimate } => write!(
                f,
                "The estimate of \"{what}\" is {estimate:.1} in log-odds: almost all decisions agree, and the estimate and \
                 its standard error mean little."
            ),
            Self::NotConverged { gradient } => write!(
                f,
                "The search for the best parameters did not end well (slope of the deviance {gradient:.1e}): do not rely \
                 on this fit."
            ),
            Self::NoCurvature => f.write_str(
                "The deviance is not curved at the best parameters, so that standard errors cannot be given.",
            ),
        }
    }
}
