//! Without signal there is nothing to find: 20 seeds of the quickstart at `snr: 0`.

use crate::lab_test::{LabTest, experiment};

const N_SEEDS: u64 = 20;
/// All 72 test images, as fewer would make the mean of 20 runs too coarse; everything else is small.
const SMALL: [&str; 14] = [
    "dataset.snr=0",
    "dataset.stimuli.n_train=60",
    "dataset.voxels=[120, 110, 100]",
    "generator.train.corpus.n_train=120",
    "generator.train.updates=10",
    "features.train.corpus.n_train=120",
    "features.train.updates=1",
    "decoder.epochs=4",
    "ensemble=(members: 2, per_pass: 2)",
    "observers=[]",
    "overfit=None",
    "evaluate=[Identification, Observer]",
    "scores.n_permutations=500",
    "criteria=[]",
];

#[test]
fn zero_signal_scores_at_chance() {
    let lab = LabTest::new();
    let (mut scores, mut p_values) = (Vec::new(), Vec::new());
    for seed in 1..=N_SEEDS {
        let seed = format!("seed={seed}");
        let mut arguments = vec![
            "run".to_owned(),
            experiment("quickstart"),
            "--format".into(),
            "json".into(),
        ];
        for set in [seed.as_str()].iter().chain(&SMALL) {
            arguments.extend(["--set".to_owned(), (*set).to_owned()]);
        }
        let summary = lab.json(&arguments)["headline"].take();
        scores.push(
            summary["identification.pixel.original_to_reconstructions"]
                .as_f64()
                .unwrap(),
        );
        p_values.push(summary["p.permutation.pixel"].as_f64().unwrap());
    }
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    eprintln!("zero signal: mean 2AFC {mean:.3} over {N_SEEDS} seeds; p-values {p_values:.2?}");
    assert!(
        (mean - 0.5).abs() <= 0.02,
        "mean 2AFC {mean} over {scores:?}"
    );
    assert!(not_below_uniform(&p_values), "{p_values:?}");
}

/// One-sided Kolmogorov–Smirnov at 1 %: the share of p-values below any bound is not too large.
fn not_below_uniform(p_values: &[f64]) -> bool {
    let n = p_values.len() as f64;
    let mut sorted = p_values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let excess = sorted
        .iter()
        .enumerate()
        .map(|(idx, p)| (idx + 1) as f64 / n - p)
        .fold(0.0, f64::max);
    excess <= (-0.01f64.ln() / (2.0 * n)).sqrt()
}

#[test]
fn the_uniformity_check_can_fail() {
    assert!(not_below_uniform(
        &(1..=20).map(|k| f64::from(k) / 20.0).collect::<Vec<_>>()
    ));
    assert!(!not_below_uniform(
        &(1..=20).map(|k| f64::from(k) / 60.0).collect::<Vec<_>>()
    ));
}
