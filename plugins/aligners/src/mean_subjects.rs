//! The mean over subjects of matched spaces.

use faer::Mat;
use lab_core::config::NoParams;
use lab_core::prelude::*;
use lab_core::recording::SubjectResponses;
use lab_core::traits::{Aligner, FittedAligner, Quality};

use crate::error::AlignerError;
use crate::input::{self, Space};
use crate::quality::inter_subject_correlation;

/// Averages matched spaces: one pseudo-subject from several people.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `train` | one `[n_samples, n_features]` per subject, rows and columns matched | f64 | that of the spaces |
/// | output | one `[n_samples, n_features]` | f64 | the same |
///
/// # Errors
/// Spaces with different numbers of columns, rows that do not match, values that are not finite.
///
/// # Determinism
/// Draws nothing.
#[derive(Debug, Clone, Copy)]
pub struct MeanSubjects;

impl MeanSubjects {
    /// Builds the aligner, which has no parameters to check.
    ///
    /// # Errors
    /// Never.
    pub fn build(_params: NoParams, _ctx: &Context) -> Result<Self, AlignerError> {
        Ok(Self)
    }
}

impl Aligner for MeanSubjects {
    fn fit(&self, _ctx: &Context, train: &[SubjectResponses]) -> Result<Box<dyn FittedAligner>> {
        input::training(train, 1, "mean_subjects")?;
        let spaces = input::describe(train)?;
        if let Some(other) = spaces
            .iter()
            .find(|space| space.n_columns != spaces[0].n_columns)
        {
            return Err(AlignerError::UnequalColumns {
                aligner: "mean_subjects",
                first: spaces[0].id.clone(),
                second: other.id.clone(),
                n_first: spaces[0].n_columns,
                n_second: other.n_columns,
            }
            .into());
        }
        Ok(Box::new(FittedMeanSubjects { spaces }))
    }
}

/// Averages the subjects it was fitted on.
#[derive(Debug)]
pub struct FittedMeanSubjects {
    spaces: Vec<Space>,
}

impl FittedAligner for FittedMeanSubjects {
    fn transform(
        &self,
        _ctx: &Context,
        responses: &[SubjectResponses],
    ) -> Result<Vec<SubjectResponses>> {
        let spaces = input::fitted(&self.spaces, responses)?;
        let mut mean = Mat::zeros(spaces[0].nrows(), spaces[0].ncols());
        for space in &spaces {
            mean += space;
        }
        mean *= faer::Scale(1.0 / spaces.len() as f64);
        let values = input::tensor(mean.as_ref(), responses[0].values.device())?;
        Ok(vec![SubjectResponses::shared("mean of subjects", values)])
    }

    fn held_out(&self, _ctx: &Context, test: &[SubjectResponses]) -> Result<Vec<Quality>> {
        let spaces = input::fitted(&self.spaces, test)?;
        if spaces.len() < 2 {
            return Ok(Vec::new());
        }
        let quality = |(subject, value): (&SubjectResponses, f64)| Quality {
            name: "correlation with the mean of the other subjects, mean over columns (chance 0)"
                .into(),
            of: subject.id.clone(),
            value,
            unit: "correlation".into(),
        };
        Ok(test
            .iter()
            .zip(inter_subject_correlation(&spaces))
            .map(quality)
            .collect())
    }

    fn facts(&self) -> Vec<Quality> {
        let (of, unit) = (String::from("mean of subjects"), String::from("subjects"));
        vec![Quality {
            name: "subjects averaged".into(),
            of,
            value: self.spaces.len() as f64,
            unit,
        }]
    }
}

lab_core::register! {
    Aligner "mean_subjects" => MeanSubjects, NoParams;
    summary: "averages matched spaces over subjects",
    equation: "x̄ = (1/n) Σᵢ xᵢ",
    source: "Seeliger et al. (2018), doi:10.1016/j.neuroimage.2018.07.043",
    parity: "numpy, ≤ 1e-12",
}
