//! vim-1: natural photographs and the responses of visual cortex to them.
//!
//! | layout | files | subjects |
//! |---|---|---|
//! | [`Layout::Estimated`] | `EstimatedResponses.mat`: one response an image, averaged over repeats | S1, S2 |
//! | [`Layout::SingleTrial`] | `S1data_trn_singletrial*.mat`, `S1data_val_singletrial*.mat`, `S1aux.mat`, …: every trial | S1 to S3 |
//! | [`Layout::Course`] | `kay_images.npz` of the Neuromatch course: one response an image, and the images | S1 |
//!
//! Images of the first two: `Stimuli.mat`, or `Stimuli_Trn_FullRes_01.mat` … and `Stimuli_Val_FullRes.mat`. Files may be MATLAB 5 or 7.3;
//! their content says which.
//!
//! # Source
//! Kay, Naselaris, Prenger and Gallant (2008), doi:10.1038/nature06713; Naselaris et al. (2009),
//! doi:10.1016/j.neuron.2009.09.006; data: CRCNS, vim-1, doi:10.6080/K0SN0726.
//!
//! # Shapes
//! | variable, as MATLAB shows it | shape | unit |
//! |---|---|---|
//! | `dataTrnS1`, `dataValS1` | `[n_voxels, 1750]`, `[n_voxels, 120]` | z-scored response, NaN where missing |
//! | `dataTrnSingleS1`, `dataValSingleS1` | `[n_voxels, 1750, 2]` or `[n_voxels, 3500]`, `[n_voxels, 120, 13]` | response |
//! | `roiS1` | `[n_voxels, 1]` | 0 other, 1 V1, 2 V2, 3 V3, 4 V3A, 5 V3B, 6 V4, 7 LatOcc |
//! | `stimTrn`, `stimVal` | `[1750, 128, 128]`, `[120, 128, 128]` | grey, any range |
//!
//! | array of the archive | shape | unit |
//! |---|---|---|
//! | `responses`, `responses_test` | `[1750, 8428]`, `[120, 8428]` | z-scored response |
//! | `roi`, `roi_names` | `[8428]`, `[8]` | place in `roi_names`; voxels outside the seven regions were taken out |
//! | `stimuli`, `stimuli_test` | `[1750, 128, 128]`, `[120, 128, 128]` | grey, any range |
//!
//! Numbers of images, repeats and voxels are taken from the files. Images are averaged down to `size` and brought to
//! `[−1, 1]` by the smallest and largest pixel of the training images.

mod course;
mod files;
mod images;
mod responses;
mod rows;
mod stored;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use lab_core::config::{Declared, Range};
use lab_core::prelude::*;
use lab_core::recording::Split;
use lab_core::traits::Dataset;
use serde::{Deserialize, Serialize};

use crate::missing::NanRule;
use crate::provenance;
use crate::subjects::Subjects;
use files::Files;

/// Which files hold the responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Layout {
    /// Single trials where their files are there, else estimates, else the course's archive.
    #[default]
    Auto,
    /// The public release.
    Estimated,
    /// The archive of the Neuromatch course, free of registration: one subject, voxels of known regions only.
    Course,
    /// Single trials, as the paper used them; from the authors on request.
    SingleTrial,
}

/// Which validation images are tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Vim1Test {
    /// All validation images.
    All,
    /// The first `n`.
    First {
        /// Number of images.
        n: usize,
        /// What becomes of the other images.
        rest: Rest,
    },
}

/// What becomes of validation images that are not tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rest {
    /// They join the training images.
    Train,
    /// They are left out.
    Drop,
}

/// What surrounds the photographs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Aperture {
    /// The surround that the file has.
    #[default]
    AsStored,
    /// The circular mask is multiplied onto each image.
    Circular,
    /// A mask from a `.mat` file, the first square variable of the images' size; values beyond `[0, 1]` are clamped.
    File(String),
}

/// Parameters of `vim1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Vim1Params {
    /// The folder that holds the files.
    pub root: String,
    /// The subjects that are loaded.
    pub subjects: Subjects,
    /// Which files hold the responses.
    pub layout: Layout,
    /// Which validation images are tested.
    pub test: Vim1Test,
    /// Height and width of the images, in pixels.
    pub size: usize,
    /// What surrounds the photographs.
    pub aperture: Aperture,
    /// What becomes of missing responses.
    pub nan: NanRule,
}

impl Default for Vim1Params {
    /// The paper's split and size.
    fn default() -> Self {
        Self {
            root: String::new(),
            subjects: Subjects::All,
            layout: Layout::Auto,
            test: Vim1Test::First {
                n: 50,
                rest: Rest::Train,
            },
            size: 64,
            aperture: Aperture::AsStored,
            nan: NanRule::DropVoxels,
        }
    }
}

impl PluginParams for Vim1Params {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("mod.rs"), include_str!("../missing.rs"), include_str!("../subjects.rs")],
        &[
            ("test.First.n", Range::ONE_OR_MORE),
            ("size", Range::SIDE.from(8.0, "at least 8 pixels")),
        ],
    );
}

/// Width of the photographs in degrees of visual angle: Kay et al. (2008).
const FIELD_OF_VIEW_DEG: f64 = 20.0;

/// The dataset, with its parameters checked.
#[derive(Debug)]
pub struct Vim1 {
    params: Vim1Params,
}

impl Vim1 {
    /// Checks that a folder is named.
    ///
    /// # Errors
    /// [`Error::Data`] if none is, or if nothing would be tested.
    pub fn build(params: Vim1Params, _ctx: &Context) -> Result<Self> {
        let wrong = |expected: &str, got: String| Error::Data {
            what: "vim1".into(),
            expected: expected.into(),
            got,
            remedy: "lab plugins explain vim1 shows all parameters".into(),
        };
        if params.root.is_empty() {
            return Err(wrong("root: \"path/to/folder\"", "no folder".into()));
        }
        if params.size < 8 {
            return Err(wrong(
                "a size of at least 8 pixels",
                params.size.to_string(),
            ));
        }
        if matches!(params.test, Vim1Test::First { n: 0, .. }) {
            return Err(wrong("at least one test image", "First(n: 0, …)".into()));
        }
        Ok(Self { params })
    }

    fn root(&self) -> &Path {
        Path::new(&self.params.root)
    }

    /// The set of each image: training images first, then validation images; `None` for those left out.
    fn split(&self, n_train: usize, n_validation: usize) -> Vec<Option<Split>> {
        let validation = |idx: usize| match self.params.test {
            Vim1Test::First { n, rest } if idx >= n => match rest {
                Rest::Train => Some(Split::Train),
                Rest::Drop => None,
            },
            _ => Some(Split::Test),
        };
        std::iter::repeat_n(Some(Split::Train), n_train)
            .chain((0..n_validation).map(validation))
            .collect()
    }
}

impl Dataset for Vim1 {
    fn files(&self) -> Vec<PathBuf> {
        Files::find(self.root(), &self.params).map_or_else(
            // What is missing is said by `load`, with what to do about it.
            |_| vec![self.root().join("EstimatedResponses.mat")],
            |files| files.all(self.root(), &self.params),
        )
    }

    fn obtain(&self) -> Option<String> {
        Some(OBTAIN.into())
    }

    fn reads_headers(&self) -> bool {
        true
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let files = Files::find(self.root(), &self.params)?;
        let (mut stimuli, n_train) = images::read(&files, self, ctx)?;
        let n_validation = stimuli.n_images() - n_train;
        let split = self.split(n_train, n_validation);
        let mut recording = Recording::corpus("vim-1", stimuli.clone());
        for subject in &files.subjects {
            ctx.check_cancelled()?;
            let (subject, note) =
                responses::read(subject, n_train, n_validation, &split, &self.params, ctx)?;
            recording.subjects.push(subject);
            recording.notes.extend(note);
        }
        // Images that are left out keep their place, so that indices agree; nobody saw them, and they take no part.
        stimuli.split = split
            .iter()
            .map(|split| split.unwrap_or(Split::Train))
            .collect();
        stimuli.field_of_view_deg = Some(FIELD_OF_VIEW_DEG);
        recording.stimuli = stimuli;
        recording.notes.push(match files.layout {
            Layout::SingleTrial => "Responses are single trials.".into(),
            Layout::Course => "Responses are those of the Neuromatch course: subject 1, voxels of seven regions, averaged over repeats.".into(),
            _ => "Responses are the public estimates, one an image, averaged over its repeats."
                .into(),
        });
        provenance::mark(&mut recording, self.root())?;
        Ok(recording)
    }
}

const OBTAIN: &str = "vim-1 is at CRCNS (https://crcns.org/data-sets/vc/vim-1), free after registration and bound to its terms. Put \
EstimatedResponses.mat (about 700 MB) and Stimuli.mat (about 100 MB), or the Stimuli_*_FullRes files, into one folder and name it: \
dataset.root. Its first subject is also in kay_images.npz of the Neuromatch course (https://osf.io/ymnjv), free of registration. Without it: lab data simulate vim1 DIR writes simulated data in the same format; then --set dataset.root=DIR";

lab_core::register! {
    Dataset "vim1" => Vim1, Vim1Params;
    summary: "Natural photographs and the responses of two or three subjects in visual cortex",
    equation: "pixel = 2·(grey − min)/(max − min) − 1, min and max over training images; a voxel with a missing response is left out",
    source: "Kay et al. (2008), doi:10.1038/nature06713; CRCNS vim-1, doi:10.6080/K0SN0726",
    parity: "h5py, scipy",
}
