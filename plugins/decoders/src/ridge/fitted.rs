//! A fitted regression as a decoder, from and to weights.

use candle_core::{Device, Tensor};
use faer::Mat;
use lab_core::Result;
use lab_core::dims::ImageShape;
use lab_core::events::Curve;
use lab_core::traits::{Constraint, FittedDecoder, TrainingSet, constrain};
use lab_core::weights::{self, Weights};

use super::components::Components;
use super::map::LinearMap;
use super::matrix::matrix;
use super::solve::{Design, Penalty, Solution};
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
    /// Fits rows `y` `[n_samples, n_targets]` on the features of training rows.
    pub(crate) fn fit(
        train: &TrainingSet<'_>,
        y: &Tensor,
        target: Target,
        penalty: Penalty,
    ) -> Result<Self> {
        let solution = Design::of(train)?.fit(matrix(y)?.as_ref(), penalty)?;
        Self::of(solution, train, target)
    }

    /// Fits the first `n` principal components of `y` `[n_images, n_numbers]` on the training rows, each for itself.
    pub(crate) fn fit_components(
        train: &TrainingSet<'_>,
        y: &Tensor,
        target: Target,
        n: usize,
    ) -> Result<Self> {
        let n_numbers = y.dim(1)?;
        if n > n_numbers {
            return Err(DecoderError::Components {
                expected: n_numbers,
                got: n,
            }
            .into());
        }
        let components = Components::of(matrix(y)?.as_ref(), n)?;
        let image_of = |row: usize| train.target_idx[row];
        let scores = Mat::from_fn(
            train.target_idx.len(),
            components.scores.ncols(),
            |row, component| components.scores[(image_of(row), component)],
        );
        let design = Design::of(train)?;
        let solution = components.whole(design.fit(scores.as_ref(), Penalty::Own)?);
        Self::of(solution, train, target)
    }

    fn of(solution: Solution, train: &TrainingSet<'_>, target: Target) -> Result<Self> {
        Ok(Self {
            curves: curves(&solution, ""),
            map: LinearMap::of(solution, train.features.device())?,
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
    let left_out = solution.of_what;
    let name = format!("squared error of {left_out} left out{what}");
    let mut errors = Curve::new(name, "penalty");
    errors.points.clone_from(&solution.tried);
    let first = solution.alphas.first().copied().unwrap_or_default();
    let is_shared = solution
        .alphas
        .iter()
        .all(|alpha| alpha.to_bits() == first.to_bits());
    let chosen = if is_shared {
        let mut chosen = Curve::new(format!("penalty chosen{what}"), "penalty");
        chosen.push(first, first);
        chosen
    } else {
        let mut chosen = Curve::new(format!("penalty chosen{what}"), "number");
        for (number, alpha) in solution.alphas.iter().enumerate() {
            chosen.push((number + 1) as f64, *alpha);
        }
        chosen
    };
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
