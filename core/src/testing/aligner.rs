//! What every aligner promises.

use candle_core::Tensor;

use super::{broken, expect_close, expect_error};
use crate::Result;
use crate::context::Context;
use crate::recording::SubjectResponses;
use crate::traits::Aligner;

/// Relative tolerance of values that only another order of sums may change.
const TOLERANCE: f64 = 1e-6;

/// Checks an aligner on training rows of one subject or more.
///
/// Held are: every row comes out, in its place; rows in another order give the same values in that order; two fits give
/// the same; subjects with different numbers of rows are refused, as are new rows with another number of voxels.
///
/// # Errors
/// [`crate::Error::Data`] that names the broken promise.
pub fn check_aligner(
    ctx: &Context,
    aligner: &dyn Aligner,
    train: &[SubjectResponses],
) -> Result<()> {
    let n_samples = train
        .first()
        .map_or(Ok(0), |subject| subject.values.dim(0))?;
    let fitted = aligner.fit(ctx, train)?;
    let aligned = fitted.transform(ctx, train)?;
    if aligned.is_empty()
        || aligned
            .iter()
            .any(|space| space.values.rank() != 2 || space.values.dims()[0] != n_samples)
    {
        let got: Vec<_> = aligned.iter().map(|space| space.values.dims()).collect();
        return Err(crate::Error::shape(
            "aligned rows",
            (n_samples, "n_features"),
            got,
        ));
    }
    let again = aligner.fit(ctx, train)?.transform(ctx, train)?;
    compare("a second fit", &again, &aligned, 0.0)?;
    let order: Vec<u32> = (0..n_samples as u32).rev().collect();
    let reversed = rows(train, &order)?;
    let of_reversed = aligner.fit(ctx, &reversed)?.transform(ctx, &reversed)?;
    compare(
        "a fit on rows in another order",
        &of_reversed,
        &rows(&aligned, &order)?,
        TOLERANCE,
    )?;
    let few = fitted.transform(ctx, &rows(train, &order[..1])?)?;
    compare(
        "one row alone",
        &few,
        &rows(&aligned, &order[..1])?,
        TOLERANCE,
    )?;
    if train.len() > 1 {
        let mut unequal = train.to_vec();
        unequal[0].values = unequal[0].values.narrow(0, 0, n_samples - 1)?;
        expect_error(
            "subjects with different numbers of rows",
            aligner.fit(ctx, &unequal),
        )?;
    }
    let mut narrow = train.to_vec();
    for subject in &mut narrow {
        subject.values = subject.values.narrow(1, 0, subject.values.dims()[1] - 1)?;
    }
    expect_error("new rows with a voxel less", fitted.transform(ctx, &narrow))
}

fn rows(spaces: &[SubjectResponses], order: &[u32]) -> Result<Vec<SubjectResponses>> {
    let pick = |space: &SubjectResponses| -> Result<SubjectResponses> {
        let idx = Tensor::new(order, space.values.device())?;
        Ok(SubjectResponses {
            values: space.values.contiguous()?.index_select(&idx, 0)?,
            ..space.clone()
        })
    };
    spaces.iter().map(pick).collect()
}

fn compare(
    what: &str,
    got: &[SubjectResponses],
    expected: &[SubjectResponses],
    tolerance: f64,
) -> Result<()> {
    if got.len() != expected.len() {
        return Err(broken(
            what,
            format!("{} spaces", expected.len()),
            got.len().to_string(),
        ));
    }
    got.iter().zip(expected).try_for_each(|(got, expected)| {
        expect_close(
            &format!("{what} ({})", expected.id),
            &got.values,
            &expected.values,
            tolerance,
        )
    })
}
