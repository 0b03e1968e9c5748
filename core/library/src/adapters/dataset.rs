//! A dataset in a library.

use std::path::PathBuf;
use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::Blueprint;
use crate::abi::method;
use crate::arrays::{Array, Element};
use crate::facts::{DatasetFacts, RecordingFacts, SubjectFacts, read};
use crate::host::HostState;
use crate::instance::{Instance, name};
use crate::listing;
use crate::outcome::broken;
use crate::regions;
use crate::sink::{Outputs, exactly};
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::recording::{
    ImageSource, Labels, Recording, Split, Stimuli, Subject, Trial, Voxels, check_image_idx,
};
use lab_core::traits::Dataset;
use lab_core::{Error, Result};

/// A dataset before it is loaded.
pub(super) struct DynDataset {
    blueprint: Blueprint,
    facts: DatasetFacts,
}

impl DynDataset {
    pub(super) fn build(blueprint: Blueprint) -> Result<Box<dyn Dataset>> {
        let facts = blueprint.instance()?.describe()?;
        Ok(Box::new(Self { blueprint, facts }))
    }
}

impl Dataset for DynDataset {
    fn files(&self) -> Vec<PathBuf> {
        // Datasets could name theirs from the start.
        self.facts.files.iter().map(PathBuf::from).collect()
    }

    fn obtain(&self) -> Option<String> {
        self.facts.obtain.clone()
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let mut instance = self.blueprint.seeded(ctx.seed())?;
        let entry = self.blueprint.entry;
        let host = HostState::new(ctx, ctx.stimuli(), None);
        let outputs = Outputs::arrays(listing::rule).and_text();
        instance.run(method::LIST, &[], host, &outputs)?;
        let call = name(method::LIST);
        let text = outputs
            .take_text()
            .ok_or_else(|| broken(entry, call, "text 0", "none"))?;
        let facts: RecordingFacts =
            read(&text).map_err(|got| broken(entry, call, "facts of a recording", got))?;
        recording(Arc::new(instance), facts, &outputs)
    }
}

fn recording(
    instance: Arc<Instance>,
    facts: RecordingFacts,
    outputs: &Outputs<'_>,
) -> Result<Recording> {
    let take = |index| instance.output(outputs, "LIST", index);
    let split = take(0)?.into_bytes();
    let split = split.into_iter().map(|set| match set {
        0 => Split::Train,
        _ => Split::Test,
    });
    let classes = take(1)?.into_i64();
    let labels = (!classes.is_empty()).then(|| Labels {
        names: facts.classes.clone(),
        of: classes
            .iter()
            .map(|&class| u32::try_from(class).unwrap_or(Labels::NONE))
            .collect(),
    });
    let stimuli = Stimuli {
        split: split.collect(),
        names: None,
        labels,
        field_of_view_deg: facts.field_of_view_deg,
        images: Arc::new(LibraryImages {
            instance: instance.clone(),
            n_images: facts.n_images,
            shape: facts.image,
        }),
        picture_of: None,
    };
    let subjects = facts
        .subjects
        .iter()
        .enumerate()
        .map(|(idx, facts)| subject(&instance, outputs, listing::first_of(idx), facts))
        .collect::<Result<_>>()?;
    Ok(Recording {
        name: facts.name,
        stimuli,
        subjects,
        simulated: facts.simulated,
        notes: facts.notes,
    })
}

/// A subject from its five arrays.
fn subject(
    instance: &Instance,
    outputs: &Outputs<'_>,
    first: u32,
    facts: &SubjectFacts,
) -> Result<Subject> {
    let take = |index| instance.output(outputs, "LIST", first + index);
    let responses: Tensor = take(0)?.tensor(&Device::Cpu)?;
    let trials = whole(&take(1)?.into_i64(), "trials", &facts.id)?
        .chunks_exact(3)
        .map(|trial| Trial {
            image_idx: trial[0],
            run: trial[1] as u32,
            repeat: trial[2] as u32,
        })
        .collect();
    let roi = whole(&take(2)?.into_i64(), "regions", &facts.id)?;
    if let Some(region) = roi.iter().find(|&&region| region >= facts.roi_names.len()) {
        let what = format!("region of a voxel of subject {}", facts.id);
        let expected = format!("below {}", facts.roi_names.len());
        return Err(Error::shape(what, expected, region));
    }
    let (roi, roi_names) = regions::from_numbers(&roi, &facts.roi_names);
    let xyz = take(3)?.into_f32();
    let ceiling = take(4)?.into_f32();
    for (what, n) in [
        ("places of voxels", xyz.len() / 3),
        ("noise ceilings", ceiling.len()),
    ] {
        if n != 0 && n != roi.len() {
            return Err(Error::shape(
                format!("{what} of subject {}", facts.id),
                roi.len(),
                n,
            ));
        }
    }
    Ok(Subject {
        id: facts.id.clone(),
        responses,
        trials,
        voxels: Voxels {
            roi_names,
            roi,
            xyz: (!xyz.is_empty()).then(|| {
                xyz.chunks_exact(3)
                    .map(|at| [at[0], at[1], at[2]])
                    .collect()
            }),
            noise_ceiling: (!ceiling.is_empty()).then_some(ceiling),
            noiseless: None,
        },
    })
}

/// Counts, none of them negative.
fn whole(values: &[i64], what: &str, id: &str) -> Result<Vec<usize>> {
    values
        .iter()
        .map(|&value| {
            usize::try_from(value)
                .map_err(|_| Error::shape(format!("{what} of subject {id}"), "0 or more", value))
        })
        .collect()
}

/// Images that the library reads when asked for.
struct LibraryImages {
    instance: Arc<Instance>,
    n_images: usize,
    shape: ImageShape,
}

impl ImageSource for LibraryImages {
    fn n_images(&self) -> usize {
        self.n_images
    }

    fn shape(&self) -> ImageShape {
        self.shape
    }

    fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>> {
        check_image_idx(image_idx, self.n_images)?;
        if image_idx.is_empty() {
            return Ok(Vec::new());
        }
        let shape = self.shape.batch(image_idx.len());
        let outputs = Outputs::fixed(vec![(Element::F32, exactly(&shape))]);
        let inputs = [Array::indices(image_idx)];
        self.instance
            .forward(method::FORWARD, &inputs, &[], &outputs)?;
        Ok(self.instance.output(&outputs, "FORWARD", 0)?.into_f32())
    }
}
