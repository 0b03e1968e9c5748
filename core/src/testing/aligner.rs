//! What every aligner promises.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor};

use super::{broken, expect_close, expect_error};
use crate::Result;
use crate::context::Context;
use crate::recording::SubjectResponses;
use crate::rng::{self, stream};
use crate::traits::{Aligner, Quality};

/// Relative tolerance of values that only another order of sums may change.
const TOLERANCE: f64 = 1e-6;
/// Training rows of the planted data.
const N_TRAIN: usize = 24;
/// Rows of the planted data that the fit does not see.
const N_NEW: usize = 6;
/// Voxels of each planted subject: an even number, as each reflection turns space inside out once.
const N_VOXELS: usize = 6;

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

/// Checks an aligner that promises orthogonal maps, each with one factor at most, on planted data: three subjects have
/// the same rows, each in a rotation of its own.
///
/// Held are: the rotations are found, so that all subjects have the same rows in the common space, new rows too; the maps
/// are orthogonal, so that distances between a subject's rows change by one factor alone; of the facts whose names begin
/// with "residual", none of a subject is above the one before.
///
/// # Errors
/// [`crate::Error::Data`] that names the broken promise.
pub fn check_orthogonal_aligner(ctx: &Context, aligner: &dyn Aligner) -> Result<()> {
    let all: Vec<SubjectResponses> = ["S1", "S2", "S3"]
        .map(planted)
        .into_iter()
        .collect::<Result<_>>()?;
    let train: Vec<u32> = (0..N_TRAIN as u32).collect();
    let fitted = aligner.fit(ctx, &rows(&all, &train)?)?;
    let aligned = fitted.transform(ctx, &all)?;
    if aligned.len() != all.len() {
        let (expected, got) = (all.len().to_string(), aligned.len().to_string());
        return Err(broken("spaces of a common space", expected, got));
    }
    for (space, own) in aligned.iter().zip(&all) {
        let what = format!("rows of {} beside those of {}", own.id, all[0].id);
        expect_close(&what, &space.values, &aligned[0].values, TOLERANCE)?;
        let (got, expected) = (distances(&space.values)?, distances(&own.values)?);
        let factor = got.sum_all()?.to_scalar::<f64>()? / expected.sum_all()?.to_scalar::<f64>()?;
        let what = format!(
            "squared distances between rows of {}, but for a factor",
            own.id
        );
        expect_close(&what, &got, &(expected * factor)?, TOLERANCE)?;
    }
    residuals_fall(&fitted.facts())
}

/// The planted rows, turned by an even number of reflections that the name decides: `[N_TRAIN + N_NEW, N_VOXELS]`.
fn planted(id: &str) -> Result<SubjectResponses> {
    let draw = |name: &str, shape: &[usize]| -> Result<Tensor> {
        let mut stream = stream(0, &format!("testing/aligner/{name}"));
        Ok(rng::normal(&mut stream, 1.0, shape, &Device::Cpu)?.to_dtype(DType::F64)?)
    };
    let mut values = draw("rows", &[N_TRAIN + N_NEW, N_VOXELS])?;
    for mirror in 0..N_VOXELS {
        let normal = draw(&format!("{id}/{mirror}"), &[N_VOXELS, 1])?;
        let length = normal.sqr()?.sum_all()?.to_scalar::<f64>()?;
        let off = (values.matmul(&normal)?.matmul(&normal.t()?)? * (2.0 / length))?;
        values = (values - off)?;
    }
    Ok(SubjectResponses::shared(id, values))
}

/// Squared distances between all pairs of rows.
fn distances(rows: &Tensor) -> Result<Tensor> {
    let squares = rows.sqr()?.sum_keepdim(1)?;
    let products = (rows.matmul(&rows.t()?)? * 2.0)?;
    Ok((squares.broadcast_add(&squares.t()?)? - products)?)
}

fn residuals_fall(facts: &[Quality]) -> Result<()> {
    let mut before = BTreeMap::<&str, &Quality>::new();
    for fact in facts
        .iter()
        .filter(|fact| fact.name.starts_with("residual"))
    {
        if let Some(before) = before.insert(&fact.of, fact)
            && fact.value > before.value + TOLERANCE
        {
            let what = format!("{} of {}", fact.name, fact.of);
            let expected = format!("at most {:.3e}, as in '{}'", before.value, before.name);
            return Err(broken(what, expected, format!("{:.3e}", fact.value)));
        }
    }
    Ok(())
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
