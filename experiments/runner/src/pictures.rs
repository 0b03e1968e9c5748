//! The pictures of the report's figures.

use candle_core::Tensor;
use lab_core::Result;
use lab_score::record::{Gallery, Pictures};

use super::made::Made;
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
    for images in &made.conditions {
        add(images.condition.name(), &images.images)?;
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
