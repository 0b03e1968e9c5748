//! Load: stimuli and responses, checked, cut to the chosen regions.

use std::path::Path;
use std::sync::Arc;

use candle_core::Tensor;
use lab_core::config::Rois;
use lab_core::context::Context;
use lab_core::recording::{Recording, Repeats, Samples, Split, Subject, in_region};
use lab_core::{Error, Result};

use lab_score::image_space::{ImageSpace, Nearest};

use super::keys::{Keys, files_of};
use super::split::{Divided, divide};
use super::taken::taken;
use crate::alike;
use crate::plan::Plan;
use crate::session::Session;
use crate::store::{Content, Key, contents};
use crate::told::Told;

/// The data of an experiment, loaded and cut to what it uses.
pub(crate) struct Data {
    /// Everything that was recorded, cut to the chosen regions.
    pub(crate) recording: Recording,
    /// Training rows, matched across subjects.
    pub(crate) train: Samples,
    /// What becomes of the repeats of a training image.
    pub(crate) repeats: Repeats,
    /// Test rows, one an image, averaged over repeats.
    pub(crate) test: Samples,
    /// For each image of the recording, its index among all images of the dataset.
    pub(crate) ids: Vec<usize>,
    /// Indices of the training images in the recording, ascending.
    pub(crate) train_idx: Vec<usize>,
    /// Indices of the test images in the recording.
    pub(crate) test_idx: Vec<usize>,
    /// For each test image, the nearest of the training images, by its place among them.
    pub(crate) nearest: Vec<Option<Nearest>>,
    /// The test images in the space of distances.
    pub(crate) seen: ImageSpace,
    /// Training images: `[n_train, 1, height, width]` in `[−1, 1]`.
    pub(crate) train_images: Tensor,
    /// Test images: `[n_test, 1, height, width]` in `[−1, 1]`.
    pub(crate) test_images: Tensor,
    /// Key over the content of stimuli and responses.
    pub(crate) key: Key,
    /// The warnings of loading, as (path of the stage, sentence).
    pub(crate) warnings: Vec<(String, String)>,
}

pub(crate) fn load(session: &Session<'_>) -> Result<Data> {
    let told = Arc::new(Told::new(session.events.clone()));
    let ctx = session.ctx.clone().with_events(told.clone());
    let of_plan = session.plan.warnings();
    of_plan.iter().for_each(|text| ctx.child("load").warn(text));
    let data = load_only(&ctx, session.plan)?;
    Ok(Data {
        warnings: told.warnings(),
        ..data
    })
}

/// The same without a store, and without what it warned of.
pub(crate) fn load_only(ctx: &Context, plan: &Plan) -> Result<Data> {
    let ctx = ctx.child("load");
    let dataset = plan.parts.dataset.as_ref();
    let mut files = files_of(dataset)?;
    if let Some(split) = plan.experiment.split.file() {
        files.extend(contents(Path::new(split))?);
    }
    let Divided { recording, ids } = divide(&plan.experiment.split, dataset, dataset.load(&ctx)?)?;
    // A file that changed while it was read would have another content than its hash says.
    files.iter().try_for_each(Content::check)?;
    recording.check()?;
    recording.stimuli.refuse_shared_pictures()?;
    let chosen = chosen(plan, recording)?;
    let (data, alike) = Data::of(&ctx, plan, (chosen, ids), &files)?;
    alike.iter().for_each(|text| ctx.warn(text));
    Ok(data)
}

/// The part of a recording that the experiment takes.
pub(crate) struct Chosen {
    /// Everything that was recorded, cut to the chosen regions.
    pub(crate) recording: Recording,
    /// Training rows, matched across subjects.
    pub(crate) train: Samples,
    /// Test rows, one an image, averaged over repeats.
    pub(crate) test: Samples,
}

impl Chosen {
    /// Indices of the training images. Images that nobody saw take no part; single trials of an image follow each other.
    pub(crate) fn train_idx(&self) -> Vec<usize> {
        let mut train_idx = self.train.image_idx.clone();
        train_idx.dedup();
        train_idx
    }
}

/// Cuts a recording to the chosen regions and matches its rows across subjects.
///
/// # Errors
/// Fails if images have another shape than the generator's, or a region, a set or a row of a subject is not there.
pub(crate) fn chosen(plan: &Plan, mut recording: Recording) -> Result<Chosen> {
    let responses = &plan.experiment.responses;
    check_shape(plan, &recording)?;
    recording.subjects = recording
        .subjects
        .into_iter()
        .map(|subject| select(subject, &responses.rois))
        .collect::<Result<_>>()?;
    Ok(Chosen {
        train: recording.samples(Split::Train, responses.repeats)?,
        test: recording.samples(Split::Test, Repeats::Average)?,
        recording,
    })
}

impl Data {
    /// What the stages work on, from the part of a recording that the experiment takes, read from these files, with the index of
    /// each of its images among all images of the dataset; and what is to be said of images that look alike.
    pub(super) fn of(
        ctx: &Context,
        plan: &Plan,
        (chosen, ids): (Chosen, Vec<usize>),
        files: &[Content],
    ) -> Result<(Self, Vec<String>)> {
        let (train_idx, test_idx) = (chosen.train_idx(), chosen.test.image_idx.clone());
        let Chosen {
            recording,
            train,
            test,
        } = chosen;
        let alike = alike::look(&recording.stimuli, &train_idx, &test_idx)?;
        let data = Self {
            key: Keys::of(plan).data(&recording, files)?,
            train_images: recording.stimuli.tensor(&train_idx, ctx.device())?,
            test_images: recording.stimuli.tensor(&test_idx, ctx.device())?,
            warnings: Vec::new(),
            nearest: alike.nearest,
            seen: alike.test,
            ids,
            recording,
            train,
            repeats: plan.experiment.responses.repeats,
            test,
            train_idx,
            test_idx,
        };
        Ok((data, alike.warnings))
    }

    /// The image of each aligned training row, if the rows of an image are averaged behind the alignment.
    pub(crate) fn averaged_after(&self) -> Option<&[usize]> {
        (self.repeats == Repeats::AverageAfter).then_some(&*self.train.image_idx)
    }

    /// For each training image, the place among them of the first that was cut from the same picture: `[n_train]`; `None` where
    /// no images were cut from pictures.
    pub(crate) fn train_pictures(&self) -> Option<Vec<usize>> {
        self.recording.stimuli.pictures_among(&self.train_idx)
    }

    /// For each training row of a decoder, its place among the training images.
    pub(crate) fn train_rows(&self) -> Vec<usize> {
        if self.averaged_after().is_some() {
            return (0..self.train_idx.len()).collect();
        }
        let place = |image_idx: &usize| self.train_idx.binary_search(image_idx).unwrap_or_default();
        self.train.image_idx.iter().map(place).collect()
    }
}

fn check_shape(plan: &Plan, recording: &Recording) -> Result<()> {
    let (shape, generated) = (
        recording.stimuli.shape(),
        plan.parts.generator.plugin.image_shape(),
    );
    if recording.subjects.is_empty() {
        return Err(Error::Config {
            at: plan.experiment.dataset.location(),
            message: format!("'{}' holds images but no subjects", recording.name),
            hint: "an experiment needs responses: wrap it, as in dataset: simulated(stimuli: …)"
                .into(),
        });
    }
    if shape == generated {
        return Ok(());
    }
    Err(Error::Config {
        at: plan.experiment.dataset.location(),
        message: format!(
            "images of '{}': expected {generated}, as the generator makes them, got {shape}",
            recording.name
        ),
        hint: "give the dataset and the generator the same size".into(),
    })
}

fn select(mut subject: Subject, rois: &Rois) -> Result<Subject> {
    let Rois::Only(names) = rois else {
        return Ok(subject);
    };
    if names.is_empty() {
        return Err(Error::Data {
            what: "responses.rois".into(),
            expected: "at least one region".into(),
            got: "an empty list".into(),
            remedy: "say rois: All, or name regions: rois: Only([\"V1\"])".into(),
        });
    }
    for name in names {
        let index = subject
            .voxels
            .roi_names
            .iter()
            .position(|known| known == name);
        let filled =
            index.is_some_and(|index| !in_region(&subject.voxels.roi, index as u16).is_empty());
        if !filled {
            return Err(Error::Data {
                what: format!("region '{name}' of subject {}", subject.id),
                expected: "at least one voxel".into(),
                got: "none".into(),
                remedy: format!(
                    "leave it out; known regions: {}",
                    subject.voxels.roi_names.join(", ")
                ),
            });
        }
    }
    // A voxel of several chosen regions is kept once. What was not chosen is forgotten: regions that only shared voxels
    // with others that were left out can then be aligned apart.
    let roi_names = &subject.voxels.roi_names;
    let chosen = |roi: &u16| {
        let name = roi_names.get(usize::from(*roi));
        name.is_some_and(|name| names.contains(name))
    };
    for of in &mut subject.voxels.roi {
        of.retain(chosen);
    }
    let keep: Vec<usize> = (0..subject.n_voxels())
        .filter(|&voxel| !subject.voxels.roi[voxel].is_empty())
        .collect();
    subject.responses = taken(&subject.responses, &keep, 1)?;
    let voxels = &mut subject.voxels;
    voxels.roi = keep
        .iter()
        .map(|&voxel| voxels.roi[voxel].clone())
        .collect();
    voxels.xyz = voxels
        .xyz
        .take()
        .map(|xyz| keep.iter().map(|&voxel| xyz[voxel]).collect());
    voxels.noise_ceiling = voxels
        .noise_ceiling
        .take()
        .map(|ceiling| keep.iter().map(|&voxel| ceiling[voxel]).collect());
    let noiseless = voxels.noiseless.as_ref();
    voxels.noiseless = noiseless.map(|of| taken(of, &keep, 1)).transpose()?;
    Ok(subject)
}
