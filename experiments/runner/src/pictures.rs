//! The pictures of the report's figures.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::Evaluation;
use lab_score::correlation::profile_correlations;
use lab_score::record::{Condition, Gallery, Pictures};

use super::made::Made;
use super::scoring::rows;
use super::session::Session;
use super::shown::some;

/// Images shown of each set in the overfit check.
const N_OVERFIT: usize = 24;

/// Every gallery that the figures draw on.
pub(super) fn pictures(session: &Session<'_>, made: &Made) -> Result<Pictures> {
    let mut pictures = Pictures::default();
    let mut add = |name: String, images: &Tensor| -> Result<()> {
        let (_, _, height, width) = images.dims4()?;
        let pixels = images.narrow(1, 0, 1)?.flatten_all()?.to_vec1::<f32>()?;
        pictures.galleries.insert(
            name,
            Gallery {
                height,
                width,
                pixels,
            },
        );
        Ok(())
    };
    add("originals".into(), &made.data.test_images)?;
    let is_shown = |condition: &Condition| {
        matches!(condition, Condition::Member(_)) || !condition.is_of_a_series()
    };
    let shown = made.conditions.iter();
    for images in shown.filter(|images| is_shown(&images.condition)) {
        add(images.condition.name(), &images.images)?;
    }
    if let Some(spread) = &made.views.spread {
        add("spread".into(), spread)?;
    }
    if session
        .plan
        .experiment
        .evaluate
        .contains(&Evaluation::Regions)
    {
        add("pixel_correlations".into(), &pixel_correlations(made)?)?;
    }
    if let Some(corpus) = &made.networks.corpus {
        add("corpus".into(), corpus)?;
    }
    add("samples".into(), &made.networks.drawn)?;
    if let Some(overfit) = &made.overfit {
        let rows = made.data.train_rows();
        let shown = some(
            rows.len(),
            N_OVERFIT,
            &session.ctx.child("report/overfit_train"),
        );
        let of_images: Vec<u32> = shown.iter().map(|&row| rows[row as usize] as u32).collect();
        let device = made.data.train_images.device();
        add(
            "overfit_train".into(),
            &made
                .data
                .train_images
                .index_select(&Tensor::new(of_images, device)?, 0)?,
        )?;
        add(
            "overfit_train_rec".into(),
            &overfit
                .train
                .index_select(&Tensor::new(shown, device)?, 0)?,
        )?;
        let n_test = overfit.test.dim(0)?;
        let shown = some(n_test, N_OVERFIT, &session.ctx.child("report/overfit_test"));
        let shown = Tensor::new(shown, device)?;
        add(
            "overfit_test".into(),
            &made.data.test_images.index_select(&shown, 0)?,
        )?;
        add(
            "overfit_test_rec".into(),
            &overfit.test.index_select(&shown, 0)?,
        )?;
    }
    Ok(pictures)
}

/// The correlation over test images of each pixel with its reconstruction: `[1, 1, height, width]`; 0 where a pixel never changes.
fn pixel_correlations(made: &Made) -> Result<Tensor> {
    let originals = made.data.test_images.narrow(1, 0, 1)?;
    let reconstructions = made.decoded.combined.images.narrow(1, 0, 1)?;
    let (_, _, height, width) = originals.dims4()?;
    let found = profile_correlations(&rows(&originals)?, &rows(&reconstructions)?);
    let found: Vec<f32> = found.into_iter().map(|r| r.unwrap_or(0.0) as f32).collect();
    Ok(Tensor::from_vec(
        found,
        (1, 1, height, width),
        originals.device(),
    )?)
}
