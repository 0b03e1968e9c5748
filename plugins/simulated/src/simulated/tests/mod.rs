//! Fixed parts against numpy (`tests/reference/simulator/make.py`), laws of the random parts, and the contract.

mod light;

use candle_core::{DType, Device, Tensor};
use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::pyramid::Pyramid;
use lab_core::recording::{Recording, Split, Stimuli};
use lab_core::testing::check_dataset;
use serde::Deserialize;

use super::noise::{NoiseParams, autoregress, smooth};
use super::order::present;
use super::voxel::SimulatedVoxel;
use super::{Simulated, SimulatedParams, Truth, signal};

#[derive(Deserialize)]
struct Fixture {
    images: Vec<Vec<f32>>,
    n_train: usize,
    frequencies: Vec<f64>,
    contrast: Vec<Vec<f64>>,
    voxels: Vec<Tuned>,
    tuning: Vec<Vec<f64>>,
    steps: Vec<f64>,
    rho: f64,
    drift: Vec<f64>,
    white: Vec<f64>,
    smooth: Vec<f64>,
    light: Vec<Vec<f64>>,
    mixed: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Tuned {
    x: f64,
    y: f64,
    rf: f64,
    frequency: f64,
    bandwidth: f64,
    orientation: f64,
    kappa: f64,
}

fn fixture() -> Fixture {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/simulator/simulator.json"
    );
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

impl Tuned {
    fn voxel(&self) -> SimulatedVoxel {
        let &Self {
            x,
            y,
            rf,
            frequency,
            bandwidth,
            orientation,
            kappa,
        } = self;
        SimulatedVoxel {
            region: 0,
            x,
            y,
            rf,
            frequency,
            bandwidth,
            orientation,
            kappa,
            snr: 1.0,
        }
    }
}

fn close(ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours - theirs).abs() < tolerance, "{ours} and {theirs}");
    }
}

#[test]
fn contrast_tuning_and_noise_are_those_of_numpy() -> Result<()> {
    let fixture = fixture();
    let stimuli = Stimuli::from_pixels(ImageShape::grey(16), fixture.images.concat())?;
    let train: Vec<usize> = (0..fixture.n_train).collect();
    let contrast = signal::contrast(&stimuli, &train, &fixture.frequencies, &Device::Cpu)?;
    close(&contrast.values, &fixture.contrast.concat(), 1e-9);
    let pyramid = Pyramid {
        frequencies: fixture.frequencies,
        n_orientations: 8,
        envelope: 0.4,
    };
    for (voxel, tuning) in fixture.voxels.iter().zip(&fixture.tuning) {
        let voxel = voxel.voxel();
        let ours: Vec<f64> = pyramid
            .channels()
            .iter()
            .map(|channel| voxel.tuning(channel))
            .collect();
        close(&ours, tuning, 1e-12);
    }
    close(
        &autoregress(&fixture.steps, fixture.rho),
        &fixture.drift,
        1e-12,
    );
    close(&smooth(&fixture.white), &fixture.smooth, 1e-12);
    Ok(())
}

fn params() -> SimulatedParams {
    SimulatedParams {
        stimuli: PluginRef::of("letters(n_train: 120, n_test: 48, size: 16)"),
        voxels: vec![150, 90],
        ..SimulatedParams::default()
    }
}

fn simulate(params: SimulatedParams, seed: u64) -> Result<(Recording, Vec<Truth>)> {
    let ctx = Context::new(seed);
    Simulated::build(params, &ctx)?.simulate(&ctx)
}

#[test]
fn simulations_keep_the_contract() -> Result<()> {
    let ctx = Context::new(1);
    let recording = check_dataset(&ctx, &Simulated::build(params(), &ctx)?)?.unwrap();
    assert!(recording.simulated.unwrap().contains("simulated"));
    let sizes: Vec<(usize, usize)> = recording
        .subjects
        .iter()
        .map(|subject| (subject.n_trials(), subject.n_voxels()))
        .collect();
    assert_eq!(sizes, [(2 * 168, 150), (2 * 168, 90)]);
    Ok(())
}

#[test]
fn every_image_is_shown_as_often_as_asked_within_one_run() {
    let mut rng = lab_core::rng::stream(1, "order");
    let trials = present(&(10..150).collect::<Vec<_>>(), 3, 70, 4, &mut rng);
    assert_eq!(trials.len(), 420);
    for image_idx in 10..150 {
        let of: Vec<_> = trials
            .iter()
            .filter(|trial| trial.image_idx == image_idx)
            .collect();
        let repeats: Vec<u32> = of.iter().map(|trial| trial.repeat).collect();
        assert_eq!(repeats, [0, 1, 2]);
        assert!(
            of.iter().all(|trial| trial.run == of[0].run),
            "image {image_idx} is shown in two runs"
        );
    }
    assert_eq!((trials[0].run, trials[419].run), (4, 5));
}

/// So many that counting those before each trial anew would not end.
#[test]
fn many_repeats_are_counted() {
    let mut rng = lab_core::rng::stream(1, "order");
    let trials = present(&[3, 5], 500_000, 2, 0, &mut rng);
    for image_idx in [3, 5] {
        let of = trials.iter().filter(|trial| trial.image_idx == image_idx);
        assert!(of.map(|trial| trial.repeat).eq(0..500_000));
    }
}

/// The correlation of the averaged test responses with the truth, over many voxels, is the stated ceiling: for letters and for
/// scenes, for few and for many repeats in runs, and where only the first repeats are averaged.
#[test]
fn the_noise_ceiling_is_what_the_truth_reaches() -> Result<()> {
    let scenes = || SimulatedParams {
        stimuli: PluginRef::of("scenes(n_train: 120, n_test: 48, size: 16)"),
        luminance: 0.3,
        ..params()
    };
    let long = SimulatedParams {
        snr: 1.0,
        test_repeats: 13,
        ..scenes()
    };
    let partly = SimulatedParams {
        test_repeats: 9,
        test_block: 50,
        ..scenes()
    };
    for (params, averaged) in [(params(), 2), (scenes(), 2), (long, 13), (partly, 3)] {
        let (mut expected, mut reached) = (0.0, 0.0);
        for seed in 0..6 {
            let ctx = Context::new(seed);
            let simulated = Simulated::build(params.clone(), &ctx)?.averaging(averaged);
            let (recording, truths) = simulated.simulate(&ctx)?;
            let sums = reached_by(&recording, &truths, averaged)?;
            (expected, reached) = (expected + sums.0, reached + sums.1);
        }
        assert!(
            (expected / reached - 1.0).abs() < 0.03,
            "{params:?}: expected {expected}, reached {reached}"
        );
    }
    Ok(())
}

/// Sums over responsive voxels of stated ceilings, and of the correlations with the average over the first repeats.
fn reached_by(recording: &Recording, truths: &[Truth], averaged: usize) -> Result<(f64, f64)> {
    let (mut expected, mut reached) = (0.0, 0.0);
    let test = recording.stimuli.indices(Split::Test);
    for (subject, truth) in recording.subjects.iter().zip(truths) {
        let ceilings = subject.voxels.noise_ceiling.as_ref().unwrap();
        let responses = subject.responses.to_dtype(DType::F64)?.to_vec2::<f64>()?;
        let signal = truth.signal.to_dtype(DType::F64)?.to_vec2::<f64>()?;
        let mean = |image_idx: usize, voxel: usize| {
            let rows = subject.trials.iter().zip(&responses).filter(|(trial, _)| {
                trial.image_idx == image_idx && (trial.repeat as usize) < averaged
            });
            rows.map(|(_, row)| row[voxel]).sum::<f64>() / averaged as f64
        };
        for voxel in (0..subject.n_voxels()).filter(|&voxel| truth.voxels[voxel].snr > 0.05) {
            let measured: Vec<f64> = test
                .iter()
                .map(|&image_idx| mean(image_idx, voxel))
                .collect();
            let true_ones: Vec<f64> = test
                .iter()
                .map(|&image_idx| signal[image_idx][voxel])
                .collect();
            expected += f64::from(ceilings[voxel]);
            reached += correlation(&measured, &true_ones);
        }
    }
    Ok((expected, reached))
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

#[test]
fn without_signal_there_is_none_and_the_ceiling_is_zero() -> Result<()> {
    let (recording, truths) = simulate(
        SimulatedParams {
            snr: 0.0,
            ..params()
        },
        3,
    )?;
    let largest = truths[0].signal.abs()?.max_all()?.to_scalar::<f32>()?;
    assert!(largest <= 0.0, "{largest}");
    let ceilings = recording.subjects[0].voxels.noise_ceiling.as_ref().unwrap();
    assert!(ceilings.iter().all(|ceiling| *ceiling == 0.0));
    assert!(recording.subjects[0].voxels.noiseless.is_none());
    assert!(recording.simulated.unwrap().contains("no signal"));
    Ok(())
}

#[test]
fn responses_without_noise_are_what_trials_come_to_where_there_is_next_to_none() -> Result<()> {
    let clear = SimulatedParams {
        snr: 1e9,
        ..params()
    };
    let (recording, _) = simulate(clear, 3)?;
    for subject in &recording.subjects {
        let noiseless = subject.voxels.noiseless.as_ref().unwrap();
        let shown: Vec<u32> = subject
            .trials
            .iter()
            .map(|trial| trial.image_idx as u32)
            .collect();
        let shown = Tensor::new(shown, noiseless.device())?;
        let expected = noiseless.index_select(&shown, 0)?;
        let off = (expected - &subject.responses)?.abs()?;
        let off = off.max_all()?.to_scalar::<f32>()?;
        assert!(off < 0.01, "{off}");
    }
    Ok(())
}

#[test]
fn signal_and_noise_have_the_stated_ratio() -> Result<()> {
    let quiet = NoiseParams {
        drift: 0.0,
        local: 0.0,
        ..NoiseParams::default()
    };
    let (recording, truths) = simulate(
        SimulatedParams {
            snr: 20.0,
            noise: quiet,
            ..params()
        },
        5,
    )?;
    let (subject, truth) = (&recording.subjects[0], &truths[0]);
    let responses = subject.responses.to_dtype(DType::F64)?.to_vec2::<f64>()?;
    let mut ratios = Vec::new();
    for voxel in (0..150).filter(|&voxel| truth.voxels[voxel].snr > 1.0) {
        // Variance between images and within the two repeats of an image, over training trials.
        let (mut between, mut within, mut n) = (0.0, 0.0, 0.0);
        for image_idx in recording.stimuli.indices(Split::Train) {
            let trials = subject
                .trials
                .iter()
                .zip(&responses)
                .filter(|(trial, _)| trial.image_idx == image_idx);
            let pair: Vec<f64> = trials.map(|(_, row)| row[voxel]).collect();
            between += f64::midpoint(pair[0], pair[1]).powi(2);
            within += (pair[0] - pair[1]).powi(2) / 2.0;
            n += 1.0;
        }
        let noise = within / n;
        ratios.push((between / n - noise / 2.0) / noise / truth.voxels[voxel].snr);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    assert!(
        ratios.len() > 10 && (0.85..1.15).contains(&median),
        "median {median} of {}",
        ratios.len()
    );
    Ok(())
}

#[test]
fn another_subject_moves_no_number_of_the_first() -> Result<()> {
    let one = simulate(
        SimulatedParams {
            voxels: vec![150],
            ..params()
        },
        1,
    )?
    .0;
    let two = simulate(params(), 1)?.0;
    let values = |recording: &Recording| {
        recording.subjects[0]
            .responses
            .flatten_all()?
            .to_vec1::<f32>()
    };
    assert_eq!(values(&one)?, values(&two)?);
    Ok(())
}

#[test]
fn designs_that_cannot_be_are_refused() {
    let ctx = Context::new(1);
    for (params, word) in [
        (
            SimulatedParams {
                voxels: Vec::new(),
                ..params()
            },
            "voxels",
        ),
        (
            SimulatedParams {
                snr: -1.0,
                ..params()
            },
            "snr",
        ),
        (
            SimulatedParams {
                voxels: vec![1; 10_001],
                ..params()
            },
            "at most 10000 subjects",
        ),
        (
            SimulatedParams {
                luminance: 1.0,
                ..params()
            },
            "luminance",
        ),
        (
            SimulatedParams {
                test_repeats: 0,
                ..params()
            },
            "repeats",
        ),
        (
            SimulatedParams {
                noise: NoiseParams {
                    drift: 0.7,
                    local: 0.6,
                    ..NoiseParams::default()
                },
                ..params()
            },
            "noise",
        ),
    ] {
        let complaint = Simulated::build(params, &ctx).err().unwrap().to_string();
        assert!(complaint.contains(word), "{complaint}");
    }
}
