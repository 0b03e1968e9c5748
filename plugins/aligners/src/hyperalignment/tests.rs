//! Comparison with a direct implementation, and what must hold for any data.

use std::sync::Arc;

use faer::Mat;
use lab_core::config::NoParams;
use lab_core::context::Context;
use lab_core::recording::SubjectResponses;
use lab_core::traits::Aligner;
use lab_linalg::gram;

use super::levels::align;
use super::prepare::Source;
use super::procrustes::{Procrustes, Rows, gain};
use super::{Hyperalignment, HyperalignmentParams};
use crate::tests::{
    Fixture, difference, difference_up_to_sign, fixture, matrix, noisy, numbers, rows, subjects,
};
use crate::{MeanSubjects, Pca, PcaParams};

const TOLERANCE: f64 = 1e-8;

fn cases() -> Vec<(&'static str, HyperalignmentParams)> {
    let default = HyperalignmentParams::default;
    let options = HyperalignmentParams {
        zscore_common: false,
        scaling: false,
        ref_ds: Some(2),
        level2_niter: 2,
        ..default()
    };
    vec![
        ("wide", default()),
        ("tall", default()),
        ("mixed", default()),
        ("options", options),
        (
            "whitened",
            HyperalignmentParams {
                zscore_all: true,
                alpha: 0.5,
                ..default()
            },
        ),
        (
            "whitened_tall",
            HyperalignmentParams {
                alpha: 0.3,
                ..default()
            },
        ),
        (
            "rotations",
            HyperalignmentParams {
                reflection: false,
                ..default()
            },
        ),
    ]
}

fn part(fixture: &Fixture, name: &str) -> Vec<SubjectResponses> {
    subjects((0..3).map(|idx| fixture[&format!("{name}_{idx}")].clone()))
}

/// Any rows' coordinates in the columns of the common space.
fn lifted(coordinates: &Mat<f64>, common: &Rows) -> Mat<f64> {
    let rows = gain(coordinates.as_ref(), common) * &common.centred;
    Mat::from_fn(rows.nrows(), rows.ncols(), |row, column| {
        rows[(row, column)] + common.mean[column]
    })
}

#[test]
fn common_space_and_aligned_rows_equal_the_direct_algorithm() {
    let ctx = Context::new(1);
    for (name, params) in cases() {
        let fixture = fixture(&format!("hyperalignment_{name}"));
        let train: Vec<Mat<f64>> = part(&fixture, "train")
            .iter()
            .map(|subject| matrix(&subject.values))
            .collect();
        let reference = Hyperalignment {
            params: params.clone(),
        }
        .reference(&train)
        .unwrap();
        let names: Vec<String> = (0..3).map(|idx| idx.to_string()).collect();
        let sources: Vec<Source> = train
            .into_iter()
            .map(|rows| Source::new(rows, &params, "S").unwrap())
            .collect();
        let found = align(&ctx, &params, &names, &sources, reference).unwrap();
        let error = difference(
            &found.common.clone().into_rows(),
            &matrix(&fixture["common"]),
        );
        assert!(error < TOLERANCE, "{name}, common space: {error:e}");
        for (idx, source) in sources.into_iter().enumerate() {
            let procrustes = &found.to_common[idx];
            let aligned = lifted(&procrustes.coordinates(&source.rows), &found.common);
            let error = difference(&aligned, &matrix(&fixture[&format!("aligned_{idx}")]));
            assert!(
                error < TOLERANCE,
                "{name}, training rows of {idx}: {error:e}"
            );
            let kernel_to_common = procrustes.kernel_to_common(&source.rows);
            let map = source.into_map(kernel_to_common);
            let Some(expected) = fixture.get(&format!("aligned_test_{idx}")) else {
                continue;
            };
            let new = map.apply(matrix(&fixture[&format!("test_{idx}")]));
            let error = difference(&lifted(&new, &found.common), &matrix(expected));
            assert!(error < TOLERANCE, "{name}, test rows of {idx}: {error:e}");
        }
    }
}

#[test]
fn principal_components_of_the_mean_equal_the_direct_algorithm() {
    let ctx = Context::new(1);
    for (name, params) in cases() {
        let fixture = fixture(&format!("hyperalignment_{name}"));
        let (train, test) = (part(&fixture, "train"), part(&fixture, "test"));
        let chain: [Box<dyn Aligner>; 3] = [
            Box::new(Hyperalignment::build(params, &ctx).unwrap()),
            Box::new(MeanSubjects::build(NoParams::default(), &ctx).unwrap()),
            Box::new(
                Pca::build(
                    PcaParams {
                        variance: 0.99,
                        components: None,
                    },
                    &ctx,
                )
                .unwrap(),
            ),
        ];
        let (mut train, mut test) = (train, test);
        for aligner in &chain {
            let fitted = aligner.fit(&ctx, &train).unwrap();
            (train, test) = (
                fitted.transform(&ctx, &train).unwrap(),
                fitted.transform(&ctx, &test).unwrap(),
            );
        }
        for (part, got) in [("train", &train), ("test", &test)] {
            let expected = matrix(&fixture[&format!("scores_{part}")]);
            let error = difference_up_to_sign(&matrix(&got[0].values), &expected);
            assert!(error < TOLERANCE, "{name}, {part} scores: {error:e}");
        }
    }
}

/// Without scaling, what carries the target's rows onto the source's is the optimal map between two Gaussians.
#[test]
fn the_gain_is_the_bures_map() {
    let params = HyperalignmentParams {
        scaling: false,
        ..HyperalignmentParams::default()
    };
    for (n_samples, widths) in [(15, [30, 22]), (25, [30, 28])] {
        let spaces: Vec<Rows> = noisy(9, n_samples, &widths, 1.0)
            .iter()
            .map(|s| Rows::new(matrix(&s.values), &s.id).unwrap())
            .collect();
        let (source, target) = (&spaces[0], &spaces[1]);
        let fitted = Procrustes::fit(source, target, &params).unwrap();
        let coordinates = fitted.coordinates(source);
        let g = gain(coordinates.as_ref(), target);
        assert!(difference(&g.transpose().to_owned(), &g) < 1e-10);
        let smallest = g.self_adjoint_eigenvalues(faer::Side::Lower).unwrap()[0];
        assert!(smallest > -1e-10, "{smallest:e}");
        let (k, k_c) = (gram(source.centred.as_ref()), gram(target.centred.as_ref()));
        assert!(difference(&(&g * &k_c * &g), &k) < 1e-10);
        let distance = (&g * &target.centred - &target.centred).squared_norm_l2();
        let scaled = Procrustes::fit(source, target, &HyperalignmentParams::default()).unwrap();
        let trace = scaled.scale * source.factor.trace;
        let expected = source.factor.trace + target.factor.trace - 2.0 * trace;
        assert!(
            (distance - expected).abs() < 1e-10 * source.factor.trace,
            "{distance} {expected}"
        );
    }
}

fn held_out(signal: f64, seed: u64) -> (f64, f64) {
    let ctx = Context::new(1);
    let data = noisy(seed, 60, &[80, 70, 75], signal);
    let fitted = Hyperalignment::build(HyperalignmentParams::default(), &ctx)
        .unwrap()
        .fit(&ctx, &rows(&data, 0, 40))
        .unwrap();
    let mean_of = |found: &[lab_core::traits::Quality], unit: &str| {
        let values: Vec<f64> = found
            .iter()
            .filter(|q| q.unit == unit)
            .map(|q| q.value)
            .collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let on = |data: &[SubjectResponses]| fitted.held_out(&ctx, data).unwrap();
    let seen = mean_of(&on(&rows(&data, 0, 40)), "fraction of pairs");
    assert!(
        seen > 0.99,
        "training rows look aligned even in noise: {seen}"
    );
    let new = on(&rows(&data, 40, 20));
    (
        mean_of(&new, "correlation"),
        mean_of(&new, "fraction of pairs"),
    )
}

#[test]
fn held_out_quality_is_at_chance_without_signal() {
    let runs: Vec<(f64, f64)> = (0..8).map(|seed| held_out(0.0, seed)).collect();
    let correlation = runs.iter().map(|run| run.0).sum::<f64>() / 8.0;
    let identified = runs.iter().map(|run| run.1).sum::<f64>() / 8.0;
    assert!(
        correlation.abs() < 0.02 && (identified - 0.5).abs() < 0.04,
        "{correlation}, {identified}"
    );
    let (_, identified) = held_out(1.0, 0);
    assert!(identified > 0.9, "{identified}");
}

#[test]
fn regions_are_aligned_apart() {
    let ctx = Context::new(1);
    let mut data = noisy(2, 12, &[9, 8], 1.0);
    for subject in &mut data {
        let n_voxels = subject.values.dims()[1];
        subject.roi = (0..n_voxels as u16).map(|voxel| vec![voxel % 2]).collect();
        subject.roi_names = Arc::from(["V1".to_owned(), "V2".to_owned()]);
    }
    let params = HyperalignmentParams {
        by_roi: true,
        ..HyperalignmentParams::default()
    };
    let aligner = Hyperalignment::build(params, &ctx).unwrap();
    let fitted = aligner.fit(&ctx, &data).unwrap();
    let out = fitted.transform(&ctx, &data).unwrap();
    assert_eq!(
        (out[0].values.dims(), out[1].values.dims()),
        (&[12, 9][..], &[12, 9][..])
    );
    assert!(
        fitted
            .facts()
            .iter()
            .any(|fact| fact.of == "common space, V2")
    );

    let even: Vec<u32> = (0..9).step_by(2).collect();
    let v1 = subjects(data.iter().map(|subject| {
        let n = subject.values.dims()[1].div_ceil(2);
        subject
            .values
            .index_select(
                &candle_core::Tensor::new(&even[..n], &candle_core::Device::Cpu).unwrap(),
                1,
            )
            .unwrap()
    }));
    let alone = Hyperalignment::build(HyperalignmentParams::default(), &ctx)
        .unwrap()
        .fit(&ctx, &v1)
        .unwrap();
    let alone = alone.transform(&ctx, &v1).unwrap();
    assert_eq!(
        numbers(&out[1].values.narrow(1, 0, 5).unwrap()),
        numbers(&alone[1].values)
    );

    let mut shared = data[1].roi.to_vec();
    shared[3] = vec![0, 1];
    data[1].roi = shared.into();
    let got = aligner.fit(&ctx, &data).err().unwrap().to_string();
    assert!(
        got.contains("'V1' and 'V2' share 1 voxels of subject S2") && got.contains("rois: Only"),
        "{got}"
    );
    data[1].roi = vec![vec![0]; 8].into();
    let got = aligner.fit(&ctx, &data).err().unwrap().to_string();
    assert!(
        got.contains("region 'V2' has no voxels in subject S2"),
        "{got}"
    );
    data[1].roi = Arc::from([]);
    let got = aligner.fit(&ctx, &data).err().unwrap().to_string();
    assert!(got.contains("the 8 columns of S2 have no regions"), "{got}");
}

#[test]
fn options_out_of_range_are_refused() {
    let ctx = Context::new(1);
    let params = HyperalignmentParams {
        alpha: 0.0,
        ..HyperalignmentParams::default()
    };
    assert!(
        Hyperalignment::build(params, &ctx)
            .err()
            .unwrap()
            .to_string()
            .contains("parameter 'alpha'")
    );
    let params = HyperalignmentParams {
        ref_ds: Some(2),
        ..HyperalignmentParams::default()
    };
    let got = Hyperalignment::build(params, &ctx)
        .unwrap()
        .fit(&ctx, &noisy(1, 5, &[4, 4], 1.0))
        .err()
        .unwrap()
        .to_string();
    assert!(
        got.contains("'ref_ds' of hyperalignment: expected below the number of subjects, 2, got 2"),
        "{got}"
    );
    let got = Hyperalignment::build(HyperalignmentParams::default(), &ctx)
        .unwrap()
        .fit(&ctx, &noisy(1, 5, &[4], 1.0));
    assert!(
        got.err()
            .unwrap()
            .to_string()
            .contains("at least 2 subjects, got 1")
    );
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let ctx = Context::new(1);
    let data = noisy(12, 300, &[700, 600], 0.5);
    let run = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .unwrap();
        pool.install(|| {
            let fitted = Hyperalignment::build(HyperalignmentParams::default(), &ctx)
                .unwrap()
                .fit(&ctx, &data)
                .unwrap();
            fitted
                .transform(&ctx, &data)
                .unwrap()
                .iter()
                .flat_map(|s| numbers(&s.values))
                .map(f64::to_bits)
                .collect::<Vec<_>>()
        })
    };
    assert!(run(1) == run(2));
}
