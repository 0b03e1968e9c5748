//! Generic Object Decoding as bdpy writes it, with pictures in the official folders.

use std::fs;
use std::path::Path;

use candle_core::DType;
use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
use lab_core::config::PluginRef;
use lab_core::recording::{Recording, Split, Subject};
use lab_core::{Error, Result, all_done};
use rayon::prelude::*;

use super::{Job, LUMINANCE};
use lab_datasets::StimulusId;
use lab_formats::pictures;
use lab_formats::writers::bdata::{self, Key};
use lab_simulated::SimulatedParams;

/// Pixels of the scenes that are seen, and of the pictures that are written, as the authors' script makes them.
const SEEN_SIDE: usize = 128;
const SIDE: usize = 500;
/// Quality of the pictures.
const JPEG_QUALITY: u8 = 95;
/// Synsets that WordNet does not have, for training and test, and images of each.
const TRAINING_SYNSET: u32 = 90_000_001;
const TEST_SYNSET: u32 = 91_000_001;
const IMAGES_A_SYNSET: usize = 8;
/// Presentations of a test image, seen and imagined.
const SEEN: u32 = 35;
const IMAGINED: u32 = 10;
/// Share of the signal that is missing in imagery.
const LOST: f64 = 0.7;
const VOXELS: [usize; 5] = [4500; 5];

pub(super) fn write(job: &Job<'_>) -> Result<()> {
    let (n_train, n_test) = (job.n_train(1200), job.n_test(50));
    let stimuli = format!("scenes(n_train: {n_train}, n_test: {n_test}, size: {SEEN_SIDE})");
    let (recording, truths) = job.simulate(
        SimulatedParams {
            stimuli: PluginRef::of(&stimuli),
            voxels: job.voxels(&VOXELS),
            snr: job.snr(3.0),
            luminance: job.luminance(LUMINANCE),
            train_repeats: 1,
            test_repeats: (SEEN + IMAGINED) as usize,
            train_block: 50,
            test_block: 50,
            frequencies: vec![1.0, 2.0, 4.0, 8.0, 16.0],
            ..SimulatedParams::default()
        },
        SEEN as usize,
    )?;
    let ids = ids(&recording);
    let orders = [Split::Train, Split::Test].map(|split| recording.stimuli.indices(split));
    job.truth(&recording, &truths, &orders, |idx, _| ids[idx].name())?;
    write_pictures(&job.folder.join("images"), &recording, &ids)?;
    for (idx, subject) in recording.subjects.iter().enumerate() {
        job.ctx.check_cancelled()?;
        let path = job.folder.join(format!("Subject{}.h5", idx + 1));
        write_subject(&path, &recording, subject, &ids)?;
    }
    job.corpus("scenes", 64)
}

/// An id for each image, in the order of the stimuli.
fn ids(recording: &Recording) -> Vec<StimulusId> {
    let (mut n_train, mut n_test) = (0, 0);
    let id = |split: &Split| match split {
        Split::Train => {
            n_train += 1;
            StimulusId {
                synset: TRAINING_SYNSET + ((n_train - 1) / IMAGES_A_SYNSET) as u32,
                image: 1 + ((n_train - 1) % IMAGES_A_SYNSET) as u32,
            }
        }
        Split::Test => {
            n_test += 1;
            StimulusId {
                synset: TEST_SYNSET + n_test - 1,
                image: 1,
            }
        }
    };
    recording.stimuli.split.iter().map(id).collect()
}

fn write_pictures(folder: &Path, recording: &Recording, ids: &[StimulusId]) -> Result<()> {
    let write = |(idx, id): (usize, &StimulusId)| -> Result<()> {
        let set = match recording.stimuli.split[idx] {
            Split::Train => "training",
            Split::Test => "test",
        };
        let folder = folder.join(set).join(id.synset_name());
        fs::create_dir_all(&folder).map_err(Error::io("making", &folder))?;
        let pixels = recording.stimuli.images.read(&[idx])?;
        let large = pictures::resized(&pixels, SEEN_SIDE, SEEN_SIDE, SIDE)?;
        write_jpeg(&folder.join(format!("{}.JPEG", id.name())), &large, SIDE)
    };
    all_done(ids.par_iter().enumerate().map(write).collect()).map(drop)
}

/// Writes grey pixels in `[−1, 1]` as a picture.
///
/// # Errors
/// Fails if the file cannot be written.
pub(crate) fn write_jpeg(path: &Path, pixels: &[f32], side: usize) -> Result<()> {
    let grey: Vec<u8> = pixels
        .iter()
        .map(|pixel| ((pixel + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8)
        .collect();
    let file = fs::File::create(path).map_err(Error::io("writing", path))?;
    let side = side as u32;
    JpegEncoder::new_with_quality(std::io::BufWriter::new(file), JPEG_QUALITY)
        .encode(&grey, side, side, ExtendedColorType::L8)
        .map_err(|error| Error::Data {
            what: format!("picture '{}'", path.display()),
            expected: "a file that can be written".into(),
            got: error.to_string(),
            remedy: "make room on the disk".into(),
        })
}

/// Training, seen and imagined trials, in this order; voxels first, then labels.
fn write_subject(
    path: &Path,
    recording: &Recording,
    subject: &Subject,
    ids: &[StimulusId],
) -> Result<()> {
    let responses: Vec<Vec<f32>> = subject.responses.to_dtype(DType::F32)?.to_vec2()?;
    let means = seen_means(recording, subject, &responses);
    let (n_voxels, n_labels) = (subject.n_voxels(), LABELS.len());
    let n_columns = n_voxels + n_labels;
    // (type, order within the type, trial)
    let mut rows: Vec<(u8, usize)> = subject
        .trials
        .iter()
        .enumerate()
        .map(
            |(idx, trial)| match recording.stimuli.split[trial.image_idx] {
                Split::Train => (1, idx),
                Split::Test if trial.repeat < SEEN => (2, idx),
                Split::Test => (3, idx),
            },
        )
        .collect();
    rows.sort_unstable();
    let mut table = Vec::with_capacity(rows.len() * n_columns);
    for (kind, idx) in rows {
        let trial = &subject.trials[idx];
        let id = ids[trial.image_idx];
        let mean = means.get(&trial.image_idx);
        table.extend(responses[idx].iter().enumerate().map(|(voxel, &response)| {
            let lost = match (kind, mean) {
                (3, Some(mean)) => LOST * mean[voxel],
                _ => 0.0,
            };
            f64::from(response) - lost
        }));
        // What is imagined is a category.
        let id = if kind == 3 {
            f64::from(id.synset)
        } else {
            id.value()
        };
        table.extend([f64::from(kind), f64::from(trial.run + 1), id]);
    }
    bdata::write(path, n_columns, &table, &keys(subject))
}

const LABELS: [&str; 3] = ["DataType", "Run", "stimulus_id"];

/// The mean over what was seen of each test image.
fn seen_means(
    recording: &Recording,
    subject: &Subject,
    responses: &[Vec<f32>],
) -> std::collections::BTreeMap<usize, Vec<f64>> {
    let mut means = std::collections::BTreeMap::new();
    for (trial, response) in subject.trials.iter().zip(responses) {
        if recording.stimuli.split[trial.image_idx] == Split::Test && trial.repeat < SEEN {
            let mean = means
                .entry(trial.image_idx)
                .or_insert_with(|| vec![0.0; response.len()]);
            for (mean, &value) in mean.iter_mut().zip(response) {
                *mean += f64::from(value) / f64::from(SEEN);
            }
        }
    }
    means
}

fn keys(subject: &Subject) -> Vec<Key> {
    let n_voxels = subject.n_voxels();
    let n_columns = n_voxels + LABELS.len();
    let mark = |name: &str, description: &str, is_member: &dyn Fn(usize) -> bool| Key {
        name: name.into(),
        description: description.into(),
        values: (0..n_columns)
            .map(|column| if is_member(column) { 1.0 } else { f64::NAN })
            .collect(),
    };
    let mut keys = vec![
        mark("VoxelData", "1 = voxel (simulated)", &|column| {
            column < n_voxels
        }),
        mark("ROI_VC", "1 = visual cortex (simulated)", &|column| {
            column < n_voxels
        }),
    ];
    for (idx, name) in subject.voxels.roi_names.iter().enumerate() {
        let is_member = |column: usize| {
            let roi = subject.voxels.roi.get(column);
            roi.is_some_and(|of| of.contains(&(idx as u16)))
        };
        keys.push(mark(
            &format!("ROI_{name}"),
            "1 = region (simulated)",
            &is_member,
        ));
    }
    for (idx, name) in LABELS.iter().enumerate() {
        keys.push(mark(name, "1 = label", &|column| column == n_voxels + idx));
    }
    keys
}
