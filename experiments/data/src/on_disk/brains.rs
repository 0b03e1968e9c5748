//! BRAINS as the public example has the stimuli, and one file of responses a subject.

use candle_core::DType;
use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::recording::{Repeats, Split};

use super::Job;
use lab_formats::writers::mat5::{self, Numbers, Variable};
use lab_formats::writers::write_file;
use lab_simulated::SimulatedParams;

/// Pixels of a letter's side.
const SIDE: usize = 56;
/// Classes in the order of the file.
const CLASSES: &str = "ABINRS";
const VOXELS: [usize; 3] = [2000; 3];

pub(super) fn write(job: &Job<'_>) -> Result<()> {
    let (n_train, n_test) = (job.n_train(288), job.n_test(72));
    let stimuli = format!("letters(n_train: {n_train}, n_test: {n_test}, size: {SIDE})");
    let params = SimulatedParams {
        stimuli: PluginRef::of(&stimuli),
        voxels: job.voxels(&VOXELS),
        snr: job.snr(2.0),
        luminance: job.luminance(0.0),
        ..SimulatedParams::default()
    };
    let n_averaged = params.test_repeats;
    let (recording, truths) = job.simulate(params, n_averaged)?;
    // The files are sorted by class and name none.
    let sorted = |split: Split| {
        let mut idx = recording.stimuli.indices(split);
        idx.sort_by_key(|&idx| class(&recording, idx));
        idx
    };
    let orders = [sorted(Split::Train), sorted(Split::Test)];
    job.truth(&recording, &truths, &orders, |_, place| {
        (place + 1).to_string()
    })?;
    let mut images = Vec::new();
    for order in &orders {
        let pixels = recording.stimuli.images.read(order)?;
        let (n, mut turned) = (order.len(), vec![0u8; pixels.len()]);
        for (image, pixels) in pixels.chunks(SIDE * SIDE).enumerate() {
            for (at, pixel) in pixels.iter().enumerate() {
                let grey = ((pixel + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8;
                turned[image + n * (at / SIDE + SIDE * (at % SIDE))] = grey;
            }
        }
        images.push((n, turned));
    }
    let variables: Vec<Variable<'_>> = images
        .iter()
        .zip(["stimTrn", "stimVal"])
        .map(|((n, pixels), name)| Variable {
            name,
            shape: vec![*n, SIDE, SIDE],
            numbers: Numbers::Bytes(pixels),
        })
        .collect();
    write_file(&job.folder.join("stim_brains.mat"), &mat5::file(&variables))?;
    for subject in &recording.subjects {
        write_subject(job, &recording, &subject.id, &orders)?;
    }
    job.corpus("letters", SIDE)
}

fn class(recording: &lab_core::recording::Recording, idx: usize) -> usize {
    let Some(labels) = &recording.stimuli.labels else {
        return 0;
    };
    let name = &labels.names[labels.of[idx] as usize];
    CLASSES.find(name.as_str()).unwrap_or(CLASSES.len())
}

/// Averages over repeats, images as rows.
fn write_subject(
    job: &Job<'_>,
    recording: &lab_core::recording::Recording,
    id: &str,
    orders: &[Vec<usize>; 2],
) -> Result<()> {
    let mut sets = Vec::new();
    for (split, order) in [Split::Train, Split::Test].into_iter().zip(orders) {
        let samples = recording.samples(split, Repeats::Average)?;
        let Some(of_subject) = samples.subjects.iter().find(|subject| subject.id == id) else {
            continue;
        };
        let rows = of_subject.values.to_dtype(DType::F32)?.to_vec2::<f32>()?;
        let n_voxels = rows.first().map_or(0, Vec::len);
        let row_of = |image: &usize| samples.image_idx.binary_search(image).unwrap_or_default();
        let rows: Vec<&Vec<f32>> = order.iter().map(|image| &rows[row_of(image)]).collect();
        let turned: Vec<f32> = (0..n_voxels)
            .flat_map(|voxel| rows.iter().map(move |row| row[voxel]))
            .collect();
        sets.push((rows.len(), n_voxels, turned));
    }
    let names = [format!("dataTrnSingle{id}"), format!("dataValSingle{id}")];
    let variables: Vec<Variable<'_>> = sets
        .iter()
        .zip(&names)
        .map(|((n, n_voxels, values), name)| Variable {
            name,
            shape: vec![*n, *n_voxels],
            numbers: Numbers::Singles(values),
        })
        .collect();
    let path = job.folder.join(format!("brainsbold_{id}.mat"));
    write_file(&path, &mat5::file(&variables))
}
