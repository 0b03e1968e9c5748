//! A fitted linear map in f64, from and to weights.
//!
//! ```text
//! y = (x − x̄)·W + ȳ
//! ```

use candle_core::{DType, Device, Tensor};
use lab_core::weights::{self, Weights};
use lab_core::{Error, Result};

use super::solve::Solution;

/// What a [`Solution`] predicts with.
pub(crate) struct LinearMap {
    /// x̄: `[n_features]`.
    x_mean: Tensor,
    /// ȳ: `[n_targets]`.
    y_mean: Tensor,
    /// W: `[n_features, n_targets]`.
    weights: Tensor,
}

impl LinearMap {
    /// The map of a fit.
    pub(crate) fn of(solution: Solution, device: &Device) -> Result<Self> {
        let (n_features, n_targets) = solution.weights.shape();
        let rows: Vec<f64> = (0..n_features)
            .flat_map(|row| (0..n_targets).map(move |column| (row, column)))
            .map(|at| solution.weights[at])
            .collect();
        let all = [&rows, &solution.x_mean, &solution.y_mean];
        if all.into_iter().flatten().any(|value| !value.is_finite()) {
            return Err(Error::Data {
                what: "weights of a ridge regression".into(),
                expected: weights::FINITE.into(),
                got: "NaN or infinity".into(),
                remedy: "scale features and targets down, as standardise() does".into(),
            });
        }
        Ok(Self {
            x_mean: Tensor::from_vec(solution.x_mean, n_features, device)?,
            y_mean: Tensor::from_vec(solution.y_mean, n_targets, device)?,
            weights: Tensor::from_vec(rows, (n_features, n_targets), device)?,
        })
    }

    /// y for each row of `features` `[n_samples, n_features]`, in f32.
    pub(crate) fn predict(&self, features: &Tensor) -> Result<Tensor> {
        let n_features = self.x_mean.elem_count();
        if features.rank() != 2 || features.dims()[1] != n_features {
            let expected = format!("[n_samples, {n_features}]");
            return Err(Error::Shape {
                what: "features to decode".into(),
                expected,
                got: format!("{:?}", features.dims()),
            });
        }
        let centred = features.to_dtype(DType::F64)?.broadcast_sub(&self.x_mean)?;
        Ok(centred
            .matmul(&self.weights)?
            .broadcast_add(&self.y_mean)?
            .to_dtype(DType::F32)?)
    }

    /// What [`LinearMap::restore`] reads.
    pub(crate) fn save(&self) -> Weights {
        Weights::from([
            ("x_mean".to_owned(), self.x_mean.clone()),
            ("y_mean".to_owned(), self.y_mean.clone()),
            ("weights".to_owned(), self.weights.clone()),
        ])
    }

    /// Rebuilds a map from what [`LinearMap::save`] gave.
    pub(crate) fn restore(saved: &Weights, device: &Device) -> Result<Self> {
        let get =
            |name: &str| -> Result<Tensor> { Ok(weights::get(saved, name)?.to_device(device)?) };
        Ok(Self {
            x_mean: get("x_mean")?,
            y_mean: get("y_mean")?,
            weights: get("weights")?,
        })
    }

    /// Where its tensors are.
    pub(crate) fn device(&self) -> &Device {
        self.x_mean.device()
    }
}
