//! The methods that change an instance: training, loading, listing.

use std::sync::Arc;

use super::emit::{Emit, Inputs};
use super::link::Link;
use super::objective::objective;
use super::part::{Guest, Part, Ready};
use crate::abi::{Host, method};
use crate::arrays::Array;
use crate::facts::{RecordingFacts, SubjectFacts};
use crate::{listing, regions, spaces};
use lab_core::config::to_ron;
use lab_core::context::Context;
use lab_core::recording::{Labels, Recording, Split, Subject};
use lab_core::traits::{Aligner, Decoder, TrainingSet};
use lab_core::{Error, Result, weights};

/// Place of the pictures of targets among the inputs of FIT of a decoder.
const PICTURES: usize = 4;

/// Runs a method with the host's functions.
///
/// # Safety
/// `host` must be valid for the call and, after LOAD of a decoder, as long as the instance.
pub(super) unsafe fn run(
    guest: &mut Guest,
    method: u32,
    inputs: &Inputs,
    host: *const Host,
    emit: Emit,
) -> Result<()> {
    // SAFETY: as the caller promises; the link ends below where the host's promise does.
    let link = unsafe { Link::new(host) }?;
    let ready = ready(guest, method, inputs, &link, emit);
    let lent_on = method == method::LOAD && matches!(guest.part, Part::Decoder(_));
    if !lent_on {
        link.end();
    }
    guest.ready = Some(ready?);
    Ok(())
}

fn ready(
    guest: &Guest,
    method: u32,
    inputs: &Inputs,
    link: &Arc<Link>,
    emit: Emit,
) -> Result<Ready> {
    let ctx = link.context()?;
    match (&guest.part, method) {
        (Part::Generator(part), method::TRAIN) => {
            let fitted = part.prepare(&ctx, link.corpus()?.as_ref())?;
            link.draw(0, &fitted.curves());
            Ok(Ready::Generator(fitted))
        }
        (Part::Generator(part), method::LOAD) => {
            let weights = weights::from_bytes(inputs.bytes(0)?, ctx.device())?;
            Ok(Ready::Generator(part.restore(&ctx, &weights)?))
        }
        (Part::FeatureNet(part), method::TRAIN) => {
            let fitted = part.prepare(&ctx, link.corpus()?.as_ref())?;
            link.draw(0, &fitted.curves());
            Ok(Ready::FeatureNet(fitted))
        }
        (Part::FeatureNet(part), method::LOAD) => {
            let weights = weights::from_bytes(inputs.bytes(0)?, ctx.device())?;
            Ok(Ready::FeatureNet(part.restore(&ctx, &weights)?))
        }
        (Part::Decoder(part), method::TRAIN) => fit(part.as_ref(), &ctx, inputs, link),
        (Part::Decoder(part), method::LOAD) => {
            let weights = weights::from_bytes(inputs.bytes(0)?, ctx.device())?;
            let objective = objective(link, inputs.tensor(1)?.clone())?;
            let fitted = part.restore(&ctx, &objective, &weights)?;
            Ok(Ready::Decoders(vec![fitted]))
        }
        (Part::Aligner(part), method::TRAIN) => align(part.as_ref(), &ctx, inputs),
        (Part::Dataset(part), method::LIST) => {
            let ctx = match link.corpus()? {
                Some(stimuli) => ctx.with_stimuli(stimuli),
                None => ctx,
            };
            let recording = part.load(&ctx)?;
            list(&recording, emit)?;
            Ok(Ready::Recording(Box::new(recording)))
        }
        _ => Err(super::refused::unknown(method)),
    }
}

fn fit(part: &dyn Decoder, ctx: &Context, inputs: &Inputs, link: &Arc<Link>) -> Result<Ready> {
    let (features, targets) = (inputs.tensor(0)?, inputs.tensor(2)?);
    let (target_idx, members) = (inputs.indices(1)?, inputs.indices(3)?);
    let pictures = if inputs.len() > PICTURES {
        inputs.indices(PICTURES)?
    } else {
        Vec::new()
    };
    let objective = objective(link, targets.clone())?;
    let train = TrainingSet {
        features,
        target_idx: &target_idx,
        targets,
        picture_of: (!pictures.is_empty()).then_some(&pictures),
        objective: &objective,
    };
    let fitted = part.fit(ctx, &train, &members)?;
    if fitted.len() != members.len() {
        return Err(Error::shape("fitted members", members.len(), fitted.len()));
    }
    for (member, fitted) in fitted.iter().enumerate() {
        link.draw(member, &fitted.curves());
    }
    Ok(Ready::Decoders(fitted))
}

fn align(part: &dyn Aligner, ctx: &Context, inputs: &Inputs) -> Result<Ready> {
    Ok(Ready::Aligner(part.fit(ctx, &responses(inputs)?)?))
}

/// Responses of subjects from the inputs of a call.
pub(super) fn responses(inputs: &Inputs) -> Result<Vec<lab_core::recording::SubjectResponses>> {
    (0..inputs.len() / 3)
        .map(|space| {
            let array = |part: usize| inputs.array(3 * space + part).cloned();
            let parts = [array(0)?, array(1)?, array(2)?];
            spaces::from_arrays(parts, &candle_core::Device::Cpu).map_err(|got| Error::Data {
                what: format!("responses of subject {space}"),
                expected: "three arrays as lab_plugin.h says".into(),
                got,
                remedy: "this is a mistake of the host".into(),
            })
        })
        .collect()
}

/// Tells the host everything but the pixels.
fn list(recording: &Recording, emit: Emit) -> Result<()> {
    let stimuli = &recording.stimuli;
    let labels = stimuli.labels.as_ref();
    emit.text(
        0,
        &to_ron(&RecordingFacts {
            name: recording.name.clone(),
            n_images: stimuli.n_images(),
            image: stimuli.shape(),
            classes: labels.map_or(Vec::new(), |labels| labels.names.clone()),
            field_of_view_deg: stimuli.field_of_view_deg,
            simulated: recording.simulated.clone(),
            notes: recording.notes.clone(),
            subjects: recording
                .subjects
                .iter()
                .map(|subject| SubjectFacts {
                    id: subject.id.clone(),
                    roi_names: numbered(subject).1,
                })
                .collect(),
        })?,
    )?;
    let sets: Vec<u8> = stimuli
        .split
        .iter()
        .map(|&set| u8::from(set == Split::Test))
        .collect();
    emit.array(0, &Array::bytes(&sets))?;
    let classes: Vec<i64> = labels.map_or(Vec::new(), |labels| {
        labels.of.iter().map(|&class| number(class)).collect()
    });
    emit.array(1, &Array::integers(&[classes.len()], classes))?;
    for (idx, one) in recording.subjects.iter().enumerate() {
        subject(one, listing::first_of(idx), emit)?;
    }
    Ok(())
}

/// The number of a class; −1 for an image without one.
fn number(class: u32) -> i64 {
    if class == Labels::NONE {
        -1
    } else {
        i64::from(class)
    }
}

/// One number a voxel, and what the numbers are called.
fn numbered(subject: &Subject) -> (Vec<i64>, Vec<String>) {
    regions::to_numbers(&subject.voxels.roi, &subject.voxels.roi_names)
}

fn subject(subject: &Subject, first: u32, emit: Emit) -> Result<()> {
    let voxels = &subject.voxels;
    let trials: Vec<i64> = subject
        .trials
        .iter()
        .flat_map(|trial| {
            [
                trial.image_idx as i64,
                i64::from(trial.run),
                i64::from(trial.repeat),
            ]
        })
        .collect();
    let regions = numbered(subject).0;
    let places: Vec<f32> = voxels.xyz.iter().flatten().flatten().copied().collect();
    let ceiling = voxels.noise_ceiling.clone().unwrap_or_default();
    emit.tensor(first, &subject.responses)?;
    emit.array(
        first + 1,
        &Array::integers(&[subject.n_trials(), 3], trials),
    )?;
    emit.array(first + 2, &Array::integers(&[regions.len()], regions))?;
    emit.array(first + 3, &Array::f32(&[places.len() / 3, 3], places))?;
    emit.array(first + 4, &Array::f32(&[ceiling.len()], ceiling))
}
