//! Views: what is looked at beside the images of conditions.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::Evaluation;

use super::align::Aligned;
use super::basis::Basis;
use super::decode::{Decoded, Fit, combine};
use super::information::{Information, information};
use super::noiseless::{DecoderCeiling, decoder_ceiling};
use super::regions::SubjectPatterns;
use super::{members, regions};

/// What is looked at beside the images of conditions.
pub(crate) struct Views {
    /// The images behind bottlenecks, where the decoder predicts latents.
    pub(crate) information: Option<Information>,
    /// What comes of responses without noise.
    pub(crate) decoder_ceiling: Option<DecoderCeiling>,
    /// What the voxels of each subject have to do with the predictions.
    pub(crate) patterns: Vec<SubjectPatterns>,
    /// Standard deviation of each pixel over members: `[n_test, channels, height, width]`.
    pub(crate) spread: Option<Tensor>,
}

impl Views {
    /// As far as the experiment asks for them. A decoder that predicts images has no latents to look at.
    pub(crate) fn of(
        basis: Basis<'_>,
        aligned: &Aligned,
        decoded: &Decoded,
    ) -> crate::Result<Self> {
        let mut views = Self {
            information: None,
            decoder_ceiling: None,
            patterns: Vec::new(),
            spread: None,
        };
        if basis.asks_for(Evaluation::Ceilings) {
            views.decoder_ceiling = Some(decoder_ceiling(basis)?);
        }
        let has_latents = decoded.combined.latents.is_some();
        if has_latents
            && (basis.asks_for(Evaluation::Information) || basis.asks_for(Evaluation::Regions))
        {
            let predictions = of_training_rows(basis, aligned, decoded)?;
            if basis.asks_for(Evaluation::Information) {
                views.information = Some(information(basis, decoded, &predictions)?);
            }
            if basis.asks_for(Evaluation::Regions) {
                views.patterns = regions::patterns(basis.data, &predictions)?;
            }
        }
        if basis.asks_for(Evaluation::Variability) {
            views.spread = members::spread(decoded)?;
        }
        Ok(views)
    }
}

/// What all members together predict for the training rows, before it is constrained: `[n_rows, n_latents]`.
fn of_training_rows(basis: Basis<'_>, aligned: &Aligned, decoded: &Decoded) -> Result<Tensor> {
    let fit = Fit::of_experiment(basis);
    let members = decoded.weights.iter();
    let raw = members.map(|weights| fit.raw(weights, &aligned.train));
    let raw = raw.collect::<Result<Vec<_>>>()?;
    combine(&raw, basis.session.plan.experiment.ensemble.combine)
}
