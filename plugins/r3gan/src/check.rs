//! Parameters that cannot train are refused.

use crate::error::R3ganError;
use crate::params::{Penalty, R3ganParams, TrainParams};

impl R3ganParams {
    /// Refuses values that cannot train.
    pub(crate) fn check(&self) -> Result<(), R3ganError> {
        one_or_more("latent", self.latent)?;
        above_zero("width", self.width)?;
        above_zero(
            "discriminator_width",
            self.discriminator_width.unwrap_or(self.width),
        )?;
        one_or_more("blocks", self.blocks)?;
        self.train.check()
    }
}

impl TrainParams {
    fn check(&self) -> Result<(), R3ganError> {
        one_or_more("train.updates", self.updates)?;
        one_or_more("train.batch", self.batch)?;
        above_zero("train.learning_rate", self.learning_rate)?;
        above_zero(
            "train.discriminator_learning_rate",
            self.discriminator_rate(),
        )?;
        fraction("train.beta1", self.beta1)?;
        fraction("train.beta2", self.beta2)?;
        let decay = self.decay.factor(1, 1);
        accept(
            "train.decay",
            self.decay.is_valid(),
            "a fraction from 0 to 1",
            decay,
        )?;
        above_zero("train.clip_norm", self.clip_norm)?;
        zero_or_above("train.feature_matching", self.feature_matching)?;
        fraction("train.average", self.average)?;
        self.penalty.check()
    }
}

impl Penalty {
    fn check(&self) -> Result<(), R3ganError> {
        zero_or_above("train.penalty.weight", self.weight)?;
        zero_or_above("train.penalty.last_weight", self.last_weight)?;
        above_zero("train.penalty.step", self.step)?;
        one_or_more("train.penalty.every", self.every)
    }
}

fn one_or_more(name: &'static str, value: usize) -> Result<(), R3ganError> {
    accept(name, value >= 1, "at least 1", value as f64)
}

fn above_zero(name: &'static str, value: f64) -> Result<(), R3ganError> {
    let fine = value.is_finite() && value > 0.0;
    accept(name, fine, "a number above 0", value)
}

fn zero_or_above(name: &'static str, value: f64) -> Result<(), R3ganError> {
    let fine = value.is_finite() && value >= 0.0;
    accept(name, fine, "0 or above", value)
}

fn fraction(name: &'static str, value: f64) -> Result<(), R3ganError> {
    accept(
        name,
        (0.0..1.0).contains(&value),
        "from 0 to below 1",
        value,
    )
}

fn accept(
    name: &'static str,
    fine: bool,
    expected: &'static str,
    got: f64,
) -> Result<(), R3ganError> {
    if fine {
        return Ok(());
    }
    Err(R3ganError::Parameter {
        name,
        expected,
        got: got.to_string(),
    })
}
