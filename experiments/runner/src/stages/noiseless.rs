//! Noiseless: the decoder's ceiling, what the experiment's own alignment and decoder make of responses without noise.
//!
//! The decoder is fitted on the noiseless responses to the training images, and asked about those to the test images, both seen
//! through the alignment of the measured training responses: fitted on responses without noise, an alignment that reduces to a
//! share of variance would keep far fewer components than the experiment's, and less than the result has. What such images lack is
//! lost in the alignment, the decoder, the losses and the generator; what the result lacks beside them is lost to noise.

use std::fs;
use std::path::Path;

use candle_core::{DType, Tensor};
use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::{Subject, SubjectResponses};
use lab_core::traits::Aligner;
use lab_score::noise::encoding::agreement;
use lab_score::noise::quantiles;
use lab_score::record::{Condition, NoiselessFacts, NoiselessRow, NoiselessSource};
use serde::{Deserialize, Serialize};

use super::align::{Aligned, averaged, chain_into};
use super::basis::Basis;
use super::decode::{Fit, TrainingRows};
use super::encoded::{Found, OfSubject, encoded};
use super::images::Images;
use super::keys::{Keys, NOISELESS};
use super::load::Data;
use super::taken::{taken, voxels_taken};
use crate::scoring::rows;

/// The file that says what became of the question.
const TOLD: &str = "noiseless.json";

/// What became of the question.
#[derive(Clone, Serialize, Deserialize)]
enum Answer {
    /// What the ceiling stands on.
    Facts(NoiselessFacts),
    /// Why there is none, a sentence.
    Without(String),
}

/// The decoder's ceiling.
pub(crate) struct DecoderCeiling {
    /// What it stands on, or why there is none.
    pub(crate) facts: std::result::Result<NoiselessFacts, String>,
    /// Its images, if there is one.
    pub(crate) images: Option<Images>,
}

/// Rows of both sets without noise, the measured training rows of the same voxels, and where they come from.
struct Noiseless {
    measured: Vec<SubjectResponses>,
    train: Vec<SubjectResponses>,
    test: Vec<SubjectResponses>,
    facts: NoiselessFacts,
}

/// Aligns the responses without noise as the measured ones, fits one member of the experiment's decoder on them, and asks it
/// about the test images.
pub(super) fn decoder_ceiling(basis: Basis<'_>) -> Result<DecoderCeiling> {
    let (session, data) = (basis.session, basis.data);
    let experiment = &session.plan.experiment;
    let key = Keys::of(session.plan).noiseless(&data.key, &data.recording)?;
    let aligners = session.plan.parts.align.iter().map(AsRef::as_ref);
    let names = experiment.align.iter().map(PluginRef::name);
    let chain: Vec<(&str, &dyn Aligner)> = names.zip(aligners).collect();
    let ctx = session.ctx.child(NOISELESS);
    let stage = session.store.stage(&ctx, NOISELESS, &key, |ctx, folder| {
        let told = match noiseless(ctx, data)? {
            Ok(found) => {
                let rows = (found.measured, both(&found.train, &found.test)?);
                chain_into(folder, ctx, &chain, rows, None)?;
                Answer::Facts(found.facts)
            }
            Err(why) => Answer::Without(why),
        };
        folder.write_json(TOLD, &told)
    })?;
    let facts = match stage.folder().read_json(TOLD)? {
        Answer::Facts(facts) => facts,
        Answer::Without(why) => {
            return Ok(DecoderCeiling {
                facts: Err(why),
                images: None,
            });
        }
    };
    let through = Aligned::of_stage(&ctx, stage)?;
    let n_train = through.train.dim(0)?;
    let (train, test) = apart(&through.test, n_train, data.averaged_after())?;
    let aligned = Aligned {
        train,
        test,
        ..through
    };
    let condition = Condition::DecoderCeiling;
    let fit = Fit::of_experiment(basis);
    let pass = fit.pass(
        &condition.name(),
        TrainingRows {
            train: &aligned.train,
            train_idx: &data.train_rows(),
            key: &aligned.stage.key,
        },
        &[0],
    )?;
    let prediction = fit.prediction(&fit.raw(&pass.weights[0], &aligned.test)?)?;
    Ok(DecoderCeiling {
        facts: Ok(facts),
        images: Some(Images {
            latents: prediction.latents,
            thorough: true,
            stage: Some(pass.stage),
            alignment: Some(aligned.stage),
            ..Images::of_a_series(condition, prediction.images)
        }),
    })
}

/// The rows of both sets of each subject, training rows first.
fn both(train: &[SubjectResponses], test: &[SubjectResponses]) -> Result<Vec<SubjectResponses>> {
    let of_subject = |(train, test): (&SubjectResponses, &SubjectResponses)| {
        Ok(SubjectResponses {
            values: Tensor::cat(&[&train.values, &test.values], 0)?,
            ..train.clone()
        })
    };
    train.iter().zip(test).map(of_subject).collect()
}

/// The two sets that [`both`] put together, behind the chain: `n_train` training rows, then test rows. Where the image of each
/// training row is given, an image's rows are averaged.
fn apart(
    rows: &Tensor,
    n_train: usize,
    averaged_after: Option<&[usize]>,
) -> Result<(Tensor, Tensor)> {
    let train = rows.narrow(0, 0, n_train)?.contiguous()?;
    let n_test = rows.dim(0)? - n_train;
    let test = rows.narrow(0, n_train, n_test)?.contiguous()?;
    let train = match averaged_after {
        Some(image_idx) => averaged(&train, image_idx)?,
        None => train,
    };
    Ok((train, test))
}

/// Whether a finished stage of rows without noise says that there are none, so that no decoder is fitted on them.
pub(crate) fn is_without(stage: &Path) -> bool {
    let told = fs::read(stage.join(TOLD)).ok();
    let told = told.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    matches!(told, Some(Answer::Without(_)))
}

/// Responses without noise: known ones, or those of an encoding model; or why there are none.
fn noiseless(ctx: &Context, data: &Data) -> Result<std::result::Result<Noiseless, String>> {
    let subjects = &data.recording.subjects;
    if subjects.iter().all(|of| of.voxels.noiseless.is_some()) {
        return known(data).map(Ok);
    }
    match encoded(ctx, data)? {
        Found::All(subjects) => by_model(data, subjects).map(Ok),
        Found::NoVoxelOf(id) => Ok(Err(format!(
            "There is no decoder's ceiling: no voxel of {id} goes along with what an encoding model predicts for training images \
             that its fit left out."
        ))),
    }
}

fn known(data: &Data) -> Result<Noiseless> {
    let mut found = Noiseless::empty(NoiselessSource::Known);
    let measured = data.train.subjects.iter().zip(&data.test.subjects);
    for (subject, (train, test)) in data.recording.subjects.iter().zip(measured) {
        let voxels: Vec<usize> = (0..subject.n_voxels()).collect();
        let rows = (
            instead(subject, train, &data.train.image_idx)?,
            instead(subject, test, &data.test.image_idx)?,
        );
        found.add(rows, (train, test), &voxels, None)?;
    }
    Ok(found)
}

/// Measured rows, with the known responses to the image of each in their place.
fn instead(
    subject: &Subject,
    measured: &SubjectResponses,
    image_idx: &[usize],
) -> Result<SubjectResponses> {
    let known = subject.voxels.noiseless.as_ref();
    let known = known.map(|of| {
        taken(of, image_idx, 0)?
            .to_dtype(DType::F64)
            .map_err(Into::into)
    });
    Ok(SubjectResponses {
        values: known.unwrap_or_else(|| Ok::<_, lab_core::Error>(measured.values.clone()))?,
        ..measured.clone()
    })
}

fn by_model(data: &Data, subjects: Vec<OfSubject>) -> Result<Noiseless> {
    let mut found = Noiseless::empty(NoiselessSource::EncodingModel);
    // The model has one row an image; the experiment may have one a trial.
    let place = |idx: &usize| data.train_idx.binary_search(idx).unwrap_or_default();
    let places: Vec<usize> = data.train.image_idx.iter().map(place).collect();
    let measured = data.train.subjects.iter().zip(&data.test.subjects);
    for (of, measured) in subjects.into_iter().zip(measured) {
        let train = SubjectResponses {
            values: taken(&of.train.values, &places, 0)?,
            ..of.train
        };
        let left_out = median(&of.left_out);
        found.add((train, of.test), measured, &of.voxels, left_out)?;
    }
    Ok(found)
}

impl Noiseless {
    fn empty(source: NoiselessSource) -> Self {
        Self {
            measured: Vec::new(),
            train: Vec::new(),
            test: Vec::new(),
            facts: NoiselessFacts {
                source,
                subjects: Vec::new(),
            },
        }
    }

    /// Adds a subject, of whom some voxels take part, beside the measured training rows and averages over the repeats of the
    /// test images.
    fn add(
        &mut self,
        (train, test): (SubjectResponses, SubjectResponses),
        (measured_train, measured): (&SubjectResponses, &SubjectResponses),
        voxels: &[usize],
        left_out: Option<f64>,
    ) -> Result<()> {
        let single = |values: &Tensor| rows(&values.to_dtype(DType::F32)?);
        let measured_here = single(&taken(&measured.values, voxels, 1)?)?;
        let along = agreement(&single(&test.values)?, &measured_here)
            .map_err(|error| lab_core::Error::plugin("encoding model", error))?;
        self.facts.subjects.push(NoiselessRow {
            subject: measured.id.clone(),
            n_voxels: voxels.len(),
            of_voxels: measured.values.dim(1)?,
            left_out,
            test: median(&along).unwrap_or(0.0),
        });
        self.measured.push(voxels_taken(measured_train, voxels)?);
        self.train.push(train);
        self.test.push(test);
        Ok(())
    }
}

fn median(values: &[f64]) -> Option<f64> {
    quantiles(values, &[0.5]).first().copied()
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn both_sets_go_through_the_chain_together_and_come_apart_again() -> Result<()> {
        let rows = |values: &[f64]| -> Result<Vec<SubjectResponses>> {
            let values = Tensor::from_slice(values, (values.len() / 2, 2), &Device::Cpu)?;
            Ok(vec![SubjectResponses::shared("S1", values)])
        };
        let together = both(&rows(&[1.0, 2.0, 3.0, 6.0, 5.0, 7.0])?, &rows(&[8.0, 9.0])?)?;
        let found = |averaged_after| -> Result<[Vec<Vec<f64>>; 2]> {
            let (train, test) = apart(&together[0].values, 3, averaged_after)?;
            Ok([train.to_vec2()?, test.to_vec2()?])
        };
        let [train, test] = found(None)?;
        assert_eq!(train, [[1.0, 2.0], [3.0, 6.0], [5.0, 7.0]]);
        assert_eq!(test, [[8.0, 9.0]]);
        // The first two rows saw one image.
        let [train, test] = found(Some(&[0, 0, 4]))?;
        assert_eq!(train, [[2.0, 4.0], [5.0, 7.0]]);
        assert_eq!(test, [[8.0, 9.0]]);
        Ok(())
    }
}
