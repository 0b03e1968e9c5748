//! `my_plugin`: every voxel as a z-score of the training rows, bounded softly.
//!
//! ```text
//! y = c·tanh((x − mean) / (c·sd))      mean and sd of each voxel over training rows
//! ```
//! Nearly a z-score as long as |x − mean| is small against c·sd; single outliers, such as a moved head, count c at most.
//! To make it your own, change [`MyPlugin::fit`] and [`FittedAligner::transform`].

use candle_core::Tensor;
use lab_core::config::{Declared, Range};
use lab_core::prelude::*;
use lab_core::recording::SubjectResponses;
use lab_core::traits::{Aligner, FittedAligner, Quality};
use serde::{Deserialize, Serialize};

/// Parameters of [`MyPlugin`]; each can be set in an experiment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MyPluginParams {
    /// c, the bound, in standard deviations.
    pub bound: f64,
}

impl Default for MyPluginParams {
    fn default() -> Self {
        Self { bound: 4.0 }
    }
}

impl PluginParams for MyPluginParams {
    /// The range of every number, and where comments say what parameters mean: for checks and `lab plugins explain`.
    const DECLARED: Declared = Declared::new(
        &[include_str!("aligner.rs")],
        &[("bound", Range::ABOVE_ZERO)],
    );
}

/// The aligner before it is fitted.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `x` | one `[n_samples, n_voxels]` a subject | f64 | as recorded |
/// | `y` | the same | f64 | about standard deviations |
///
/// # Determinism
/// Nothing is random.
#[derive(Debug)]
pub struct MyPlugin {
    bound: f64,
}

impl MyPlugin {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`Error::Data`] if the bound is not above 0.
    pub fn build(params: MyPluginParams, _ctx: &Context) -> Result<Self> {
        let bound = params.bound;
        if bound > 0.0 && bound.is_finite() {
            return Ok(Self { bound });
        }
        Err(Error::Data {
            what: "parameter 'bound' of my_plugin".into(),
            expected: "a finite number above 0".into(),
            got: bound.to_string(),
            remedy: "change it in the experiment".into(),
        })
    }
}

impl Aligner for MyPlugin {
    fn fit(&self, _ctx: &Context, train: &[SubjectResponses]) -> Result<Box<dyn FittedAligner>> {
        let n_samples = train
            .first()
            .map_or(Ok(0), |subject| subject.values.dim(0))?;
        let mut subjects = Vec::new();
        for SubjectResponses { id, values, .. } in train {
            if values.dim(0)? != n_samples || n_samples < 2 {
                let what = format!("training rows of {id} (my_plugin needs two at least)");
                return Err(Error::shape(what, n_samples.max(2), values.dim(0)?));
            }
            let mean = values.mean_keepdim(0)?;
            let variance = values.broadcast_sub(&mean)?.sqr()?.mean_keepdim(0)?;
            // A voxel that never changes stays 0.
            let sd = variance.sqrt()?.maximum(f64::MIN_POSITIVE.sqrt())?;
            subjects.push(Scale { mean, sd });
        }
        Ok(Box::new(Fitted {
            bound: self.bound,
            subjects,
        }))
    }
}

/// Mean and standard deviation of one subject's voxels, `[1, n_voxels]`.
#[derive(Debug)]
struct Scale {
    mean: Tensor,
    sd: Tensor,
}

/// The aligner once it is fitted.
#[derive(Debug)]
struct Fitted {
    bound: f64,
    subjects: Vec<Scale>,
}

impl Fitted {
    fn scaled(&self, scale: &Scale, values: &Tensor) -> Result<Tensor> {
        if values.rank() != 2 || values.dims()[1] != scale.mean.dims()[1] {
            let expected = ("n_samples", scale.mean.dims()[1]);
            return Err(Error::shape("rows of my_plugin", expected, values.dims()));
        }
        let z = values
            .broadcast_sub(&scale.mean)?
            .broadcast_div(&scale.sd)?;
        Ok(((z / self.bound)?.tanh()? * self.bound)?)
    }
}

impl FittedAligner for Fitted {
    fn transform(
        &self,
        _ctx: &Context,
        responses: &[SubjectResponses],
    ) -> Result<Vec<SubjectResponses>> {
        if responses.len() != self.subjects.len() {
            let (expected, got) = (self.subjects.len(), responses.len());
            return Err(Error::shape("subjects of my_plugin", expected, got));
        }
        let mut aligned = Vec::new();
        for (subject, scale) in responses.iter().zip(&self.subjects) {
            aligned.push(SubjectResponses {
                values: self.scaled(scale, &subject.values)?,
                ..subject.clone()
            });
        }
        Ok(aligned)
    }

    /// How far the spread of rows that were not seen is from that of the training rows.
    fn held_out(&self, ctx: &Context, test: &[SubjectResponses]) -> Result<Vec<Quality>> {
        let quality = |subject: SubjectResponses| {
            let spread = subject.values.sqr()?.mean_all()?.sqrt()?;
            Ok(Quality {
                name: "spread of new rows".into(),
                of: subject.id,
                value: spread.to_scalar::<f64>()?,
                unit: "training standard deviations".into(),
            })
        };
        self.transform(ctx, test)?
            .into_iter()
            .map(quality)
            .collect()
    }
}

lab_core::register! {
    Aligner "my_plugin" => MyPlugin, MyPluginParams;
    summary: "Every voxel as a z-score of the training rows, bounded softly",
    equation: "y = c·tanh((x − mean) / (c·sd))",
    source: "your paper, with its DOI",
    parity: "",
}

#[cfg(test)]
mod tests {
    use lab_core::rng;
    use lab_core::testing::check_aligner;

    use super::*;

    #[test]
    fn keeps_the_promises_of_an_aligner() -> Result<()> {
        let ctx = Context::new(1);
        let subject = |id: &str, n_voxels| -> Result<SubjectResponses> {
            let values = rng::normal(&mut ctx.rng(id), 3.0, &[20, n_voxels], ctx.device())?;
            let values = values.to_dtype(candle_core::DType::F64)?;
            Ok(SubjectResponses::shared(id, (values + 5.0)?))
        };
        let train = [subject("S1", 7)?, subject("S2", 5)?];
        let aligner = MyPlugin::build(MyPluginParams::default(), &ctx)?;
        check_aligner(&ctx, &aligner, &train)?;
        let aligned = aligner.fit(&ctx, &train)?.transform(&ctx, &train)?;
        let largest = aligned[0].values.abs()?.max_all()?.to_scalar::<f64>()?;
        assert!(largest < 4.0, "{largest}");
        Ok(())
    }
}
