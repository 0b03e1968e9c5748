//! The overfit check (Fig. 3 of the paper): a flexible decoder reproduces the training images and fails on test images.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::Evaluation;
use lab_core::events::Curve;

use super::align::Aligned;
use super::basis::Basis;
use super::decode::{Fit, TrainingRows};
use super::keys::Fitted;
use crate::store::Stage;

/// What the flexible decoder made of both sets.
pub(crate) struct Overfit {
    /// Reconstructions of the training images, in the order of the training rows.
    pub(crate) train: Tensor,
    /// Reconstructions of the test images, in their order.
    pub(crate) test: Tensor,
    /// Learning curves of the flexible decoder.
    pub(crate) curves: Vec<Curve>,
    /// The stage of the store that holds the flexible decoder.
    pub(crate) stage: Stage,
}

pub(crate) fn overfit(basis: Basis<'_>, aligned: &Aligned) -> Result<Option<Overfit>> {
    let plan = basis.session.plan;
    let experiment = &plan.experiment;
    let (Some(part), Some(plugin)) = (&experiment.overfit, &plan.parts.overfit) else {
        return Ok(None);
    };
    if !basis.asks_for(Evaluation::Overfit) {
        return Ok(None);
    }
    let fit = Fit {
        basis,
        decoder: Fitted {
            at: "overfit",
            part,
            plugin: plugin.as_ref(),
        },
    };
    let rows = TrainingRows {
        train: &aligned.train,
        train_idx: &basis.data.train_rows(),
        key: &aligned.stage.key,
    };
    let pass = fit.pass("overfit", rows, &[0])?;
    let images = |rows: &Tensor| -> Result<Tensor> {
        Ok(fit.prediction(&fit.raw(&pass.weights[0], rows)?)?.images)
    };
    Ok(Some(Overfit {
        train: images(&aligned.train)?,
        test: images(&aligned.test)?,
        curves: pass.curves.into_iter().next().unwrap_or_default(),
        stage: pass.stage,
    }))
}
