//! Align: the chain from each subject's voxels to the decoder's features, fitted on training rows only.

use std::collections::BTreeMap;

use candle_core::{DType, Tensor};
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::SubjectResponses;
use lab_core::traits::Aligner;
use lab_core::weights::get;
use lab_core::{Error, Result};
use lab_score::record::AlignmentRow;

use super::keys::Keys;
use super::load::Data;
use crate::session::Session;
use crate::store::{Key, Stage};

/// Training and test rows in the decoder's space.
pub(crate) struct Aligned {
    /// Training rows: `[n_samples, n_features]`, f32.
    pub(crate) train: Tensor,
    /// Test rows: `[n_test, n_features]`, f32.
    pub(crate) test: Tensor,
    /// Facts of each fitted aligner, and its quality on the test rows.
    pub(crate) rows: Vec<AlignmentRow>,
    /// The stage of the store that made these rows.
    pub(crate) stage: Stage,
}

pub(crate) fn align(session: &Session<'_>, data: &Data) -> Result<Aligned> {
    let experiment = &session.plan.experiment;
    let names: Vec<&str> = experiment.align.iter().map(PluginRef::name).collect();
    let key = Keys::of(session.plan).align(&data.key)?;
    let chain: Vec<(&str, &dyn Aligner)> = names
        .into_iter()
        .zip(session.plan.parts.align.iter().map(AsRef::as_ref))
        .collect();
    aligned_by(
        session,
        "align",
        &key,
        &chain,
        (&data.train.subjects, &data.test.subjects),
        data.averaged_after(),
    )
}

/// Runs a chain as a stage of the store; where the image of each training row is given, an image's rows are averaged behind
/// the chain.
pub(crate) fn aligned_by(
    session: &Session<'_>,
    name: &str,
    key: &Key,
    chain: &[(&str, &dyn Aligner)],
    (train, test): (&[SubjectResponses], &[SubjectResponses]),
    averaged_after: Option<&[usize]>,
) -> Result<Aligned> {
    let ctx = session.ctx.child(name);
    let stage = session.store.stage(&ctx, name, key, |ctx, folder| {
        let mut rows = Vec::new();
        let (train, test) = run_chain(ctx, chain, train.to_vec(), test.to_vec(), &mut rows)?;
        let train = match averaged_after {
            Some(image_idx) => averaged(&train, image_idx)?,
            None => train,
        };
        folder.write_json("rows.json", &rows)?;
        folder.write_weights(
            "rows.safetensors",
            &BTreeMap::from([("train".into(), train), ("test".into(), test)]),
        )
    })?;
    let tensors = stage.folder().read_weights(&ctx, "rows.safetensors")?;
    Ok(Aligned {
        train: get(&tensors, "train")?.to_dtype(DType::F32)?,
        test: get(&tensors, "test")?.to_dtype(DType::F32)?,
        rows: stage.folder().read_json("rows.json")?,
        stage,
    })
}

/// The mean of the rows of each image, which stand beside each other.
pub(super) fn averaged(rows: &Tensor, image_idx: &[usize]) -> Result<Tensor> {
    let mut start = 0;
    let mut means = Vec::new();
    for of_image in image_idx.chunk_by(|a, b| a == b) {
        means.push(rows.narrow(0, start, of_image.len())?.mean_keepdim(0)?);
        start += of_image.len();
    }
    Ok(Tensor::cat(&means, 0)?)
}

fn run_chain(
    ctx: &Context,
    chain: &[(&str, &dyn Aligner)],
    mut train: Vec<SubjectResponses>,
    mut test: Vec<SubjectResponses>,
    rows: &mut Vec<AlignmentRow>,
) -> Result<(Tensor, Tensor)> {
    for (link, (name, aligner)) in chain.iter().enumerate() {
        ctx.check_cancelled()?;
        let ctx = ctx.child(&format!("{link}-{name}"));
        let fitted = aligner.fit(&ctx, &train)?;
        let facts = fitted.facts().into_iter().map(|quality| (quality, false));
        for (quality, held_out) in facts.chain(
            fitted
                .held_out(&ctx, &test)?
                .into_iter()
                .map(|quality| (quality, true)),
        ) {
            let (aligner, value) = ((*name).to_owned(), quality.value);
            rows.push(AlignmentRow {
                aligner,
                quality: quality.name,
                of: quality.of,
                value,
                unit: quality.unit,
                held_out,
            });
        }
        (train, test) = (
            fitted.transform(&ctx, &train)?,
            fitted.transform(&ctx, &test)?,
        );
    }
    match (train.as_slice(), test.as_slice()) {
        ([train], [test]) => Ok((train.values.clone(), test.values.clone())),
        (spaces, _) => Err(Error::Data {
            what: "the end of the alignment chain".into(),
            expected: "one space".into(),
            got: format!("{} spaces", spaces.len()),
            remedy: "end the chain with mean_subjects() or concatenate()".into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn rows_of_an_image_become_their_mean() -> Result<()> {
        let rows = [
            [1.0, 2.0],
            [3.0, 6.0],
            [5.0, 7.0],
            [0.0, 1.0],
            [1.0, 1.0],
            [2.0, 1.0],
        ];
        let rows = Tensor::new(&rows, &Device::Cpu)?;
        let means = averaged(&rows, &[0, 0, 4, 7, 7, 7])?.to_vec2::<f64>()?;
        assert_eq!(means, [[2.0, 4.0], [5.0, 7.0], [1.0, 1.0]]);
        Ok(())
    }
}
