//! A fitted regression as a decoder, from and to weights.

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::dims::ImageShape;
use lab_core::events::Curve;
use lab_core::traits::{Constraint, FittedDecoder, constrain};
use lab_core::weights::{self, Weights};

use super::map::{LinearMap, matrix};
use super::solve::{Design, Solution};
use crate::error::DecoderError;

/// What the predicted rows are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    Images(ImageShape),
    Latents(Constraint),
}

/// A regression, fitted or restored.
pub(crate) struct FittedRidge {
    map: LinearMap,
    target: Target,
    curves: Vec<Curve>,
}

impl FittedRidge {
    /// Fits rows `y` `[n_samples, n_targets]` on features `[n_samples, n_features]`.
    pub(crate) fn fit(features: &Tensor, y: &Tensor, target: Target) -> Result<Self> {
        let design = Design::new(matrix(features)?.as_ref())?;
        let solution = design.fit(matrix(y)?.as_ref())?;
        Ok(Self {
            curves: curves(&solution, ""),
            map: LinearMap::of(solution, features.device())?,
            target,
        })
    }

    /// Rebuilds one from what [`FittedDecoder::weights`] gave.
    pub(crate) fn restore(saved: &Weights, device: &Device) -> Result<Self> {
        let target = match weights::get(saved, "target")?.to_vec1::<u32>()?[..] {
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
            map: LinearMap::restore(saved, device)?,
            target,
            curves: Vec::new(),
        })
    }
}

/// How the penalty of a regression to `what` was chosen; `what` is empty or begins with a space.
pub(crate) fn curves(solution: &Solution, what: &str) -> Vec<Curve> {
    let mut errors = Curve::new(format!("squared error of rows left out{what}"), "penalty");
    errors.points.clone_from(&solution.tried);
    let mut chosen = Curve::new(format!("penalty chosen{what}"), "penalty");
    chosen.push(solution.alpha, solution.alpha);
    vec![errors, chosen]
}

impl FittedDecoder for FittedRidge {
    fn decode(&self, features: &Tensor) -> Result<Tensor> {
        let rows = self.map.predict(features)?;
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
        let mut saved = self.map.save();
        // A vector on the host always becomes a tensor.
        if let Ok(target) = Tensor::new(target, self.map.device()) {
            saved.insert("target".into(), target);
        }
        saved
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}
