//! Aligners and datasets: what they give has no gradients.

use candle_core::{DType, Device, Tensor};
use lab_core::context::Context;
use lab_core::recording::{Recording, SubjectResponses};
use lab_core::rng;
use lab_core::testing::{check_aligner, check_dataset};
use lab_core::traits::{Aligner, Dataset, FittedAligner};
use lab_core::weights::Weights;
use lab_core::{Error, Result};

use super::Probe;

/// Training rows.
const N_SAMPLES: usize = 24;
/// Voxels of the subjects.
const VOXELS: [usize; 2] = [9, 7];
/// Rows that are carried over, at most.
const N_NEW: usize = 64;

/// A fitted aligner.
pub(super) struct AlignerProbe {
    ctx: Context,
    plugin: Box<dyn Aligner>,
    train: Vec<SubjectResponses>,
    new: Vec<SubjectResponses>,
    fitted: Box<dyn FittedAligner>,
}

impl AlignerProbe {
    pub(super) fn prepare(plugin: Box<dyn Aligner>, ctx: &Context) -> Result<Self> {
        let ctx = ctx.child("align");
        let train = subjects(&ctx, "train", N_SAMPLES)?;
        let new = subjects(&ctx, "new", N_NEW)?;
        let fitted = plugin.fit(&ctx, &train)?;
        Ok(Self {
            ctx,
            plugin,
            train,
            new,
            fitted,
        })
    }
}

/// Subjects who share four signals, under noise, in voxels of two regions.
fn subjects(ctx: &Context, rows: &str, n_samples: usize) -> Result<Vec<SubjectResponses>> {
    let shared = rng::normal(&mut ctx.rng(rows), 1.0, &[n_samples, 4], &Device::Cpu)?;
    let subject = |(idx, n_voxels): (usize, usize)| {
        let ctx = ctx.child(&format!("S{}", idx + 1));
        let mixing = rng::normal(&mut ctx.rng("mixing"), 1.0, &[4, n_voxels], &Device::Cpu)?;
        let noise = rng::normal(
            &mut ctx.rng(rows),
            0.3,
            &[n_samples, n_voxels],
            &Device::Cpu,
        )?;
        Ok(SubjectResponses {
            id: format!("S{}", idx + 1),
            values: (shared.matmul(&mixing)? + noise)?.to_dtype(DType::F64)?,
            roi: (0..n_voxels)
                .map(|voxel| vec![u16::from(voxel >= n_voxels / 2)])
                .collect(),
            roi_names: ["V1".to_owned(), "V2".to_owned()].into(),
        })
    };
    VOXELS.into_iter().enumerate().map(subject).collect()
}

impl Probe for AlignerProbe {
    fn facts(&self) -> String {
        let facts: Vec<String> = self
            .fitted
            .facts()
            .iter()
            .map(|fact| {
                format!(
                    "{} of {} {:.3} {}",
                    fact.name, fact.of, fact.value, fact.unit
                )
            })
            .collect();
        format!(
            "fitted to {N_SAMPLES} rows of {} subjects; {}",
            VOXELS.len(),
            facts.join(", ")
        )
        .trim_end_matches("; ")
        .to_owned()
    }

    fn inputs(&self, _batch: usize) -> Result<Vec<(String, Tensor)>> {
        Ok(Vec::new())
    }

    fn call(&self, batch: usize, _inputs: &[Tensor]) -> Result<Vec<Tensor>> {
        let few = |subject: &SubjectResponses| -> Result<SubjectResponses> {
            Ok(SubjectResponses {
                values: subject.values.narrow(0, 0, batch.min(N_NEW))?,
                ..subject.clone()
            })
        };
        let rows = self.new.iter().map(few).collect::<Result<Vec<_>>>()?;
        let aligned = self.fitted.transform(&self.ctx, &rows)?;
        Ok(aligned.into_iter().map(|space| space.values).collect())
    }

    fn contract(&self) -> Result<String> {
        check_aligner(&self.ctx, self.plugin.as_ref(), &self.train)?;
        self.fitted.held_out(&self.ctx, &self.new)?;
        Ok("every row in its place, alone and in any order; unmatched rows and other voxels are refused".into())
    }
}

/// A loaded dataset.
pub(super) struct DatasetProbe {
    ctx: Context,
    plugin: Box<dyn Dataset>,
    recording: Recording,
}

impl DatasetProbe {
    pub(super) fn prepare(plugin: Box<dyn Dataset>, ctx: &Context) -> Result<Self> {
        let ctx = ctx.child("dataset");
        if let Some(file) = plugin.files().iter().find(|file| !file.exists()) {
            return Err(Error::Data {
                what: "the dataset's files".into(),
                expected: "files that are there".into(),
                got: format!("none at {}", file.display()),
                remedy: plugin
                    .obtain()
                    .unwrap_or("name their folder with --config".into()),
            });
        }
        let recording = plugin.load(&ctx)?;
        Ok(Self {
            ctx,
            plugin,
            recording,
        })
    }
}

impl Probe for DatasetProbe {
    fn facts(&self) -> String {
        let stimuli = &self.recording.stimuli;
        let subjects: Vec<String> = self
            .recording
            .subjects
            .iter()
            .map(|subject| {
                format!(
                    "{} ({} trials, {} voxels)",
                    subject.id,
                    subject.n_trials(),
                    subject.n_voxels()
                )
            })
            .collect();
        let who = if subjects.is_empty() {
            "no subjects".to_owned()
        } else {
            subjects.join(", ")
        };
        format!(
            "{} images of {}; {who}",
            stimuli.n_images(),
            stimuli.shape()
        )
    }

    fn inputs(&self, _batch: usize) -> Result<Vec<(String, Tensor)>> {
        Ok(Vec::new())
    }

    fn call(&self, batch: usize, _inputs: &[Tensor]) -> Result<Vec<Tensor>> {
        let n = self.recording.stimuli.n_images();
        let image_idx: Vec<usize> = (0..batch).map(|idx| idx % n.max(1)).collect();
        Ok(vec![
            self.recording.stimuli.tensor(&image_idx, &Device::Cpu)?,
        ])
    }

    fn contract(&self) -> Result<String> {
        check_dataset(&self.ctx, self.plugin.as_ref())?;
        Ok("tables and images fit each other, and are the same when loaded twice".into())
    }

    /// Responses, so that they are part of what must not change.
    fn weights(&self) -> Weights {
        let subjects = self.recording.subjects.iter();
        subjects
            .map(|subject| (subject.id.clone(), subject.responses.clone()))
            .collect()
    }
}
