//! Columns with mean 0 and standard deviation 1.
//!
//! ```text
//! x ← (x − mean)/sd              mean and sd of each column over the training rows, sd divided by n
//! x ← (x − mean)/rms             jointly: one scale for the whole space, so that the mean square of a number is 1
//! ```

use faer::MatRef;
use lab_core::config::Declared;
use lab_core::prelude::*;
use lab_core::recording::SubjectResponses;
use lab_core::traits::{Aligner, FittedAligner, Quality};
use serde::{Deserialize, Serialize};

use crate::columns::{Moments, shift_and_scale};
use crate::error::AlignerError;
use crate::input::{self, Space};

/// Parameters of [`Standardise`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StandardiseParams {
    /// Whether the mean of each column is taken off.
    pub centre: bool,
    /// Whether columns are scaled.
    pub scale: bool,
    /// Whether all columns of a space share one scale, which keeps their proportions: for principal components.
    pub jointly: bool,
}

impl Default for StandardiseParams {
    /// Z-scores by column, which hyperalignment expects.
    fn default() -> Self {
        Self {
            centre: true,
            scale: true,
            jointly: false,
        }
    }
}

impl PluginParams for StandardiseParams {
    const DECLARED: Declared = Declared::new(&[include_str!("standardise.rs")], &[]);
}

/// Z-scores each column of each space by its training rows; constant columns are only centred.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `train` | one `[n_samples, n_voxels]` per space, rows matched | f64 | as recorded |
/// | output | one `[n_samples, n_voxels]` per space, regions kept | f64 | training standard deviations |
///
/// # Errors
/// Rows that do not match, fewer than 3 rows, values that are not finite.
///
/// # Determinism
/// Draws nothing.
#[derive(Debug, Clone, Copy)]
pub struct Standardise {
    params: StandardiseParams,
}

impl Standardise {
    /// Any combination of switches is fine.
    ///
    /// # Errors
    /// Never.
    pub fn build(params: StandardiseParams, _ctx: &Context) -> Result<Self, AlignerError> {
        Ok(Self { params })
    }

    fn moments(self, space: MatRef<'_, f64>) -> Moments {
        let mut moments = Moments::of(space);
        if !self.params.centre {
            moments.mean.fill(0.0);
        }
        if !self.params.scale {
            moments.sd.fill(1.0);
        } else if self.params.jointly {
            let squares = |column: usize| {
                space
                    .col(column)
                    .iter()
                    .map(|x| (x - moments.mean[column]).powi(2))
                    .sum::<f64>()
            };
            let sum: f64 = (0..space.ncols()).map(squares).sum();
            let rms = (sum / (space.nrows() * space.ncols()) as f64).sqrt();
            moments.sd.fill(if rms > 0.0 { rms } else { 1.0 });
        }
        moments
    }
}

impl Aligner for Standardise {
    fn fit(&self, _ctx: &Context, train: &[SubjectResponses]) -> Result<Box<dyn FittedAligner>> {
        let moments = input::training(train, 1, "standardise")?
            .iter()
            .map(|space| self.moments(space.as_ref()))
            .collect();
        Ok(Box::new(FittedStandardise {
            spaces: input::describe(train)?,
            moments,
        }))
    }
}

/// Shifts and scales columns by what the training rows gave.
#[derive(Debug)]
pub struct FittedStandardise {
    spaces: Vec<Space>,
    moments: Vec<Moments>,
}

impl FittedAligner for FittedStandardise {
    fn transform(
        &self,
        _ctx: &Context,
        responses: &[SubjectResponses],
    ) -> Result<Vec<SubjectResponses>> {
        let spaces = input::fitted(&self.spaces, responses)?;
        let standardise =
            |((mut space, moments), subject): ((faer::Mat<f64>, &Moments), &SubjectResponses)| {
                shift_and_scale(&mut space, &moments.mean, Some(&moments.sd));
                let values = input::tensor(space.as_ref(), subject.values.device())?;
                Ok(SubjectResponses {
                    values,
                    ..subject.clone()
                })
            };
        spaces
            .into_iter()
            .zip(&self.moments)
            .zip(responses)
            .map(standardise)
            .collect()
    }

    fn held_out(&self, _ctx: &Context, test: &[SubjectResponses]) -> Result<Vec<Quality>> {
        let spaces = input::fitted(&self.spaces, test)?;
        let quality = |((mut space, moments), subject): (
            (faer::Mat<f64>, &Moments),
            &SubjectResponses,
        )| {
            shift_and_scale(&mut space, &moments.mean, Some(&moments.sd));
            let numbers = (space.nrows() * space.ncols()) as f64;
            Quality {
                name: "root mean square of a standardised number (1 if new rows are like training rows)".into(),
                of: subject.id.clone(),
                value: (space.squared_norm_l2() / numbers).sqrt(),
                unit: "training standard deviations".into(),
            }
        };
        Ok(spaces
            .into_iter()
            .zip(&self.moments)
            .zip(test)
            .map(quality)
            .collect())
    }
}

lab_core::register! {
    Aligner "standardise" => Standardise, StandardiseParams;
    summary: "brings each column to mean 0 and standard deviation 1 over the training rows",
    equation: "x ← (x − mean)/sd",
    source: "z-scores, as is usual before PyMVPA 2.6’s hyperalignment",
    parity: "scikit-learn StandardScaler, ≤ 1e-12",
}
