//! The interval of a mean over images and seeds at once.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::seeds::over_seeds;

/// How uncertain the mean of differences is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The interval: (low, high).
    pub interval: (f64, f64),
    /// Standard error of the mean.
    pub standard_error: f64,
    /// Degrees of freedom of Student's quantile.
    pub degrees: f64,
    /// What varies in it.
    pub over: SpreadOver,
}

/// What an interval speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SpreadOver {
    /// Other images and other seeds.
    ImagesAndSeeds,
    /// Other images, with the one seed.
    Images,
    /// Other seeds, each with images of its own.
    Seeds,
}

impl Spread {
    /// The smallest true difference that a test at `1 − confidence` would find with this power.
    ///
    /// ```text
    /// (t_q + t_power)·SE,     q = (1 + confidence)/2
    /// ```
    pub fn detectable(&self, confidence: f64, power: f64) -> Option<f64> {
        let student = StudentsT::new(0.0, 1.0, self.degrees).ok()?;
        let quantile = student.inverse_cdf(f64::midpoint(1.0, confidence));
        Some((quantile + student.inverse_cdf(power)) * self.standard_error)
    }
}

/// The interval of the mean of differences that every seed has for the same images, both taken as drawn at random.
///
/// ```text
/// d[s, i] = μ + seed[s] + image[i] + rest[s, i]
/// SE² = (M_images + M_seeds)/(S·I)
/// M_images = S·Σᵢ(d[·, i] − d[·, ·])²/(I − 1),     M_seeds = I·Σₛ(d[s, ·] − d[·, ·])²/(S − 1)
/// mean ± t_q(ν)·SE,     ν = (M_images + M_seeds)²/(M_images²/(I − 1) + M_seeds²/(S − 1))
/// ```
/// The sum of both mean squares holds the variance of the rest twice, so that the interval errs to the wide side where seeds hardly
/// matter. With two or three seeds, nothing can know well how much these differ: Student's quantile grows with it.
/// With one seed the interval is over images alone. None for fewer than two images, unless lengths agree, or where all
/// differences do.
///
/// # Source
/// Two-way layout with random effects, Scheffé (1959), The analysis of variance, section 7.4; degrees of freedom by
/// Satterthwaite (1946), doi:10.2307/3002019.
///
/// # Shapes
/// `differences: [n_seeds, n_images]`.
pub fn crossed(differences: &[Vec<f64>], confidence: f64) -> Option<Spread> {
    let (n_seeds, n_images) = (differences.len(), differences.first()?.len());
    if n_images < 2 || differences.iter().any(|of| of.len() != n_images) {
        return None;
    }
    let (seeds, images) = (n_seeds as f64, n_images as f64);
    let of_image = |idx: usize| differences.iter().map(|of| of[idx]).sum::<f64>() / seeds;
    let means_of_images: Vec<f64> = (0..n_images).map(of_image).collect();
    let means_of_seeds: Vec<f64> = differences
        .iter()
        .map(|of| of.iter().sum::<f64>() / images)
        .collect();
    let mean = means_of_images.iter().sum::<f64>() / images;
    let squares = |means: &[f64]| means.iter().map(|of| (of - mean).powi(2)).sum::<f64>();
    let by_images = seeds * squares(&means_of_images) / (images - 1.0);
    if n_seeds == 1 {
        let variance = by_images / images;
        return spread(
            mean,
            (variance, images - 1.0),
            confidence,
            SpreadOver::Images,
        );
    }
    let by_seeds = images * squares(&means_of_seeds) / (seeds - 1.0);
    let both = by_images + by_seeds;
    let degrees =
        both.powi(2) / (by_images.powi(2) / (images - 1.0) + by_seeds.powi(2) / (seeds - 1.0));
    let variance = both / (seeds * images);
    spread(
        mean,
        (variance, degrees),
        confidence,
        SpreadOver::ImagesAndSeeds,
    )
}

/// The interval of the mean of one difference a seed, where each seed has images of its own: Student's.
pub fn of_seeds(by_seed: &[f64], confidence: f64) -> Option<Spread> {
    let n_seeds = by_seed.len() as f64;
    let mean = over_seeds(by_seed, confidence)?.mean;
    let squares: f64 = by_seed.iter().map(|of| (of - mean).powi(2)).sum();
    let variance = squares / (n_seeds - 1.0) / n_seeds;
    spread(
        mean,
        (variance, n_seeds - 1.0),
        confidence,
        SpreadOver::Seeds,
    )
}

fn spread(
    mean: f64,
    (variance, degrees): (f64, f64),
    confidence: f64,
    over: SpreadOver,
) -> Option<Spread> {
    let student = StudentsT::new(0.0, 1.0, degrees).ok()?;
    let standard_error = variance.sqrt();
    let half = student.inverse_cdf(f64::midpoint(1.0, confidence)) * standard_error;
    (half > 0.0).then_some(Spread {
        interval: (mean - half, mean + half),
        standard_error,
        degrees,
        over,
    })
}
