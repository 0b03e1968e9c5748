//! From trials to rows: the same images in the same order for every subject.

use std::collections::BTreeMap;
use std::sync::Arc;

use candle_core::{DType, Tensor};
use serde::{Deserialize, Serialize};

use super::{Recording, Split, Subject, keys};
use crate::{Error, Result};

/// What becomes of the repeats of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Repeats {
    /// One row an image: the mean over its repeats.
    #[default]
    Average,
    /// One row a trial, matched across subjects by image and repeat.
    Single,
    /// Alignments are fitted on single trials; behind the whole chain, an image's rows are averaged for the decoder.
    AverageAfter,
}

/// Rows of one subject, or of a space that several subjects share.
#[derive(Debug, Clone)]
pub struct SubjectResponses {
    /// The subject's name, or that of the shared space.
    pub id: String,
    /// `[n_samples, n_voxels]` or `[n_samples, n_features]`, f64.
    pub values: Tensor,
    /// Regions of each column, as indices into `roi_names`; empty where columns are no voxels.
    pub roi: Arc<[Vec<u16>]>,
    /// Names of the regions.
    pub roi_names: Arc<[String]>,
}

impl SubjectResponses {
    /// Columns without regions, such as those of a common space.
    pub fn shared(id: impl Into<String>, values: Tensor) -> Self {
        Self {
            id: id.into(),
            values,
            roi: Arc::from([]),
            roi_names: Arc::from([]),
        }
    }
}

/// Rows of all subjects: row `i` of each belongs to `image_idx[i]`.
#[derive(Debug, Clone)]
pub struct Samples {
    /// The image of each row: `[n_samples]`.
    pub image_idx: Vec<usize>,
    /// One matrix a subject.
    pub subjects: Vec<SubjectResponses>,
}

impl Recording {
    /// The rows of one set, ordered by image and repeat, the same for every subject.
    ///
    /// # Errors
    /// [`Error::Data`] if a subject lacks an image (or, for single trials, a repeat) that another has, or if two single
    /// trials of a subject have the same image and repeat.
    pub fn samples(&self, split: Split, repeats: Repeats) -> Result<Samples> {
        let mut rows: Option<Vec<(usize, u32)>> = None;
        let mut subjects = Vec::with_capacity(self.subjects.len());
        for subject in &self.subjects {
            if repeats == Repeats::Single {
                self.refuse_trials_of_one_key(subject, split)?;
            }
            let groups = self.groups(subject, split, repeats);
            let keys: Vec<(usize, u32)> = groups.keys().copied().collect();
            match &rows {
                None => rows = Some(keys),
                Some(first) if *first != keys => {
                    return Err(unmatched(&self.subjects[0], subject, first, &keys));
                }
                Some(_) => {}
            }
            let values: Vec<Tensor> = groups
                .values()
                .map(|trials| mean_rows(&subject.responses, trials))
                .collect::<Result<_>>()?;
            if values.is_empty() {
                return Err(Error::Data {
                    what: format!("subject {}", subject.id),
                    expected: match split {
                        Split::Train => "at least one trial of a training image".into(),
                        Split::Test => "at least one trial of a test image".into(),
                    },
                    got: "none".into(),
                    remedy: "check the trial table and the split".into(),
                });
            }
            subjects.push(SubjectResponses {
                id: subject.id.clone(),
                values: Tensor::cat(&values, 0)?,
                roi: subject.voxels.roi.clone().into(),
                roi_names: subject.voxels.roi_names.clone().into(),
            });
        }
        let image_idx = rows
            .unwrap_or_default()
            .into_iter()
            .map(|(image_idx, _)| image_idx)
            .collect();
        Ok(Samples {
            image_idx,
            subjects,
        })
    }

    /// Single trials are told apart by image and repeat: two of the same pair would be averaged in silence.
    fn refuse_trials_of_one_key(&self, subject: &Subject, split: Split) -> Result<()> {
        let keys = subject.trials.iter().map(|trial| {
            let takes_part = self.stimuli.split[trial.image_idx] == split;
            takes_part.then_some((trial.image_idx, trial.repeat))
        });
        let what = format!("single trials of subject {}", subject.id);
        keys::unique_of_some(&what, "(image, repeat)", keys)
    }

    fn groups(
        &self,
        subject: &Subject,
        split: Split,
        repeats: Repeats,
    ) -> BTreeMap<(usize, u32), Vec<u32>> {
        let mut groups = BTreeMap::<(usize, u32), Vec<u32>>::new();
        for (trial_idx, trial) in subject.trials.iter().enumerate() {
            if self.stimuli.split[trial.image_idx] == split {
                let repeat = if repeats == Repeats::Average {
                    0
                } else {
                    trial.repeat
                };
                groups
                    .entry((trial.image_idx, repeat))
                    .or_default()
                    .push(trial_idx as u32);
            }
        }
        groups
    }
}

fn mean_rows(responses: &Tensor, trials: &[u32]) -> Result<Tensor> {
    let idx = Tensor::new(trials, responses.device())?;
    Ok(responses
        .index_select(&idx, 0)?
        .to_dtype(DType::F64)?
        .mean_keepdim(0)?)
}

fn unmatched(
    first: &Subject,
    second: &Subject,
    ours: &[(usize, u32)],
    theirs: &[(usize, u32)],
) -> Error {
    let missing = ours
        .iter()
        .find(|key| !theirs.contains(key))
        .or_else(|| theirs.iter().find(|key| !ours.contains(key)));
    let first_missing = missing.map_or_else(
        || "in another order".to_owned(),
        |(image, repeat)| format!("first difference at image {image}, repeat {repeat}"),
    );
    Error::Data {
        what: format!("rows of subjects {} and {}", first.id, second.id),
        expected: "the same images and repeats".into(),
        got: format!("{} and {} rows; {first_missing}", ours.len(), theirs.len()),
        remedy: "leave out images that some subject did not see, or average the repeats".into(),
    }
}
