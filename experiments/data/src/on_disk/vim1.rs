//! vim-1 as CRCNS has it.

use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::recording::{Recording, Repeats, Split};
use lab_core::rng::Stream;
use rand::Rng;

use super::{Job, LUMINANCE};
use lab_formats::writers::mat5::{self, Numbers, Variable};
use lab_formats::writers::mat73::Mat73;
use lab_formats::writers::write_file;
use lab_simulated::SimulatedParams;

/// Pixels of the stimuli's side.
const SIDE: usize = 128;
/// Voxels of subjects 1 and 2; the second number is not public, and made up.
const VOXELS: [usize; 2] = [25_915, 24_600];
/// Cells of the scanned volume, among which voxels are spread.
const N_CELLS: usize = 64 * 64 * 18;
/// Share of voxels with missing responses, as in subject 1, and of the responses that these lack.
const MISSING: (f64, f64) = (0.124, 0.3);
/// Presentations of a test image.
const REPEATS: usize = 13;
/// Codes of the simulator's regions V1, V2, V3, V4 and LOC.
const CODES: [f64; 5] = [1.0, 2.0, 3.0, 6.0, 7.0];

pub(super) fn write(job: &Job<'_>) -> Result<()> {
    let (n_train, n_test) = (job.n_train(1750), job.n_test(120));
    let stimuli = format!("scenes(n_train: {n_train}, n_test: {n_test}, size: {SIDE})");
    let (recording, truths) = job.simulate(
        SimulatedParams {
            stimuli: PluginRef::of(&stimuli),
            voxels: job.voxels(&VOXELS),
            snr: job.snr(1.0),
            luminance: job.luminance(LUMINANCE),
            train_repeats: 2,
            test_repeats: REPEATS,
            frequencies: vec![1.0, 2.0, 4.0, 8.0, 16.0],
            ..SimulatedParams::default()
        },
        REPEATS,
    )?;
    let orders = [Split::Train, Split::Test].map(|split| recording.stimuli.indices(split));
    job.truth(&recording, &truths, &orders, |_, place| {
        (place + 1).to_string()
    })?;
    drop(truths);
    write_stimuli(job, &recording)?;
    let file = Mat73::create(&job.folder.join("EstimatedResponses.mat"))?;
    for (idx, subject) in recording.subjects.iter().enumerate() {
        job.ctx.check_cancelled()?;
        let n_voxels = subject.n_voxels();
        let mut rng = job.ctx.rng(&format!("missing/{}", subject.id));
        let missing = missing(&mut rng, n_voxels);
        for (split, set) in [(Split::Train, "Trn"), (Split::Test, "Val")] {
            let samples = one(&recording, idx).samples(split, Repeats::Average)?;
            let values = samples.subjects[0].values.flatten_all()?;
            let mut values: Vec<f32> = values.to_dtype(candle_core::DType::F32)?.to_vec1()?;
            let n_images = samples.image_idx.len();
            lose(&mut values, &missing, &mut rng);
            let name = format!("data{set}{}", subject.id);
            // Voxels run fastest: MATLAB shows [n_voxels, n_images].
            file.array(&name, &[n_voxels, n_images], &values, "single")?;
        }
        let codes: Vec<f64> = subject
            .voxels
            .roi
            .iter()
            // The release has one code a voxel, and simulated voxels lie in one region.
            .map(|of| of.first().map_or(0.0, |&roi| CODES[usize::from(roi)]))
            .collect();
        let cells: Vec<f64> = (0..n_voxels)
            .map(|voxel| (1 + voxel * N_CELLS / n_voxels.max(1)) as f64)
            .collect();
        file.array(
            &format!("roi{}", subject.id),
            &[n_voxels, 1],
            &codes,
            "double",
        )?;
        file.array(
            &format!("voxIdx{}", subject.id),
            &[n_voxels, 1],
            &cells,
            "double",
        )?;
    }
    file.finish()?;
    job.corpus("scenes", 64)
}

/// One subject's recording.
fn one(recording: &Recording, idx: usize) -> Recording {
    Recording {
        subjects: vec![recording.subjects[idx].clone()],
        ..recording.clone()
    }
}

/// The voxels with missing responses.
pub(super) fn missing(rng: &mut Stream, n_voxels: usize) -> Vec<bool> {
    (0..n_voxels).map(|_| rng.random_bool(MISSING.0)).collect()
}

/// Some responses of some voxels become NaN.
fn lose(values: &mut [f32], missing: &[bool], rng: &mut Stream) {
    for row in values.chunks_mut(missing.len()) {
        for (value, missing) in row.iter_mut().zip(missing) {
            if *missing && rng.random_bool(MISSING.1) {
                *value = f32::NAN;
            }
        }
    }
}

/// Grey around 0, half a unit to each side, images first, first axis fastest.
fn write_stimuli(job: &Job<'_>, recording: &Recording) -> Result<()> {
    let mut sets = Vec::new();
    for split in [Split::Train, Split::Test] {
        let idx = recording.stimuli.indices(split);
        let pixels = recording.stimuli.images.read(&idx)?;
        let (n, mut turned) = (idx.len(), vec![0f32; pixels.len()]);
        for (image, pixels) in pixels.chunks(SIDE * SIDE).enumerate() {
            for (at, pixel) in pixels.iter().enumerate() {
                let (row, column) = (at / SIDE, at % SIDE);
                turned[image + n * (row + SIDE * column)] = 0.5 * pixel;
            }
        }
        sets.push((n, turned));
    }
    let order = |n: usize| (1..=n).map(|idx| idx as f64).collect::<Vec<f64>>();
    let orders = [order(sets[0].0), order(sets[1].0)];
    let names = [("stimTrn", "seqTrn"), ("stimVal", "seqVal")];
    let mut variables = Vec::new();
    for (((n, pixels), order), (stimuli, sequence)) in sets.iter().zip(&orders).zip(names) {
        variables.push(Variable {
            name: stimuli,
            shape: vec![*n, SIDE, SIDE],
            numbers: Numbers::Singles(pixels),
        });
        variables.push(Variable {
            name: sequence,
            shape: vec![*n, 1],
            numbers: Numbers::Doubles(order),
        });
    }
    write_file(&job.folder.join("Stimuli.mat"), &mat5::file(&variables))
}
