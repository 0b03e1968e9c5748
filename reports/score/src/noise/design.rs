//! Trials of images in runs: sums of squares between and within images, and what is expected of them.

use faer::Mat;
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::allocation::shares;
use super::limits::{Law, Limits};
use super::{Responses, Shown};
use crate::matrices::symmetric;

/// Eigenvalues below this share of the largest are none.
const NONE: f64 = 1e-9;
/// Designs of more images get no interval, unless all images have as many repeats and runs share them evenly.
const MAX_IMAGES: usize = 2000;

/// Trials of images in runs, with the coefficients of both sums of squares.
pub(super) struct Design {
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

/// Sums of squares of one voxel.
pub(super) struct Sums {
    pub(super) between: f64,
    pub(super) within: f64,
    /// The sum between images that holds all of their signal; none unless a [`Spectrum`] asks for it.
    adjusted: Option<f64>,
}

/// What an interval needs to know of a design: the images' part that runs leave, on its own axes.
pub(super) struct Spectrum {
    pub(super) limits: Limits,
    /// Images less one, by which sums of squares over images become variances.
    pub(super) n_differences: f64,
    /// `[n_axes, n_images]`: each axis over the root of its eigenvalue; `None` where the sum between images needs no adjustment.
    pub(super) axes: Option<Mat<f64>>,
}

impl Design {
    pub(super) fn of(shown: &[Shown]) -> Option<Self> {
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

    /// Sums of squares of some voxels, without the means of runs.
    pub(super) fn sums(
        &self,
        responses: Responses<'_>,
        shown: &[Shown],
        voxels: std::ops::Range<usize>,
        spectrum: Option<&Spectrum>,
    ) -> Vec<Sums> {
        let n = voxels.len();
        let (of_images, all) = self.image_sums(responses, shown, voxels);
        let axes = spectrum.and_then(|spectrum| spectrum.axes.as_ref());
        let voxel = |voxel: usize| {
            let of_image = |image: usize| of_images[image * n + voxel];
            let images = self.of_image.iter().enumerate();
            let between: f64 = images
                .map(|(image, n_trials)| of_image(image).powi(2) / n_trials)
                .sum();
            let along = |axes: &Mat<f64>, axis: usize| -> f64 {
                (0..axes.ncols())
                    .map(|image| axes[(axis, image)] * of_image(image))
                    .sum()
            };
            let adjusted = |axes: &Mat<f64>| {
                (0..axes.nrows())
                    .map(|axis| along(axes, axis).powi(2))
                    .sum()
            };
            Sums {
                between,
                within: (all[voxel] - between).max(0.0),
                adjusted: axes.map(adjusted),
            }
        };
        (0..n).map(voxel).collect()
    }

    /// Without the means of runs: the sum of each image's trials, `[n_images, n_voxels]`, and the sum of all squares.
    fn image_sums(
        &self,
        responses: Responses<'_>,
        shown: &[Shown],
        voxels: std::ops::Range<usize>,
    ) -> (Vec<f64>, Vec<f64>) {
        let n = voxels.len();
        let row = |trial: usize| responses.of(shown[trial].row, &voxels);
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
        (of_images, all)
    }

    /// `[τ², σ²]`.
    pub(super) fn solve(&self, between: f64, within: f64) -> [f64; 2] {
        let ([b_sigma, b_tau], [w_sigma, w_tau]) = (self.between, self.within);
        let determinant = b_sigma * w_tau - b_tau * w_sigma;
        [
            (b_sigma * within - w_sigma * between) / determinant,
            (between * w_tau - b_tau * within) / determinant,
        ]
    }

    pub(super) fn p(&self, between: f64, within: f64) -> f64 {
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

    /// What an interval needs; `None` for too many images, or where nothing is left to tell the noise from.
    ///
    /// The sum between images is that of the images behind the runs, `tᵀ·K⁺·t` with `t = Zᵀ·M·y` and `K = Zᵀ·M·Z`, which holds
    /// all of the signal, so that the rest holds none and the ratio of both is noncentral F. In balanced designs it is B.
    pub(super) fn spectrum(&self) -> Option<Spectrum> {
        let n_images = self.of_image.len();
        let repeats = self.of_image[0];
        let is_even = self.of_image.iter().all(|n| (n - repeats).abs() < NONE);
        let [b_sigma, b_tau] = self.between;
        let is_balanced = is_even && self.within[1].abs() < NONE * b_tau;
        let (eigenvalues, axes) = if is_balanced {
            let n_axes = b_sigma.round() as usize;
            let all = (1..n_images).map(|place| if place <= n_axes { repeats } else { 0.0 });
            (all.collect(), None)
        } else if n_images <= MAX_IMAGES {
            let (values, axes) = self.axes()?;
            (values, Some(axes))
        } else {
            return None;
        };
        let most = eigenvalues.iter().copied().fold(0.0, f64::max);
        let n_axes = eigenvalues
            .iter()
            .filter(|&&value| value > NONE * most)
            .count() as f64;
        let rest = self.image.len() as f64 - self.of_run.len() as f64 - n_axes;
        if n_axes < 1.0 || rest < 1.0 {
            return None;
        }
        let law = Law {
            freedom: [n_axes, rest],
            shares: shares(&eigenvalues)?,
        };
        Some(Spectrum {
            limits: Limits::of(law),
            n_differences: n_images as f64 - 1.0,
            axes,
        })
    }

    /// Eigenvalues of K that belong to differences between images, and the axes over the roots of those that are not 0.
    fn axes(&self) -> Option<(Vec<f64>, Mat<f64>)> {
        let n_images = self.of_image.len();
        let mut counts = vec![0.0; n_images * self.of_run.len()];
        for (&image, &run) in self.image.iter().zip(&self.run) {
            counts[run * n_images + image] += 1.0;
        }
        let mut k = Mat::from_fn(n_images, n_images, |row, column| {
            if row == column {
                self.of_image[row]
            } else {
                0.0
            }
        });
        for (counts, n) in counts.chunks_exact(n_images).zip(&self.of_run) {
            for (column, &other) in counts.iter().enumerate().filter(|(_, n)| **n > 0.0) {
                for (row, &own) in counts.iter().enumerate() {
                    k[(row, column)] -= own * other / n;
                }
            }
        }
        let (mut values, vectors) = symmetric("images behind their runs", &k).ok()?;
        let most = values.last().copied()?;
        let kept: Vec<usize> = (0..n_images)
            .filter(|&at| values[at] > NONE * most)
            .collect();
        let axes = Mat::from_fn(kept.len(), n_images, |axis, image| {
            vectors[(image, kept[axis])] / values[kept[axis]].sqrt()
        });
        // The least eigenvalue is the 0 of the constant, which no run leaves.
        values.remove(0);
        Some((values, axes))
    }
}

impl Spectrum {
    /// Limits of the signal-to-noise ratio of a voxel: variance between the images at hand over that of one trial.
    pub(super) fn limits(&self, sums: &Sums) -> [f64; 2] {
        let between = sums.adjusted.unwrap_or(sums.between);
        let within = (sums.between + sums.within - between).max(0.0);
        let [freedom, rest] = self.limits.freedom();
        let ratio = if between <= 0.0 {
            0.0
        } else {
            (between / freedom) / (within / rest)
        };
        self.limits
            .at(ratio)
            .map(|lambda| lambda / self.n_differences)
    }

    /// The same where noise has variance 1, as whoever made it up knows.
    #[cfg(test)]
    pub(super) fn limits_of_known_noise(&self, sums: &Sums) -> [f64; 2] {
        let between = sums.adjusted.unwrap_or(sums.between);
        let ratio = between / self.limits.freedom()[0];
        self.limits
            .at(ratio)
            .map(|lambda| lambda / self.n_differences)
    }
}
