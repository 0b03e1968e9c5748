//! Align: the chain from each subject's voxels to the decoder's features, fitted on training rows only.

use std::collections::BTreeMap;

use candle_core::{DType, Tensor};
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::SubjectResponses;
use lab_core::traits::{Aligner, FittedAligner};
use lab_core::weights::get;
use lab_core::{Error, Result};
use lab_score::record::AlignmentRow;

use super::keys::Keys;
use super::load::Data;
use crate::session::Session;
use crate::store::{Folder, Key, Stage};

/// Rows that differ by less than this share of the largest number are the same: products of matrices round otherwise in another
/// number of rows.
const SAME_ROWS: f64 = 1e-6;

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
        let rows = (train.to_vec(), test.to_vec());
        chain_into(folder, ctx, chain, rows, averaged_after)
    })?;
    Aligned::of_stage(&ctx, stage)
}

/// Runs a chain and leaves its rows in a stage's folder.
pub(super) fn chain_into(
    folder: &Folder,
    ctx: &Context,
    chain: &[(&str, &dyn Aligner)],
    (train, test): (Vec<SubjectResponses>, Vec<SubjectResponses>),
    averaged_after: Option<&[usize]>,
) -> Result<()> {
    let mut rows = Vec::new();
    let (train, test) = run_chain(ctx, chain, train, test, &mut rows)?;
    let train = match averaged_after {
        Some(image_idx) => averaged(&train, image_idx)?,
        None => train,
    };
    folder.write_json("rows.json", &rows)?;
    folder.write_weights(
        "rows.safetensors",
        &BTreeMap::from([("train".into(), train), ("test".into(), test)]),
    )
}

impl Aligned {
    /// What [`chain_into`] left in the folder of a stage.
    pub(super) fn of_stage(ctx: &Context, stage: Stage) -> Result<Self> {
        let tensors = stage.folder().read_weights(ctx, "rows.safetensors")?;
        Ok(Self {
            train: get(&tensors, "train")?.to_dtype(DType::F32)?,
            test: get(&tensors, "test")?.to_dtype(DType::F32)?,
            rows: stage.folder().read_json("rows.json")?,
            stage,
        })
    }
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
        let whole = fitted.transform(&ctx, &test)?;
        if looks_at_rows_together(&ctx, fitted.as_ref(), &test, &whole)? {
            ctx.warn(&format!(
                "'{name}' makes something else of test rows that it is given together: it has looked at the test set as a whole \
                 (transductive), which one image at a time could not be decoded with"
            ));
        }
        (train, test) = (fitted.transform(&ctx, &train)?, whole);
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

/// Whether rows come out otherwise without the others: the first half of the test rows alone, beside what became of them among
/// all. A map that was fitted on training rows takes each row by itself.
fn looks_at_rows_together(
    ctx: &Context,
    fitted: &dyn FittedAligner,
    test: &[SubjectResponses],
    whole: &[SubjectResponses],
) -> Result<bool> {
    let half = |of: &SubjectResponses| -> Result<SubjectResponses> {
        let n_rows = of.values.dim(0)?.div_ceil(2);
        Ok(SubjectResponses {
            values: of.values.narrow(0, 0, n_rows)?,
            ..of.clone()
        })
    };
    let halves: Vec<SubjectResponses> = test.iter().map(half).collect::<Result<_>>()?;
    let alone = fitted.transform(ctx, &halves)?;
    for (alone, whole) in alone.iter().zip(whole) {
        let among = half(whole)?.values.to_dtype(DType::F64)?;
        let alone = alone.values.to_dtype(DType::F64)?;
        let largest = |values: &Tensor| -> Result<f64> {
            Ok(values.abs()?.flatten_all()?.max(0)?.to_scalar::<f64>()?)
        };
        let off = largest(&(&alone - &among)?)?;
        if off > SAME_ROWS * largest(&among)? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use candle_core::Device;
    use lab_core::events::{Event, EventSink};
    use lab_core::traits::Quality;

    use super::*;

    /// Takes a mean away: that of the training rows, or of the rows it is given, which a test set must not be judged by.
    struct Centre {
        transductive: bool,
    }

    struct Fitted {
        mean: Option<Tensor>,
    }

    impl Aligner for Centre {
        fn fit(
            &self,
            _ctx: &Context,
            train: &[SubjectResponses],
        ) -> Result<Box<dyn FittedAligner>> {
            let mean = train[0].values.mean_keepdim(0)?;
            Ok(Box::new(Fitted {
                mean: (!self.transductive).then_some(mean),
            }))
        }
    }

    impl FittedAligner for Fitted {
        fn transform(
            &self,
            _ctx: &Context,
            responses: &[SubjectResponses],
        ) -> Result<Vec<SubjectResponses>> {
            let centred = |of: &SubjectResponses| {
                let mean = match &self.mean {
                    Some(mean) => mean.clone(),
                    None => of.values.mean_keepdim(0)?,
                };
                Ok(SubjectResponses {
                    values: of.values.broadcast_sub(&mean)?,
                    ..of.clone()
                })
            };
            responses.iter().map(centred).collect()
        }

        fn held_out(&self, _ctx: &Context, _test: &[SubjectResponses]) -> Result<Vec<Quality>> {
            Ok(Vec::new())
        }
    }

    /// Whether a warning was heard.
    #[derive(Default)]
    struct Heard(AtomicBool);

    impl EventSink for Heard {
        fn event(&self, _path: &str, event: &Event<'_>) {
            if matches!(event, Event::Warning(_)) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
    }

    fn rows(values: &[f64]) -> Result<Vec<SubjectResponses>> {
        let values = Tensor::from_slice(values, (values.len() / 2, 2), &Device::Cpu)?;
        Ok(vec![SubjectResponses::shared("S1", values)])
    }

    /// The training rows behind a chain of one link, and whether it warned.
    fn aligned(transductive: bool, test: &[f64]) -> Result<(Tensor, bool)> {
        let heard = Arc::new(Heard::default());
        let ctx = Context::new(1).with_events(heard.clone());
        let link = Centre { transductive };
        let chain: [(&str, &dyn Aligner); 1] = [("centre", &link)];
        let train = rows(&[1.0, 2.0, 3.0, 6.0, 5.0, 7.0])?;
        let (train, _) = run_chain(&ctx, &chain, train, rows(test)?, &mut Vec::new())?;
        Ok((train, heard.0.load(Ordering::Relaxed)))
    }

    #[test]
    fn test_rows_that_are_no_numbers_reach_no_training_row() -> Result<()> {
        let (sound, _) = aligned(false, &[0.5, 1.0, 2.0, 3.0])?;
        let (poisoned, _) = aligned(false, &[f64::NAN; 4])?;
        assert_eq!(sound.to_vec2::<f64>()?, poisoned.to_vec2::<f64>()?);
        Ok(())
    }

    #[test]
    fn a_link_that_looks_at_test_rows_together_is_named() -> Result<()> {
        let test = [0.5, 1.0, 2.0, 3.0, 4.0, 8.0];
        assert!(!aligned(false, &test)?.1);
        assert!(aligned(true, &test)?.1);
        Ok(())
    }

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
