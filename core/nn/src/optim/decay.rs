//! How a learning rate changes over the steps of a training.

use serde::{Deserialize, Serialize};

/// The factor on the learning rate at each step.
///
/// # Example
/// ```
/// use lab_nn::optim::Decay;
///
/// let decay = Decay::Halfway { to: 0.1 };
/// let factors = [0, 4, 5, 8, 10].map(|step| decay.factor(step, 10));
/// for (factor, expected) in factors.into_iter().zip([1.0, 1.0, 1.0, 0.4, 0.1]) {
///     assert!((factor - expected).abs() < 1e-12);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Decay {
    /// The factor is 1 at every step.
    Constant,
    /// Constant for half of the steps, then linear towards 0, but not below this fraction of the rate.
    Halfway {
        /// Smallest fraction, in `[0, 1]`.
        to: f64,
    },
}

impl Decay {
    /// The factor at `step` of `n_steps`, counted from 0.
    pub fn factor(self, step: usize, n_steps: usize) -> f64 {
        let done = step as f64 / n_steps.max(1) as f64;
        match self {
            Self::Halfway { to } if done >= 0.5 => to.max(2.0 * (1.0 - done)),
            _ => 1.0,
        }
    }

    /// The smallest fraction of the rate that is asked for, as it was written.
    pub fn fraction(self) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Halfway { to } => to,
        }
    }

    /// Whether its fraction is one.
    pub fn is_valid(self) -> bool {
        (0.0..=1.0).contains(&self.fraction())
    }
}
