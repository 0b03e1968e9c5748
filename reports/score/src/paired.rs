//! The mean of paired differences, with its interval and its test.

use crate::intervals::MadeInterval;
use crate::record::Against;
use crate::sign_flips::SignFlips;

impl Against {
    /// Of one difference an image, and the interval of their mean; `lot` names the lot among ties.
    pub(crate) fn of(
        differences: &[f64],
        interval: Option<MadeInterval>,
        sign_flips: &SignFlips,
        lot: &str,
    ) -> Self {
        let found = sign_flips.p_value(differences, lot);
        Self {
            value: differences.iter().sum::<f64>() / differences.len() as f64,
            n_images: differences.len(),
            interval: interval.map(|(bounds, _)| bounds),
            interval_method: interval.map(|(_, method)| method),
            p_sign_flip: found.map(|found| found.p),
            p_sign_flip_ties_whole: found.map(|found| found.ties_whole),
            p_holm: None,
        }
    }
}
