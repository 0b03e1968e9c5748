//! One subject out of several, for results per person.

use lab_core::config::Declared;
use lab_core::prelude::*;
use lab_core::recording::SubjectResponses;
use lab_core::traits::{Aligner, FittedAligner, Quality};
use serde::{Deserialize, Serialize};

use crate::error::AlignerError;
use crate::input;

/// The subject that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SingleParams {
    /// Its name, as the dataset gives it.
    pub subject: String,
}

impl Default for SingleParams {
    /// The first subject of most datasets.
    fn default() -> Self {
        Self {
            subject: "S1".into(),
        }
    }
}

impl PluginParams for SingleParams {
    const DECLARED: Declared = Declared::new(&[include_str!("single.rs")], &[]);
}

/// Keeps the rows of one subject as they are, regions included.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `train` | one `[n_samples, n_voxels]` per subject | f64 | as recorded |
/// | output | one `[n_samples, n_voxels]` | f64 | the same |
///
/// # Errors
/// No subject of this name, rows that do not match, values that are not finite.
///
/// # Determinism
/// Draws nothing.
#[derive(Debug, Clone)]
pub struct Single {
    params: SingleParams,
}

impl Single {
    /// Whether the subject exists is known only once there are data.
    ///
    /// # Errors
    /// [`AlignerError::Parameter`] if the name is empty.
    pub fn build(params: SingleParams, _ctx: &Context) -> Result<Self, AlignerError> {
        if params.subject.is_empty() {
            let (expected, got) = ("the name of a subject".into(), "''".into());
            return Err(AlignerError::Parameter {
                aligner: "single",
                name: "subject",
                expected,
                got,
            });
        }
        Ok(Self { params })
    }
}

fn find<'a>(responses: &'a [SubjectResponses], name: &str) -> Result<&'a SubjectResponses> {
    responses
        .iter()
        .find(|subject| subject.id == name)
        .ok_or_else(|| {
            let known: Vec<&str> = responses
                .iter()
                .map(|subject| subject.id.as_str())
                .collect();
            AlignerError::UnknownSubject {
                name: name.to_owned(),
                known: known.join(", "),
            }
            .into()
        })
}

impl Aligner for Single {
    fn fit(&self, _ctx: &Context, train: &[SubjectResponses]) -> Result<Box<dyn FittedAligner>> {
        input::training(train, 1, "single")?;
        let n_columns = find(train, &self.params.subject)?.values.dims2()?.1;
        Ok(Box::new(FittedSingle {
            subject: self.params.subject.clone(),
            n_columns,
        }))
    }
}

/// The fitted aligner: it keeps one subject and drops the others.
#[derive(Debug)]
pub struct FittedSingle {
    subject: String,
    n_columns: usize,
}

impl FittedAligner for FittedSingle {
    fn transform(
        &self,
        _ctx: &Context,
        responses: &[SubjectResponses],
    ) -> Result<Vec<SubjectResponses>> {
        let subject = find(responses, &self.subject)?;
        let n_columns = subject.values.dims2()?.1;
        if n_columns != self.n_columns {
            let describe = |n: usize| format!("{}: {n} columns", self.subject);
            return Err(AlignerError::OtherSubjects {
                expected: describe(self.n_columns),
                got: describe(n_columns),
            }
            .into());
        }
        Ok(vec![subject.clone()])
    }

    /// Nothing is estimated, so that there is nothing to hold out.
    fn held_out(&self, ctx: &Context, test: &[SubjectResponses]) -> Result<Vec<Quality>> {
        self.transform(ctx, test)?;
        Ok(Vec::new())
    }

    fn facts(&self) -> Vec<Quality> {
        let value = self.n_columns as f64;
        vec![Quality {
            name: "columns".into(),
            of: self.subject.clone(),
            value,
            unit: "columns".into(),
        }]
    }
}

lab_core::register! {
    Aligner "single" => Single, SingleParams;
    summary: "keeps one subject",
    equation: "x = xᵢ",
    source: "one subject of a study; no alignment",
    parity: "by construction",
}
