//! First values of weights, drawn from the run's own random streams.

use candle_core::{DType, Device, Var};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::rng::{self, Stream};

/// How weights start, as an experiment says it; biases start at 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Initial {
    /// Normal with standard deviation `√(2/fan_in)`, where `fan_in` is the number of inputs of a unit: He et al. (2015).
    He,
    /// Normal with this standard deviation.
    Normal {
        /// Standard deviation, unitless.
        sd: f64,
    },
}

impl Initial {
    /// The standard deviation of weights whose sums have `fan_in` products.
    pub fn sd(self, fan_in: usize) -> f64 {
        match self {
            Self::He => (2.0 / fan_in.max(1) as f64).sqrt(),
            Self::Normal { sd } => sd,
        }
    }

    /// Whether its standard deviation is above 0.
    pub fn is_valid(self) -> bool {
        let sd = self.sd(1);
        sd.is_finite() && sd > 0.0
    }
}

/// Normal numbers with mean 0 and standard deviation `sd`.
///
/// # Errors
/// Fails if the device does.
pub fn normal(rng: &mut Stream, sd: f64, shape: &[usize], device: &Device) -> Result<Var> {
    Ok(Var::from_tensor(&rng::normal(rng, sd, shape, device)?)?)
}

/// Normal numbers with standard deviation `√(2/fan_in)`, which keeps the size of signals through layers of ReLU.
///
/// `fan_in` is the number of products in a sum: `n_in` of a linear map, `c_in·k·k` of a convolution.
///
/// # Source
/// He, Zhang, Ren & Sun 2015, *Delving deep into rectifiers*, arXiv:1502.01852, equation 10.
///
/// # Errors
/// Fails if the device does.
pub fn he_normal(rng: &mut Stream, fan_in: usize, shape: &[usize], device: &Device) -> Result<Var> {
    normal(rng, Initial::He.sd(fan_in), shape, device)
}

/// A variable of zeros.
///
/// # Errors
/// Fails if the device does.
pub fn zeros(shape: &[usize], device: &Device) -> Result<Var> {
    Ok(Var::zeros(shape, DType::F32, device)?)
}

/// A variable of ones.
///
/// # Errors
/// Fails if the device does.
pub fn ones(shape: &[usize], device: &Device) -> Result<Var> {
    Ok(Var::ones(shape, DType::F32, device)?)
}
