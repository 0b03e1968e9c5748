//! Noise ceilings from repeats: how well a perfect model could predict the averages over the repeats of an image.
//!
//! ```text
//! y_t = τ·s_image(t) + b_run(t) + σ·e_t,     y′ = y − mean of its run
//! B = Σ_i n_i·ȳ′_i²     W = Σ_t (y′_t − ȳ′_image(t))²
//! E[B] = b_σ·σ² + b_τ·τ²     E[W] = w_σ·σ² + w_τ·τ²     two equations for σ² and τ²
//! ceiling = √(τ²/(τ² + σ²/m))     m: harmonic mean of the repeats; a negative τ² counts as 0
//! ```
//! Images that are shown within one run each share its drift, which would count as signal: so the mean of each run is taken
//! out first, and the coefficients, traces of the projections onto images and runs, say what that costs. In balanced designs
//! this is the one-way analysis of variance within runs.
//!
//! A voxel is responsive if the same analysis of other rows finds more variance between images than within them (F test).

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use crate::record::{CeilingSource, NoiseCeilingRow, ResponsiveBy, ResponsiveCeiling};

/// A voxel is responsive below this p.
pub const RESPONSIVE_P: f64 = 0.01;
/// Voxels that are summed at a time.
const BLOCK: usize = 512;

/// The responses of one subject.
#[derive(Debug, Clone, Copy)]
pub struct Responses<'a> {
    /// One row a trial: `[n_trials, n_voxels]`.
    pub values: &'a [f32],
    /// Columns of `values`.
    pub n_voxels: usize,
}

/// What was shown on one trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Row of the responses.
    pub row: usize,
    /// Index of the image.
    pub image: usize,
    /// Scanner run.
    pub run: u32,
}

/// Variances of the responses of each voxel.
#[derive(Debug, Clone)]
struct Variances {
    /// τ², between images; below 0 where there seems to be less than none.
    signal: Vec<f64>,
    /// σ², of a single trial.
    noise: Vec<f64>,
    /// p of the F test, one-sided.
    p: Vec<f64>,
}

/// Trials of images in runs, with the coefficients of both sums of squares.
struct Design {
    /// Place of each trial's image and run, from 0.
    image: Vec<usize>,
    run: Vec<usize>,
    /// Trials of each image and run.
    of_image: Vec<f64>,
    of_run: Vec<f64>,
    /// `[b_σ, b_τ]` and `[w_σ, w_τ]`.
    between: [f64; 2],
    within: [f64; 2],
}

/// The rows of one subject: of its known ceilings, if its responses were made up, and of those that repeats tell.
pub fn noise_ceilings(
    subject: &str,
    responses: Responses<'_>,
    [train, test]: [&[Shown]; 2],
    known: Option<&[f64]>,
) -> Vec<NoiseCeilingRow> {
    let chosen = chosen(responses, train, test);
    let row = |source, ceilings: &[f64], responsive| NoiseCeilingRow {
        subject: subject.to_owned(),
        source,
        n_voxels: ceilings.len(),
        quantiles: quantiles(ceilings, &NoiseCeilingRow::LEVELS),
        responsive,
    };
    let mut rows = Vec::new();
    if let Some(known) = known.filter(|known| !known.is_empty()) {
        let responsive = chosen
            .as_ref()
            .and_then(|chosen| chosen.median(|_| known.to_vec()));
        rows.push(row(CeilingSource::Known, known, responsive));
    }
    if let Some(found) = variances(responses, test) {
        let m = repeats(test);
        let all = found.ceilings(m);
        let responsive = chosen.as_ref().and_then(|chosen| {
            chosen.median(|half| match half {
                None => all.clone(),
                Some(half) => half.ceilings(m),
            })
        });
        rows.push(row(CeilingSource::Repeats, &all, responsive));
    }
    rows
}

/// Voxels that some rows choose, for others to estimate.
struct Chosen {
    by: ResponsiveBy,
    /// For each choice: which voxels, and what the rows that did not choose say of them, if they are a half.
    choices: Vec<(Vec<bool>, Option<Variances>)>,
}

impl Chosen {
    /// The median ceiling over all choices.
    fn median(
        &self,
        ceilings: impl Fn(Option<&Variances>) -> Vec<f64>,
    ) -> Option<ResponsiveCeiling> {
        let mut all = Vec::new();
        for (voxels, others) in &self.choices {
            let values = ceilings(others.as_ref());
            all.extend(
                values
                    .iter()
                    .zip(voxels)
                    .filter(|(_, is)| **is)
                    .map(|(value, _)| *value),
            );
        }
        let n_voxels = all.len() as f64 / self.choices.len().max(1) as f64;
        let median = quantiles(&all, &[0.5]).first().copied()?;
        Some(ResponsiveCeiling {
            by: self.by,
            n_voxels,
            median,
        })
    }
}

/// Training rows choose if their images are repeated; or else each half of the test repeats for the other.
fn chosen(responses: Responses<'_>, train: &[Shown], test: &[Shown]) -> Option<Chosen> {
    let responsive = |found: &Variances| {
        found
            .p
            .iter()
            .map(|&p| p < RESPONSIVE_P)
            .collect::<Vec<bool>>()
    };
    if let Some(found) = variances(responses, train) {
        return Some(Chosen {
            by: ResponsiveBy::TrainingRows,
            choices: vec![(responsive(&found), None)],
        });
    }
    let [even, odd] = halves(test);
    let (even, odd) = (variances(responses, &even)?, variances(responses, &odd)?);
    Some(Chosen {
        by: ResponsiveBy::OtherHalf,
        choices: vec![
            (responsive(&even), Some(odd.clone())),
            (responsive(&odd), Some(even)),
        ],
    })
}

/// Every second presentation of each image.
fn halves(test: &[Shown]) -> [Vec<Shown>; 2] {
    let mut halves = [Vec::new(), Vec::new()];
    let mut seen = std::collections::BTreeMap::<usize, usize>::new();
    for shown in test {
        let n = seen.entry(shown.image).or_default();
        halves[*n % 2].push(*shown);
        *n += 1;
    }
    halves
}

/// Harmonic mean of the repeats of the images.
fn repeats(shown: &[Shown]) -> f64 {
    let mut n = std::collections::BTreeMap::<usize, f64>::new();
    for trial in shown {
        *n.entry(trial.image).or_default() += 1.0;
    }
    let inverse: f64 = n.values().map(|n| n.recip()).sum();
    n.len() as f64 / inverse
}

impl Variances {
    fn ceilings(&self, m: f64) -> Vec<f64> {
        let ceiling = |(signal, noise): (&f64, &f64)| {
            let (signal, noise) = (signal.max(0.0), noise.max(0.0));
            if signal > 0.0 {
                (signal / (signal + noise / m)).sqrt()
            } else {
                0.0
            }
        };
        self.signal.iter().zip(&self.noise).map(ceiling).collect()
    }
}

/// Variances between images and within them; `None` if images are not repeated, or each run shows one alone.
fn variances(responses: Responses<'_>, shown: &[Shown]) -> Option<Variances> {
    let design = Design::of(shown)?;
    let n_voxels = responses.n_voxels;
    let mut found = Variances {
        signal: Vec::with_capacity(n_voxels),
        noise: Vec::with_capacity(n_voxels),
        p: Vec::with_capacity(n_voxels),
    };
    for first in (0..n_voxels).step_by(BLOCK) {
        let voxels = first..n_voxels.min(first + BLOCK);
        for [between, within] in design.sums(responses, shown, voxels) {
            let [signal, noise] = design.solve(between, within);
            found.signal.push(signal);
            found.noise.push(noise);
            found.p.push(design.p(between, within));
        }
    }
    Some(found)
}

impl Design {
    fn of(shown: &[Shown]) -> Option<Self> {
        let place = |sorted: &[usize], value: usize| sorted.binary_search(&value).unwrap_or(0);
        let distinct = |mut all: Vec<usize>| {
            all.sort_unstable();
            all.dedup();
            all
        };
        let images = distinct(shown.iter().map(|trial| trial.image).collect());
        let runs = distinct(shown.iter().map(|trial| trial.run as usize).collect());
        let mut design = Self {
            image: shown
                .iter()
                .map(|trial| place(&images, trial.image))
                .collect(),
            run: shown
                .iter()
                .map(|trial| place(&runs, trial.run as usize))
                .collect(),
            of_image: vec![0.0; images.len()],
            of_run: vec![0.0; runs.len()],
            between: [0.0; 2],
            within: [0.0; 2],
        };
        for (&image, &run) in design.image.iter().zip(&design.run) {
            design.of_image[image] += 1.0;
            design.of_run[run] += 1.0;
        }
        design.coefficients(shown.len() as f64);
        let [b_sigma, b_tau] = design.between;
        let [w_sigma, _] = design.within;
        // Less than one degree of freedom tells nothing.
        let tells = b_sigma > 0.5 && w_sigma > 0.5 && b_tau > 1e-9;
        tells.then_some(design)
    }

    /// With `Z` for images, `R` for runs and `M = 1 − P_R`: traces of `P_Z·M`, `(1 − P_Z)·M`, and of the same around `M·Z`.
    fn coefficients(&mut self, n_trials: f64) {
        let mut counts = vec![std::collections::BTreeMap::<usize, f64>::new(); self.of_run.len()];
        for (&image, &run) in self.image.iter().zip(&self.run) {
            *counts[run].entry(image).or_default() += 1.0;
        }
        let mut runs_of = vec![Vec::new(); self.of_image.len()];
        for (run, images) in counts.iter().enumerate() {
            images.keys().for_each(|&image| runs_of[image].push(run));
        }
        let n_runs = self.of_run.len() as f64;
        let (mut both, mut trace, mut b_tau) = (0.0, n_trials, 0.0);
        // One column of K = Zᵀ·M·Z at a time.
        for (image, runs) in runs_of.iter().enumerate() {
            let mut column = std::collections::BTreeMap::from([(image, self.of_image[image])]);
            for &run in runs {
                let own = counts[run][&image];
                both += own * own / (self.of_image[image] * self.of_run[run]);
                trace -= own * own / self.of_run[run];
                for (&other, n) in &counts[run] {
                    *column.entry(other).or_default() -= own * n / self.of_run[run];
                }
            }
            let squares: f64 = column.values().map(|k| k * k).sum();
            b_tau += squares / self.of_image[image];
        }
        let b_sigma = self.of_image.len() as f64 - both;
        self.between = [b_sigma, b_tau];
        self.within = [n_trials - n_runs - b_sigma, trace - b_tau];
    }

    /// Both sums of squares of some voxels, without the means of runs.
    fn sums(
        &self,
        responses: Responses<'_>,
        shown: &[Shown],
        voxels: std::ops::Range<usize>,
    ) -> Vec<[f64; 2]> {
        let n = voxels.len();
        let row = |trial: usize| {
            let start = shown[trial].row * responses.n_voxels;
            &responses.values[start + voxels.start..start + voxels.end]
        };
        let mut of_runs = vec![0.0; self.of_run.len() * n];
        for (trial, &run) in self.run.iter().enumerate() {
            let means = &mut of_runs[run * n..][..n];
            for (mean, &value) in means.iter_mut().zip(row(trial)) {
                *mean += f64::from(value) / self.of_run[run];
            }
        }
        let (mut of_images, mut all) = (vec![0.0; self.of_image.len() * n], vec![0.0; n]);
        for (trial, (&image, &run)) in self.image.iter().zip(&self.run).enumerate() {
            let sums = &mut of_images[image * n..][..n];
            for (voxel, &value) in row(trial).iter().enumerate() {
                let value = f64::from(value) - of_runs[run * n + voxel];
                sums[voxel] += value;
                all[voxel] += value * value;
            }
        }
        let between = |voxel: usize| {
            let images = self.of_image.iter().enumerate();
            images
                .map(|(image, n_trials)| of_images[image * n + voxel].powi(2) / n_trials)
                .sum::<f64>()
        };
        (0..n)
            .map(|voxel| {
                let between = between(voxel);
                [between, (all[voxel] - between).max(0.0)]
            })
            .collect()
    }

    /// `[τ², σ²]`.
    fn solve(&self, between: f64, within: f64) -> [f64; 2] {
        let ([b_sigma, b_tau], [w_sigma, w_tau]) = (self.between, self.within);
        let determinant = b_sigma * w_tau - b_tau * w_sigma;
        [
            (b_sigma * within - w_sigma * between) / determinant,
            (between * w_tau - b_tau * within) / determinant,
        ]
    }

    fn p(&self, between: f64, within: f64) -> f64 {
        let [freedom, rest] = [self.between[0], self.within[0]];
        if between <= 0.0 {
            return 1.0;
        }
        if within <= 0.0 {
            return 0.0;
        }
        let ratio = (between / freedom) / (within / rest);
        FisherSnedecor::new(freedom, rest).map_or(1.0, |law| law.sf(ratio))
    }
}

/// Quantiles by linear interpolation between order statistics; empty without values.
pub fn quantiles(values: &[f64], levels: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |level: &f64| {
        let place = level * (sorted.len() as f64 - 1.0);
        let low = place.floor() as usize;
        let high = (low + 1).min(sorted.len() - 1);
        sorted[low] + (place - low as f64) * (sorted[high] - sorted[low])
    };
    if sorted.is_empty() {
        return Vec::new();
    }
    levels.iter().map(at).collect()
}

#[cfg(test)]
mod tests;
