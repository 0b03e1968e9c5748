//! Views: what is looked at beside the images of conditions.

use candle_core::Tensor;
use lab_core::config::Evaluation;

use super::basis::Basis;
use super::decode::Decoded;
use super::information::{Information, information};
use super::regions::SubjectPatterns;
use super::{members, regions};

/// What is looked at beside the images of conditions.
pub(crate) struct Views {
    /// The images behind bottlenecks, where the decoder predicts latents.
    pub(crate) information: Option<Information>,
    /// What the voxels of each subject have to do with the predictions.
    pub(crate) patterns: Vec<SubjectPatterns>,
    /// Standard deviation of each pixel over members: `[n_test, channels, height, width]`.
    pub(crate) spread: Option<Tensor>,
}

impl Views {
    /// As far as the experiment asks for them.
    pub(crate) fn of(basis: Basis<'_>, decoded: &Decoded) -> crate::Result<Self> {
        let asked = |part: Evaluation| {
            let experiment = &basis.session.plan.experiment;
            experiment.evaluate.contains(&part)
        };
        let mut views = Self {
            information: None,
            patterns: Vec::new(),
            spread: None,
        };
        if asked(Evaluation::Information) {
            views.information = information(basis, decoded)?;
        }
        if asked(Evaluation::Regions) {
            views.patterns = regions::patterns(basis.data, decoded)?;
        }
        if asked(Evaluation::Variability) {
            views.spread = members::spread(decoded)?;
        }
        Ok(views)
    }
}
