//! Contracts, comparisons with scikit-learn and numpy, and messages.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use candle_core::{DType, Device, Tensor};
use faer::Mat;
use lab_core::config::NoParams;
use lab_core::context::Context;
use lab_core::events::{Event, EventSink};
use lab_core::recording::SubjectResponses;
use lab_core::rng;
use lab_core::testing::{check_aligner, check_orthogonal_aligner};
use lab_core::traits::Aligner;

use crate::{
    Concatenate, Hyperalignment, HyperalignmentParams, MeanSubjects, Pca, PcaParams, Single,
    SingleParams, Standardise, StandardiseParams,
};

pub(crate) type Fixture = HashMap<String, Tensor>;

pub(crate) fn fixture(name: &str) -> Fixture {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference/alignment");
    candle_core::safetensors::load(folder.join(format!("{name}.safetensors")), &Device::Cpu)
        .unwrap()
}

pub(crate) fn numbers(tensor: &Tensor) -> Vec<f64> {
    tensor
        .to_dtype(DType::F64)
        .unwrap()
        .flatten_all()
        .unwrap()
        .to_vec1()
        .unwrap()
}

pub(crate) fn matrix(tensor: &Tensor) -> Mat<f64> {
    let (rows, columns) = tensor.dims2().unwrap();
    let values = numbers(tensor);
    Mat::from_fn(rows, columns, |row, column| values[row * columns + column])
}

/// Largest difference over the largest number expected.
pub(crate) fn difference(got: &Mat<f64>, expected: &Mat<f64>) -> f64 {
    assert_eq!(got.shape(), expected.shape());
    (got - expected).norm_max() / expected.norm_max()
}

/// As [`difference`], columns up to their sign.
pub(crate) fn difference_up_to_sign(got: &Mat<f64>, expected: &Mat<f64>) -> f64 {
    assert_eq!(got.shape(), expected.shape());
    let mut turned = got.clone();
    for column in 0..got.ncols() {
        if got.col(column).transpose() * expected.col(column) < 0.0 {
            turned
                .col_as_slice_mut(column)
                .iter_mut()
                .for_each(|value| *value = -*value);
        }
    }
    difference(&turned, expected)
}

pub(crate) fn subjects(values: impl IntoIterator<Item = Tensor>) -> Vec<SubjectResponses> {
    let named = values.into_iter().enumerate();
    named
        .map(|(idx, values)| {
            SubjectResponses::shared(
                format!("S{}", idx + 1),
                values.to_dtype(DType::F64).unwrap(),
            )
        })
        .collect()
}

/// Rows of noise with their own voxels for each subject; `signal` adds what subjects share.
pub(crate) fn noisy(
    seed: u64,
    n_samples: usize,
    n_voxels: &[usize],
    signal: f64,
) -> Vec<SubjectResponses> {
    let mut stream = rng::stream(seed, "test");
    let mut normal = |shape: &[usize]| {
        rng::normal(&mut stream, 1.0, shape, &Device::Cpu)
            .unwrap()
            .to_dtype(DType::F64)
            .unwrap()
    };
    let shared = normal(&[n_samples, 5]);
    subjects(n_voxels.iter().map(|&v| {
        let mixed = (shared.matmul(&normal(&[5, v])).unwrap() * signal).unwrap();
        (mixed + normal(&[n_samples, v])).unwrap()
    }))
}

pub(crate) fn rows(of: &[SubjectResponses], start: usize, n: usize) -> Vec<SubjectResponses> {
    of.iter()
        .map(|subject| SubjectResponses {
            values: subject.values.narrow(0, start, n).unwrap(),
            ..subject.clone()
        })
        .collect()
}

fn all(ctx: &Context) -> Vec<Box<dyn Aligner>> {
    let by_three = PcaParams {
        components: Some(3),
        ..PcaParams::default()
    };
    vec![
        Box::new(Hyperalignment::build(HyperalignmentParams::default(), ctx).unwrap()),
        Box::new(Concatenate::build(NoParams::default(), ctx).unwrap()),
        Box::new(Standardise::build(StandardiseParams::default(), ctx).unwrap()),
        Box::new(
            Standardise::build(
                StandardiseParams {
                    jointly: true,
                    ..StandardiseParams::default()
                },
                ctx,
            )
            .unwrap(),
        ),
        Box::new(Pca::build(by_three, ctx).unwrap()),
        Box::new(
            Single::build(
                SingleParams {
                    subject: "S2".into(),
                },
                ctx,
            )
            .unwrap(),
        ),
    ]
}

fn message<T>(result: lab_core::Result<T>) -> String {
    result
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default()
}

#[test]
fn aligners_keep_the_contract() {
    let ctx = Context::new(1);
    for aligner in all(&ctx) {
        check_aligner(&ctx, aligner.as_ref(), &noisy(3, 16, &[24, 20, 22], 1.0)).unwrap();
        check_aligner(&ctx, aligner.as_ref(), &noisy(4, 30, &[8, 9, 7], 1.0)).unwrap();
    }
    check_aligner(&ctx, &MeanSubjects, &noisy(5, 12, &[6, 6, 6], 1.0)).unwrap();
}

#[test]
fn aligners_refuse_what_they_cannot_fit() {
    let ctx = Context::new(1);
    for aligner in all(&ctx) {
        let two_rows = message(aligner.fit(&ctx, &noisy(3, 2, &[5, 4, 4], 1.0)));
        assert!(
            two_rows.contains("at least 3 training rows, got 2"),
            "{two_rows}"
        );
        let mut broken = noisy(3, 4, &[5, 4, 4], 1.0);
        broken[1].values = Tensor::from_vec(
            [vec![0.0; 6], vec![f64::NAN], vec![0.0; 9]].concat(),
            (4, 4),
            &Device::Cpu,
        )
        .unwrap();
        let nan = message(aligner.fit(&ctx, &broken));
        assert!(
            nan.contains("subject S2, row 1, column 2: expected a finite number, got NaN"),
            "{nan}"
        );
        assert!(message(aligner.fit(&ctx, &[])).contains("subjects, got 0"));
    }
    let unequal = message(MeanSubjects.fit(&ctx, &noisy(3, 4, &[5, 4], 1.0)));
    assert!(
        unequal.contains("S1 has 5, S2 has 4; put hyperalignment() before it"),
        "{unequal}"
    );
    let unknown = Single::build(
        SingleParams {
            subject: "S9".into(),
        },
        &ctx,
    )
    .unwrap();
    let unknown = message(unknown.fit(&ctx, &noisy(3, 4, &[5, 4], 1.0)));
    assert!(
        unknown.contains("no subject is called 'S9'; known: S1, S2"),
        "{unknown}"
    );
}

#[test]
fn fitted_aligners_refuse_other_subjects() {
    let ctx = Context::new(1);
    let train = noisy(3, 8, &[5, 4, 6], 1.0);
    for aligner in &all(&ctx)[..5] {
        let fitted = aligner.fit(&ctx, &train).unwrap();
        let mut swapped = train.clone();
        swapped.swap(0, 1);
        let got = message(fitted.transform(&ctx, &swapped));
        assert!(
            got.contains("expected the subjects of the fit (S1: 5 columns, S2: 4"),
            "{got}"
        );
        assert!(
            message(fitted.held_out(&ctx, &train[..2]))
                .contains("expected the subjects of the fit")
        );
    }
}

#[test]
fn pca_equals_scikit_learn() {
    let ctx = Context::new(1);
    for name in ["pca_wide", "pca_tall"] {
        let fixture = fixture(name);
        let pca = Pca::build(
            PcaParams {
                variance: 0.95,
                components: None,
            },
            &ctx,
        )
        .unwrap();
        let fitted = pca
            .fit(&ctx, &subjects([fixture["train"].clone()]))
            .unwrap();
        for part in ["train", "test"] {
            let scores = fitted
                .transform(&ctx, &subjects([fixture[part].clone()]))
                .unwrap();
            let error = difference(
                &matrix(&scores[0].values),
                &matrix(&fixture[&format!("scores_{part}")]),
            );
            assert!(error < 1e-8, "{name}, {part}: {error:e}");
        }
        let kept: f64 = fitted.facts()[1].value;
        assert!((kept - numbers(&fixture["ratios"]).iter().sum::<f64>()).abs() < 1e-8);
    }
}

/// Keeps what a plugin warns of.
#[derive(Default)]
struct Warnings(Mutex<Vec<String>>);

impl EventSink for Warnings {
    fn event(&self, _path: &str, event: &Event<'_>) {
        if let Event::Warning(text) = event {
            self.0.lock().unwrap().push((*text).to_owned());
        }
    }
}

#[test]
fn pca_warns_where_rows_span_less() {
    let train = noisy(6, 6, &[10], 1.0);
    // Six centred rows span five dimensions.
    for (components, warned) in [(5, false), (9, true)] {
        let warnings = Arc::new(Warnings::default());
        let ctx = Context::new(1).with_events(warnings.clone());
        let params = PcaParams {
            components: Some(components),
            ..PcaParams::default()
        };
        let fitted = Pca::build(params, &ctx).unwrap().fit(&ctx, &train).unwrap();
        assert_eq!(
            fitted.transform(&ctx, &train).unwrap()[0].values.dims(),
            [6, 5]
        );
        let said = warnings.0.lock().unwrap();
        let expected = "S1: 9 components were asked for, but its training rows span only 5";
        let expected = if warned { vec![expected] } else { Vec::new() };
        assert_eq!(*said, expected);
    }
}

#[test]
fn hyperalignment_finds_planted_rotations() {
    let ctx = Context::new(1);
    let default = HyperalignmentParams::default;
    for params in [
        default(),
        HyperalignmentParams {
            level2_niter: 3,
            ..default()
        },
        HyperalignmentParams {
            zscore_common: false,
            scaling: false,
            ..default()
        },
        HyperalignmentParams {
            reflection: false,
            ref_ds: Some(2),
            ..default()
        },
    ] {
        let aligner = Hyperalignment::build(params, &ctx).unwrap();
        check_orthogonal_aligner(&ctx, &aligner).unwrap();
    }
}

#[test]
fn standardised_columns_have_mean_0_and_deviation_1() {
    let ctx = Context::new(1);
    let mut train = noisy(6, 10, &[4], 1.0);
    let constant = Tensor::full(0.1, (10, 1), &Device::Cpu).unwrap();
    train[0].values = Tensor::cat(&[&(&train[0].values * 3.0).unwrap(), &constant], 1).unwrap();
    train[0].roi = [0, 0, 1, 1, 1].map(|region| vec![region]).into();
    let fitted = Standardise::build(StandardiseParams::default(), &ctx)
        .unwrap()
        .fit(&ctx, &train)
        .unwrap();
    let out = &fitted.transform(&ctx, &train).unwrap()[0];
    let got = matrix(&out.values);
    for column in 0..5 {
        let mean = got.col(column).iter().sum::<f64>() / 10.0;
        let square = got.col(column).iter().map(|x| x * x).sum::<f64>() / 10.0;
        assert!(
            mean.abs() < 1e-12 && (square - f64::from(column < 4)).abs() < 1e-12,
            "{column}: {mean}, {square}"
        );
    }
    assert_eq!(out.roi, train[0].roi);
}

/// Responses whose squares are beyond what numbers hold are refused: they would become zeros, or no numbers.
#[test]
fn responses_whose_squares_are_infinite_are_refused() {
    let ctx = Context::new(3);
    let one = |id: &str, factor: f64| {
        let values = rng::normal(&mut ctx.rng(id), 1.0, &[8, 4], ctx.device()).unwrap();
        let values = values.to_dtype(DType::F64).unwrap();
        SubjectResponses::shared(id, values.affine(factor, 0.0).unwrap())
    };
    let train = |factor| [one("S1", factor), one("S2", factor)];
    for aligner in all(&ctx) {
        let error = message(aligner.fit(&ctx, &train(1e200)));
        assert!(
            error.contains("row 0, column 0") && error.contains("scale the responses down"),
            "{error}"
        );
        // Below that, what an aligner fits is finite, or it refuses.
        let large = train(1e60);
        let aligned = aligner
            .fit(&ctx, &large)
            .and_then(|fitted| fitted.transform(&ctx, &large));
        for space in aligned.into_iter().flatten() {
            assert!(numbers(&space.values).iter().all(|value| value.is_finite()));
        }
    }
}
