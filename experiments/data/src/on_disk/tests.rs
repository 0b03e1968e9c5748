//! What is written as the truth is what is behind the responses, row by row, and reaches the ceiling that stands beside it.

use std::fs;
use std::path::Path;

use candle_core::DType;
use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::{Recording, Repeats, Split};
use lab_core::traits::Dataset;
use lab_formats::npy;

use super::{OnDisk, OnDiskSize, simulate_on_disk, vim1};

const N_TRAIN: usize = 60;
const N_TEST: usize = 48;
const SEED: u64 = 5;
const N_VOXELS: [usize; 2] = [400, 300];

/// One voxel, as the files beside the responses describe it.
struct Voxel {
    snr: f64,
    ceiling: f64,
}

fn voxels(folder: &Path, id: &str) -> Vec<Voxel> {
    let table = fs::read_to_string(folder.join(format!("truth/{id}_voxels.csv"))).unwrap();
    let lines = table.lines().skip(1);
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            Voxel {
                snr: cells[5].parse().unwrap(),
                ceiling: cells[6].parse().unwrap(),
            }
        })
        .collect()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let centred = |values: &[f64]| -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|value| value - mean).collect()
    };
    let (a, b) = (centred(a), centred(b));
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}

/// Sums over responsive voxels: stated ceilings, and correlations of truth and responses over test and training images.
#[derive(Debug, Default)]
struct Reached {
    stated: f64,
    test: f64,
    train: f64,
    n: f64,
}

impl Reached {
    fn add(&mut self, folder: &Path, recording: &Recording, kept: &[Vec<usize>]) -> Result<()> {
        let [train, test] =
            [Split::Train, Split::Test].map(|split| recording.samples(split, Repeats::Average));
        let (train, test) = (train?, test?);
        assert_eq!(
            (train.image_idx.len(), test.image_idx.len()),
            (N_TRAIN, N_TEST)
        );
        for (place, subject) in recording.subjects.iter().enumerate() {
            let path = folder.join(format!("truth/{}_signal.npy", subject.id));
            let (shape, signal) = npy::read(&path)?;
            assert_eq!(shape, [N_TRAIN + N_TEST, N_VOXELS[place]]);
            let truth = |voxel: usize, rows: std::ops::Range<usize>| -> Vec<f64> {
                rows.map(|row| f64::from(signal[row * N_VOXELS[place] + voxel]))
                    .collect()
            };
            let rows =
                |values: &candle_core::Tensor| values.to_dtype(DType::F64)?.t()?.to_vec2::<f64>();
            let (train, test) = (
                rows(&train.subjects[place].values)?,
                rows(&test.subjects[place].values)?,
            );
            assert_eq!(kept[place].len(), subject.n_voxels());
            let described = voxels(folder, &subject.id);
            for (column, &voxel) in kept[place].iter().enumerate() {
                if described[voxel].snr > 0.05 {
                    self.stated += described[voxel].ceiling;
                    self.train += correlation(&train[column], &truth(voxel, 0..N_TRAIN));
                    let of_test = truth(voxel, N_TRAIN..N_TRAIN + N_TEST);
                    self.test += correlation(&test[column], &of_test);
                    self.n += 1.0;
                }
            }
        }
        Ok(())
    }
}

fn reached(format: OnDisk, dataset: impl Fn(&Path) -> String) -> Result<()> {
    let ctx = Context::new(SEED);
    let folder = tempfile::tempdir().unwrap();
    let size = OnDiskSize {
        voxels: Some(N_VOXELS.to_vec()),
        n_train: Some(N_TRAIN),
        n_test: Some(N_TEST),
        n_corpus: Some(0),
        ..OnDiskSize::default()
    };
    simulate_on_disk(&ctx, format, folder.path(), &size)?;
    let dataset = PluginRef::<dyn Dataset>::of(&dataset(folder.path())).build(&ctx)?;
    let recording = dataset.load(&ctx)?;
    let kept: Vec<Vec<usize>> = ["S1", "S2"]
        .iter()
        .zip(N_VOXELS)
        .map(|(id, n)| {
            // Only vim-1 has voxels with missing responses, which its loader leaves out.
            let mut rng = ctx.rng(&format!("missing/{id}"));
            let missing = vim1::missing(&mut rng, n);
            (0..n)
                .filter(|&voxel| format != OnDisk::Vim1 || !missing[voxel])
                .collect()
        })
        .collect();
    let mut all = Reached::default();
    all.add(folder.path(), &recording, &kept)?;
    assert!(all.n > 60.0, "{all:?}");
    assert!(
        (all.test / all.stated - 1.0).abs() < 0.05,
        "{format:?}: {all:?}"
    );
    assert!(all.train / all.n > 0.25, "{format:?}: {all:?}");
    let images = fs::read_to_string(folder.path().join("truth/images.csv")).unwrap();
    assert_eq!(images.lines().count(), 1 + N_TRAIN + N_TEST);
    Ok(())
}

#[test]
fn the_truth_of_brains_reaches_its_ceiling() -> Result<()> {
    reached(OnDisk::Brains, |folder| {
        let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
        format!(
            "brains(images: {:?}, responses: Subjects([{:?}, {:?}]))",
            file("stim_brains.mat"),
            file("brainsbold_S1.mat"),
            file("brainsbold_S2.mat")
        )
    })
}

#[test]
fn the_truth_of_vim1_reaches_its_ceiling() -> Result<()> {
    reached(OnDisk::Vim1, |folder| {
        format!(
            "vim1(root: {:?}, size: 16, test: All)",
            folder.to_string_lossy()
        )
    })
}

#[test]
fn the_truth_of_god_reaches_its_ceiling() -> Result<()> {
    reached(OnDisk::God, |folder| {
        format!("god(root: {:?}, size: 16)", folder.to_string_lossy())
    })
}
