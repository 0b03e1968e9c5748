//! What a dataset yields: stimuli, and the responses of each subject to them.

mod images;
mod keys;
mod pictures;
mod regions;
mod samples;
mod stimuli;
mod thumbnail;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

pub use images::{BlankImages, CutImages, ImageSource, MemoryImages, check_image_idx};
pub use regions::{in_region, overlap, used_regions};
pub use samples::{Repeats, Samples, SubjectResponses};
pub use stimuli::{Labels, Split, Stimuli};
pub use thumbnail::{SAME_PICTURE, THUMBNAIL_SIDE, Thumbnail, Whole};

use crate::{Error, Result};

/// One presentation of a stimulus to one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Index into the stimuli.
    pub image_idx: usize,
    /// Scanner run, counted from 0.
    pub run: u32,
    /// Which repeat of this image, counted from 0 in order of presentation.
    pub repeat: u32,
}

/// What is known about each voxel of one subject.
#[derive(Debug, Clone, Default)]
pub struct Voxels {
    /// Names of the regions of interest.
    pub roi_names: Vec<String>,
    /// For each voxel, the regions that it lies in, as indices into `roi_names`: `[n_voxels]`, none or several each.
    pub roi: Vec<Vec<u16>>,
    /// Position of each voxel in millimetres, if known: `[n_voxels]`.
    pub xyz: Option<Vec<[f32; 3]>>,
    /// For simulated voxels, the correlation that a perfect model would reach with the average over the test repeats:
    /// `[n_voxels]`, in `[0, 1]`.
    pub noise_ceiling: Option<Vec<f32>>,
    /// For simulated voxels, the response to each image without noise, in the unit of the responses:
    /// `[n_images, n_voxels]`, f32. No decoder is fitted on it but the one that asks what the noise costs. It does not
    /// cross the interface of shared libraries.
    pub noiseless: Option<Tensor>,
}

/// One subject's measurements.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The subject's name, such as "S1".
    pub id: String,
    /// BOLD amplitude of every trial: `[n_trials, n_voxels]`, f32, in the unit that the dataset states.
    pub responses: Tensor,
    /// What was shown on each trial: `[n_trials]`, in order of presentation.
    pub trials: Vec<Trial>,
    /// What is known about the voxels.
    pub voxels: Voxels,
}

/// A dataset in memory; images are read when asked for.
///
/// A training corpus is a recording without subjects.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Name of the dataset, for headings.
    pub name: String,
    /// The images that were shown, and what is known about them.
    pub stimuli: Stimuli,
    /// The subjects who saw the images; empty in a corpus.
    pub subjects: Vec<Subject>,
    /// How the responses were made up, if they were: a sentence for the report. `None` for measured data.
    pub simulated: Option<String>,
    /// Facts about the data that the report repeats, one sentence each.
    pub notes: Vec<String>,
}

impl Recording {
    /// A corpus: images without subjects.
    pub fn corpus(name: impl Into<String>, stimuli: Stimuli) -> Self {
        Self {
            name: name.into(),
            stimuli,
            subjects: Vec::new(),
            simulated: None,
            notes: Vec::new(),
        }
    }

    /// Checks what every dataset promises.
    ///
    /// # Errors
    /// [`Error::Data`] if responses are not finite, tables disagree in length, an index of an image or a region is out of
    /// range, a subject or a trial (image, run and repeat) stands there twice, all images are the same, or the same picture
    /// stands in the training and the test set.
    pub fn check(&self) -> Result<()> {
        self.check_tables()?;
        self.stimuli.refuse_equal_images("stimuli")?;
        self.stimuli.refuse_shared_images()
    }

    /// The part of [`Recording::check`] that looks at no pixel.
    ///
    /// # Errors
    /// As [`Recording::check`].
    pub fn check_tables(&self) -> Result<()> {
        self.stimuli.check()?;
        let ids = self.subjects.iter().map(|subject| subject.id.as_str());
        keys::unique("subjects", "the name of a subject", ids)?;
        for subject in &self.subjects {
            subject.check(self.stimuli.n_images())?;
        }
        Ok(())
    }
}

impl Subject {
    /// Number of trials.
    pub fn n_trials(&self) -> usize {
        self.trials.len()
    }

    /// Number of voxels.
    pub fn n_voxels(&self) -> usize {
        self.voxels.roi.len()
    }

    fn check(&self, n_images: usize) -> Result<()> {
        let expected = [self.n_trials(), self.n_voxels()];
        if self.responses.dims() != expected {
            return Err(Error::shape(
                format!("responses of subject {}", self.id),
                expected,
                self.responses.dims(),
            ));
        }
        if let Some(trial) = self.trials.iter().find(|trial| trial.image_idx >= n_images) {
            return Err(Error::Data {
                what: format!("trial table of subject {}", self.id),
                expected: format!("image indices below {n_images}"),
                got: trial.image_idx.to_string(),
                remedy: "count images from 0 and list every image".into(),
            });
        }
        let trials = self.trials.iter();
        let shown = trials.map(|trial| (trial.image_idx, trial.run, trial.repeat));
        let what = format!("trial table of subject {}", self.id);
        keys::unique(&what, "(image, run, repeat)", shown)?;
        let n_regions = self.voxels.roi_names.len();
        let regions = self.voxels.roi.iter().flatten();
        if let Some(region) = regions
            .copied()
            .find(|&region| usize::from(region) >= n_regions)
        {
            let what = format!("region of a voxel of subject {}", self.id);
            return Err(Error::shape(what, format!("below {n_regions}"), region));
        }
        let noiseless = self.voxels.noiseless.as_ref();
        let expected = [n_images, self.n_voxels()];
        if let Some(other) = noiseless.filter(|of| of.dims() != expected) {
            let what = format!("noiseless responses of subject {}", self.id);
            return Err(Error::shape(what, expected, other.dims()));
        }
        let row_sums = self.responses.sum(1)?.to_vec1::<f32>()?;
        if let Some(row) = row_sums.iter().position(|sum| !sum.is_finite()) {
            return Err(Error::Data {
                what: format!("responses of subject {}, trial {row}", self.id),
                expected: "finite numbers".into(),
                got: "NaN or infinity".into(),
                remedy: "drop or impute these voxels, or set the loader's NaN rule".into(),
            });
        }
        Ok(())
    }
}
