//! A fitted regression as a decoder, from and to weights.

use candle_core::{DType, Device, Tensor};
use faer::Mat;
use lab_core::dims::ImageShape;
use lab_core::events::Curve;
use lab_core::traits::{Constraint, FittedDecoder};
use lab_core::weights::{self, Weights};
use lab_core::{Error, Result};

use super::solve::{Solution, solve};
use crate::error::DecoderError;
use crate::network::constrain;

/// What the predicted rows are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    Images(ImageShape),
    Latents(Constraint),
}

/// A regression, fitted or restored: all numbers in f64.
pub(crate) struct FittedRidge {
    x_mean: Tensor,
    y_mean: Tensor,
    weights: Tensor,
    target: Target,
    curves: Vec<Curve>,
}

impl FittedRidge {
    /// Fits rows `y` `[n_samples, n_targets]` on features `[n_samples, n_features]`.
    pub(crate) fn fit(features: &Tensor, y: &Tensor, target: Target) -> Result<Self> {
        let solution = solve(matrix(features)?.as_ref(), matrix(y)?.as_ref())?;
        let device = features.device();
        let Solution {
            x_mean,
            y_mean,
            weights,
            alpha,
            tried,
        } = solution;
        let (n_features, n_targets) = weights.shape();
        let rows: Vec<f64> = (0..n_features)
            .flat_map(|row| (0..n_targets).map(move |column| (row, column)))
            .map(|at| weights[at])
            .collect();
        let mut curve = Curve::new("squared error of rows left out", "penalty");
        curve.points = tried;
        let mut chosen = Curve::new("penalty chosen", "penalty");
        chosen.push(alpha, alpha);
        Ok(Self {
            x_mean: Tensor::from_vec(x_mean, n_features, device)?,
            y_mean: Tensor::from_vec(y_mean, n_targets, device)?,
            weights: Tensor::from_vec(rows, (n_features, n_targets), device)?,
            target,
            curves: vec![curve, chosen],
        })
    }

    /// Rebuilds one from what [`FittedDecoder::weights`] gave.
    pub(crate) fn restore(saved: &Weights, device: &Device) -> Result<Self> {
        let get =
            |name: &str| -> Result<Tensor> { Ok(weights::get(saved, name)?.to_device(device)?) };
        let target = match get("target")?.to_vec1::<u32>()?[..] {
            [channels, height, width] => Target::Images(ImageShape {
                channels: channels as usize,
                height: height as usize,
                width: width as usize,
            }),
            [sphere] => Target::Latents(if sphere == 1 {
                Constraint::UnitSphere
            } else {
                Constraint::None
            }),
            ref other => {
                let expected = "1 or 3 numbers".into();
                return Err(DecoderError::Weights {
                    name: "target".into(),
                    expected,
                    got: other.len().to_string(),
                }
                .into());
            }
        };
        Ok(Self {
            x_mean: get("x_mean")?,
            y_mean: get("y_mean")?,
            weights: get("weights")?,
            target,
            curves: Vec::new(),
        })
    }
}

impl FittedDecoder for FittedRidge {
    fn decode(&self, features: &Tensor) -> Result<Tensor> {
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
        let rows = centred
            .matmul(&self.weights)?
            .broadcast_add(&self.y_mean)?
            .to_dtype(DType::F32)?;
        match self.target {
            Target::Images(shape) => Ok(rows
                .clamp(-1f32, 1f32)?
                .reshape(&shape.batch(features.dims()[0]))?),
            Target::Latents(constraint) => constrain(constraint, &rows),
        }
    }

    fn weights(&self) -> Weights {
        let target: Vec<u32> = match self.target {
            Target::Images(ImageShape {
                channels,
                height,
                width,
            }) => vec![channels as u32, height as u32, width as u32],
            Target::Latents(constraint) => vec![u32::from(constraint == Constraint::UnitSphere)],
        };
        let mut saved = Weights::from([
            ("x_mean".to_owned(), self.x_mean.clone()),
            ("y_mean".to_owned(), self.y_mean.clone()),
            ("weights".to_owned(), self.weights.clone()),
        ]);
        // A vector on the host always becomes a tensor.
        if let Ok(target) = Tensor::new(target, self.x_mean.device()) {
            saved.insert("target".into(), target);
        }
        saved
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}

fn matrix(rows: &Tensor) -> Result<Mat<f64>> {
    let values = rows.to_dtype(DType::F64)?.to_vec2::<f64>()?;
    if let Some(row) = values
        .iter()
        .position(|row| row.iter().any(|value| !value.is_finite()))
    {
        return Err(DecoderError::Features {
            expected: "finite numbers",
            got: format!("NaN or infinity in row {row}"),
        }
        .into());
    }
    Ok(Mat::from_fn(values.len(), rows.dim(1)?, |row, column| {
        values[row][column]
    }))
}
