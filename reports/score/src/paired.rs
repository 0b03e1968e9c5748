//! The mean of paired differences, with its interval and its test.

use crate::record::IntervalMethod;
use crate::sign_flips::SignFlips;
use crate::ties::PValue;

/// What is known of a mean difference over images.
#[derive(Debug, Clone, Copy)]
pub(super) struct PairedDifference {
    /// Mean over images.
    pub(super) value: f64,
    pub(super) n_images: usize,
    pub(super) interval: Option<(f64, f64)>,
    pub(super) interval_method: Option<IntervalMethod>,
    /// Two-sided, by random signs.
    pub(super) p: Option<PValue>,
    /// Images whose difference is not zero.
    pub(super) n_differing: usize,
}

impl PairedDifference {
    /// Of one difference an image, and the interval of their mean; `lot` names the lot among ties.
    pub(super) fn of(
        differences: &[f64],
        interval: Option<((f64, f64), IntervalMethod)>,
        sign_flips: &SignFlips,
        lot: &str,
    ) -> Self {
        let differing = differences.iter().filter(|value| value.abs() > 0.0);
        Self {
            value: differences.iter().sum::<f64>() / differences.len() as f64,
            n_images: differences.len(),
            interval: interval.map(|(bounds, _)| bounds),
            interval_method: interval.map(|(_, method)| method),
            p: sign_flips.p_value(differences, lot),
            n_differing: differing.count(),
        }
    }
}
