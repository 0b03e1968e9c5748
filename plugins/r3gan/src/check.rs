//! Parameters that cannot train are refused.

use lab_core::config::{Range, check_ranges};

use crate::error::R3ganError;
use crate::params::R3ganParams;

impl R3ganParams {
    /// Refuses values that cannot train.
    pub(crate) fn check(&self) -> Result<(), R3ganError> {
        let discriminator_width = self.discriminator_width.unwrap_or(self.width);
        let train = &self.train;
        let penalty = &train.penalty;
        #[rustfmt::skip]
        let table = [
            ("latent", self.latent as f64, Range::ONE_OR_MORE),
            ("width", self.width, Range::ABOVE_ZERO),
            ("discriminator_width", discriminator_width, Range::ABOVE_ZERO),
            ("blocks", self.blocks as f64, Range::ONE_OR_MORE),
            ("train.updates", train.updates as f64, Range::ONE_OR_MORE),
            ("train.batch", train.batch as f64, Range::ONE_OR_MORE),
            ("train.learning_rate", train.learning_rate, Range::ABOVE_ZERO),
            ("train.discriminator_learning_rate", train.discriminator_rate(), Range::ABOVE_ZERO),
            ("train.beta1", train.beta1, Range::BELOW_ONE),
            ("train.beta2", train.beta2, Range::BELOW_ONE),
            ("train.decay", train.decay.fraction(), Range::DECAY),
            ("train.clip_norm", train.clip_norm, Range::ABOVE_ZERO),
            ("train.feature_matching", train.feature_matching, Range::ZERO_OR_ABOVE),
            ("train.average", train.average, Range::BELOW_ONE),
            ("train.penalty.weight", penalty.weight, Range::ZERO_OR_ABOVE),
            ("train.penalty.last_weight", penalty.last_weight, Range::ZERO_OR_ABOVE),
            ("train.penalty.step", penalty.step, Range::ABOVE_ZERO),
            ("train.penalty.every", penalty.every as f64, Range::ONE_OR_MORE),
        ];
        Ok(check_ranges("r3gan", &table)?)
    }
}
