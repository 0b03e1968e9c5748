//! Parameters that cannot train are refused.

use lab_core::config::check_params;

use crate::error::R3ganError;
use crate::params::R3ganParams;

impl R3ganParams {
    /// Refuses values that cannot train.
    pub(crate) fn check(&self) -> Result<(), R3ganError> {
        Ok(check_params("r3gan", self)?)
    }
}
