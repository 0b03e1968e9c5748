//! The columns of all subjects side by side: the baseline without alignment.

use candle_core::{DType, Tensor};
use lab_core::config::NoParams;
use lab_core::prelude::*;
use lab_core::recording::SubjectResponses;
use lab_core::traits::{Aligner, FittedAligner, Quality};

use crate::error::AlignerError;
use crate::input::{self, Space};

/// Puts the columns of all subjects side by side, in the order of the subjects.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `train` | one `[n_samples, n_voxels]` per subject, rows matched | f64 | that of the spaces |
/// | output | one `[n_samples, Σ n_voxels]` | f64 | the same |
///
/// # Errors
/// Rows that do not match, values that are not finite.
///
/// # Determinism
/// Draws nothing.
#[derive(Debug, Clone, Copy)]
pub struct Concatenate;

impl Concatenate {
    /// Builds the aligner, which has no parameters to check.
    ///
    /// # Errors
    /// Never.
    pub fn build(_params: NoParams, _ctx: &Context) -> Result<Self, AlignerError> {
        Ok(Self)
    }
}

impl Aligner for Concatenate {
    fn fit(&self, _ctx: &Context, train: &[SubjectResponses]) -> Result<Box<dyn FittedAligner>> {
        input::training(train, 1, "concatenate")?;
        Ok(Box::new(FittedConcatenate {
            spaces: input::describe(train)?,
        }))
    }
}

/// Concatenates the subjects it was fitted on.
#[derive(Debug)]
pub struct FittedConcatenate {
    spaces: Vec<Space>,
}

impl FittedAligner for FittedConcatenate {
    fn transform(
        &self,
        _ctx: &Context,
        responses: &[SubjectResponses],
    ) -> Result<Vec<SubjectResponses>> {
        input::fitted(&self.spaces, responses)?;
        let parts = responses
            .iter()
            .map(|subject| Ok(subject.values.to_dtype(DType::F64)?))
            .collect::<Result<Vec<_>>>()?;
        Ok(vec![SubjectResponses::shared(
            "all subjects",
            Tensor::cat(&parts, 1)?,
        )])
    }

    /// Nothing is estimated, so that there is nothing to hold out.
    fn held_out(&self, _ctx: &Context, test: &[SubjectResponses]) -> Result<Vec<Quality>> {
        input::fitted(&self.spaces, test)?;
        Ok(Vec::new())
    }

    fn facts(&self) -> Vec<Quality> {
        let value = self
            .spaces
            .iter()
            .map(|space| space.n_columns)
            .sum::<usize>() as f64;
        vec![Quality {
            name: "columns".into(),
            of: "all subjects".into(),
            value,
            unit: "columns".into(),
        }]
    }
}

lab_core::register! {
    Aligner "concatenate" => Concatenate, NoParams;
    summary: "puts the columns of all subjects side by side: the baseline without alignment",
    equation: "x = [x₁, x₂, …, xₙ]",
    source: "a baseline: pooling without alignment",
    parity: "by construction",
}
