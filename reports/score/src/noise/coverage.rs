//! How often the interval of a noise ceiling covers the truth, how wide it is, and how scores stand against it.

#![expect(clippy::print_stderr, reason = "the table is what the test is for")]

use faer::Mat;
use faer::linalg::solvers::Solve;
use lab_core::rng::{Stream, stream};
use rand::Rng;
use rand_distr::StandardNormal;

use super::design::{Design, Spectrum, Sums};
use super::{Responses, Shown, quantiles, repeats};

/// Signal-to-noise ratios of one trial.
const RATIOS: [f64; 6] = [0.0, 0.01, 0.03, 0.1, 0.3, 1.0];
/// Voxels of a simulated subject.
const SUBJECT: usize = 50;

/// Test trials as in a study.
struct Study {
    name: &'static str,
    shown: Vec<Shown>,
    n_images: usize,
    /// Largest median width over that of intervals that know the noise. Two repeats tell the noise of a voxel from no more degrees
    /// of freedom than its signal, so that no interval from these trials alone comes near one that knows it.
    widest: f64,
}

fn shown(trials: impl Iterator<Item = (usize, u32)>) -> Vec<Shown> {
    let numbered = trials.enumerate();
    numbered
        .map(|(row, (image, run))| Shown { row, image, run })
        .collect()
}

/// vim-1, GOD and BRAINS, and a design whose runs share images unevenly.
fn studies() -> [Study; 4] {
    let mut rng = stream(5, "uneven");
    let uneven: Vec<(usize, u32)> = (0..60_usize)
        .flat_map(|image| std::iter::repeat_n(image, 2 + image % 4))
        .map(|image| (image, rng.random_range(0..12)))
        .collect();
    let crossed = |n: usize, m: usize| (0..n * m).map(move |row| (row % n, (row / n) as u32));
    [
        Study {
            name: "120 × 13, 12 a run",
            shown: shown((0..1560).map(|row| (row / 13, (row / 156) as u32))),
            n_images: 120,
            widest: 1.5,
        },
        Study {
            name: "50 × 35, all a run",
            shown: shown(crossed(50, 35)),
            n_images: 50,
            widest: 1.5,
        },
        Study {
            name: "70 × 2, all a run",
            shown: shown(crossed(70, 2)),
            n_images: 70,
            widest: 1.9,
        },
        Study {
            name: "60 × 2 to 5, uneven",
            shown: shown(uneven.into_iter()),
            n_images: 60,
            widest: 1.5,
        },
    ]
}

fn normal(rng: &mut Stream) -> f64 {
    rng.sample(StandardNormal)
}

/// What one ratio of one study shows.
struct Cell {
    /// Share of intervals that cover the truth.
    coverage: f64,
    /// Median width, and over that of intervals that know the noise.
    width: f64,
    relative: f64,
    /// Share of voxels whose true responses are correlated with the measured averages by no more than the upper limit.
    voxels_within: f64,
    /// The same of the medians over the voxels of subjects.
    subjects_within: f64,
    /// Mean over voxels of these correlations.
    reached: f64,
}

impl Study {
    /// Ceilings of variances between images over that of a trial.
    fn ceiling(&self, ratio: f64) -> f64 {
        (ratio / (ratio + repeats(&self.shown).recip())).sqrt()
    }

    /// Trials of these noiseless responses, `[n_images, n_voxels]`, with noise of variance 1.
    fn measure(&self, signals: &[f64], n_voxels: usize, rng: &mut Stream) -> Vec<f32> {
        let trial = |trial: &Shown| &signals[trial.image * n_voxels..][..n_voxels];
        let trials = self.shown.iter().flat_map(trial);
        trials.map(|signal| (signal + normal(rng)) as f32).collect()
    }

    /// Averages over the trials of each image: `[n_images, n_voxels]`.
    fn averages(&self, values: &[f32], n_voxels: usize) -> Vec<f64> {
        let mut averages = vec![0.0; self.n_images * n_voxels];
        let mut n_trials = vec![0.0; self.n_images];
        for trial in &self.shown {
            n_trials[trial.image] += 1.0;
            let sums = &mut averages[trial.image * n_voxels..][..n_voxels];
            for (sum, &value) in sums.iter_mut().zip(&values[trial.row * n_voxels..]) {
                *sum += f64::from(value);
            }
        }
        for (sums, n) in averages.chunks_exact_mut(n_voxels).zip(n_trials) {
            sums.iter_mut().for_each(|sum| *sum /= n);
        }
        averages
    }

    fn sums(&self, design: &Design, spectrum: &Spectrum, values: &[f32], n: usize) -> Vec<Sums> {
        let responses = Responses {
            values,
            n_voxels: n,
        };
        let blocks = responses.blocks();
        blocks
            .flat_map(|voxels| design.sums(responses, &self.shown, voxels, Some(spectrum)))
            .collect()
    }

    /// Intervals of `n` voxels whose noiseless responses `draw` draws.
    fn cell(
        &self,
        (design, spectrum, knowing): (&Design, &Spectrum, &Spectrum),
        n: usize,
        rng: &mut Stream,
        mut draw: impl FnMut(&mut Stream) -> f64,
    ) -> Cell {
        let signals: Vec<f64> = (0..self.n_images * n).map(|_| draw(rng)).collect();
        let values = self.measure(&signals, n, rng);
        let averages = self.averages(&values, n);
        let (mut covered, mut within) = (0, 0);
        let (mut widths, mut known, mut reached, mut upper) = (vec![], vec![], vec![], vec![]);
        for (voxel, sums) in self.sums(design, spectrum, &values, n).iter().enumerate() {
            let signal = column(&signals, voxel, n);
            let truth = self.ceiling(variance(&signal));
            let [low, high] = spectrum.limits(sums).map(|ratio| self.ceiling(ratio));
            covered += usize::from(low <= truth && truth <= high);
            widths.push(high - low);
            let [low, end] = knowing
                .limits_of_known_noise(sums)
                .map(|ratio| self.ceiling(ratio));
            known.push(end - low);
            let found = correlation(&signal, &column(&averages, voxel, n));
            // A model without any signal to predict reaches nothing.
            let found = if found.is_finite() { found } else { 0.0 };
            within += usize::from(found <= high);
            reached.push(found);
            upper.push(high);
        }
        let middle = |values: &[f64]| quantiles(values, &[0.5])[0];
        let subjects = reached
            .chunks_exact(SUBJECT)
            .zip(upper.chunks_exact(SUBJECT));
        let n_subjects = (n / SUBJECT) as f64;
        let fitting = subjects.filter(|(reached, upper)| middle(reached) <= middle(upper));
        Cell {
            coverage: covered as f64 / n as f64,
            width: middle(&widths),
            relative: middle(&widths) / middle(&known),
            voxels_within: f64::from(within as u32) / n as f64,
            subjects_within: fitting.count() as f64 / n_subjects,
            reached: reached.iter().sum::<f64>() / n as f64,
        }
    }
}

impl Spectrum {
    /// The same for whoever knows the noise.
    fn knowing(&self) -> Self {
        Self {
            limits: self.limits.with_known_noise(),
            n_differences: self.n_differences,
            axes: self.axes.clone(),
        }
    }
}

fn column(rows: &[f64], voxel: usize, n: usize) -> Vec<f64> {
    rows.iter().skip(voxel).step_by(n).copied().collect()
}

fn variance(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares = values.iter().map(|value| (value - mean).powi(2));
    squares.sum::<f64>() / (values.len() as f64 - 1.0)
}

fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (first, second) = (mean(one), mean(other));
    let pairs = one.iter().zip(other);
    let product: f64 = pairs.map(|(a, b)| (a - first) * (b - second)).sum();
    product / ((one.len() as f64 - 1.0) * (variance(one) * variance(other)).sqrt())
}

/// With `LAB_SLOW` 10 000 simulations a cell, 1 000 otherwise.
fn n_simulations() -> usize {
    if std::env::var_os("LAB_SLOW").is_some() {
        10_000
    } else {
        1000
    }
}

#[test]
fn intervals_cover_the_truth_and_scores_stay_below_them() {
    let n = n_simulations();
    eprintln!("{n} simulations a row, normal noiseless responses");
    eprintln!(
        "study | SNR of a trial | coverage | median width | over that with known noise | perfect model: mean correlation, voxels and subjects within the upper limit"
    );
    let mut broken = Vec::new();
    for study in studies() {
        let design = Design::of(&study.shown).unwrap();
        let spectrum = design.spectrum().unwrap();
        let knowing = spectrum.knowing();
        let mut before = -1.0;
        for ratio in RATIOS {
            let mut rng = stream(7, &format!("coverage/{}/{ratio}", study.name));
            let parts = (&design, &spectrum, &knowing);
            let cell = study.cell(parts, n, &mut rng, |rng| ratio.sqrt() * normal(rng));
            eprintln!(
                "{} | {ratio} | {:.3} | {:.3} | {:.2} | {:.3}, {:.3}, {:.3}",
                study.name,
                cell.coverage,
                cell.width,
                cell.relative,
                cell.reached,
                cell.voxels_within,
                cell.subjects_within
            );
            let keeps = (0.93..=0.97).contains(&cell.coverage)
                && cell.relative <= study.widest
                && cell.subjects_within >= 0.93
                && cell.reached > before;
            if !keeps {
                broken.push(format!("{} at {ratio}", study.name));
            }
            before = cell.reached;
        }
    }
    assert!(broken.is_empty(), "{broken:?}");
}

/// Where a few images drive a voxel, what runs take of them has no beta distribution; the interval holds all the same.
#[test]
fn skewed_responses_are_covered_as_often() {
    let study = &studies()[0];
    let design = Design::of(&study.shown).unwrap();
    let spectrum = design.spectrum().unwrap();
    let knowing = spectrum.knowing();
    for ratio in [0.03, 0.3] {
        let mut rng = stream(8, &format!("skewed/{ratio}"));
        // The exponential distribution has skewness 2.
        let draw = |rng: &mut Stream| -f64::sqrt(ratio) * (1.0 - rng.random::<f64>()).ln();
        let cell = study.cell(
            (&design, &spectrum, &knowing),
            n_simulations(),
            &mut rng,
            draw,
        );
        eprintln!("{}, skewed, {ratio}: {:.3}", study.name, cell.coverage);
        assert!(
            (0.93..=0.97).contains(&cell.coverage),
            "{ratio}: {}",
            cell.coverage
        );
    }
}

/// A linear world: a least-squares model of 20 features, fitted to single trials, against the ceiling.
#[test]
fn scores_of_a_fitted_model_rise_toward_the_ceiling() {
    const N_FEATURES: usize = 20;
    const N_TRAIN: usize = 200;
    const N_VOXELS: usize = 300;
    let study = &studies()[0];
    let design = Design::of(&study.shown).unwrap();
    let spectrum = design.spectrum().unwrap();
    let mut rng = stream(9, "linear world");
    let mut gauss = |rows, columns| Mat::from_fn(rows, columns, |_, _| normal(&mut rng));
    let (train, test) = (
        gauss(N_TRAIN, N_FEATURES),
        gauss(study.n_images, N_FEATURES),
    );
    let weights = gauss(N_FEATURES, N_VOXELS);
    let noise = gauss(N_TRAIN, N_VOXELS);
    let mut before = 0.0;
    for ratio in RATIOS.into_iter().skip(1) {
        let scale = (ratio / N_FEATURES as f64).sqrt();
        let responses = &train * &weights * faer::Scale(scale) + &noise;
        let fitted = (train.transpose() * &train)
            .partial_piv_lu()
            .solve(train.transpose() * responses);
        let (predicted, truth) = (&test * fitted, &test * &weights * faer::Scale(scale));
        let rows = |of: &Mat<f64>| -> Vec<f64> {
            let cells = (0..study.n_images)
                .flat_map(|image| (0..N_VOXELS).map(move |voxel| (image, voxel)));
            cells.map(|at| of[at]).collect()
        };
        let mut rng = stream(9, &format!("linear world/{ratio}"));
        let values = study.measure(&rows(&truth), N_VOXELS, &mut rng);
        let (averages, predicted) = (study.averages(&values, N_VOXELS), rows(&predicted));
        let sums = study.sums(&design, &spectrum, &values, N_VOXELS);
        let scores: Vec<f64> = (0..N_VOXELS)
            .map(|voxel| {
                correlation(
                    &column(&predicted, voxel, N_VOXELS),
                    &column(&averages, voxel, N_VOXELS),
                )
            })
            .collect();
        let upper: Vec<f64> = sums
            .iter()
            .map(|sums| study.ceiling(spectrum.limits(sums)[1]))
            .collect();
        let middle = |values: &[f64]| quantiles(values, &[0.5])[0];
        let (score, upper) = (middle(&scores), middle(&upper));
        let known = study.ceiling(ratio);
        eprintln!(
            "SNR {ratio}: score {score:.3}, {:.2} of the ceiling {known:.3}, upper limit {upper:.3}",
            score / known
        );
        assert!(
            score / known > before && score < upper,
            "{ratio}: {score} {known} {upper}"
        );
        before = score / known;
    }
    assert!(before > 0.9, "{before}");
}
