//! The two-way cluster bootstrap: how far a share would move with other images and other raters.

use std::collections::BTreeMap;

use rand::Rng;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A share of right decisions with what its dependence makes of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resampled {
    /// Standard error of the share.
    pub standard_error: f64,
    /// Degrees of freedom: clusters of the scarcer kind, less one.
    pub degrees: usize,
    /// Interval of the share.
    pub interval: (f64, f64),
}

/// Right decisions of how many, in one cluster.
#[derive(Debug, Clone, Copy, Default)]
struct Cluster {
    n_correct: u32,
    n: u32,
}

/// Bootstraps the share of right decisions over images and over raters.
///
/// ```text
/// V = V_images + V_raters − V_decisions,    V_x: variance of the drawn shares, whole clusters of x drawn with replacement
/// interval = share ± t(degrees; confidence) √V,    degrees = min(n_images, n_raters) − 1
/// ```
/// Decisions of one image, and decisions of one rater, may depend on each other; what both share is counted once. Drawing
/// images and raters at once instead would count the noise of single decisions three times (Owen 2007). V is never taken
/// below that of one way alone. Where raters are not known, or there is but one, images alone are drawn, and the interval
/// speaks of other images, not of other people.
///
/// `None` with fewer than two images, or if no draw differs from another.
///
/// # Shapes
/// `correct`, `images`, `raters`: one entry a decision; the two latter are any labels.
///
/// # Source
/// Cameron, Gelbach & Miller (2011), doi:10.1198/jbes.2010.07136; Owen (2007), doi:10.1214/07-AOAS122.
///
/// # Determinism
/// Streams "study/bootstrap/images", "…/raters" and "…/decisions" of `seed`.
pub fn resample(
    correct: &[bool],
    images: &[u32],
    raters: Option<&[u32]>,
    n_draws: usize,
    confidence: f64,
    seed: u64,
) -> Option<Resampled> {
    let of_images = clusters(correct, images);
    let of_raters = raters
        .map(|raters| clusters(correct, raters))
        .filter(|of_raters| of_raters.len() > 1);
    if of_images.len() < 2 {
        return None;
    }
    let drawn = |clusters: &[Cluster], name: &str| variance(clusters, n_draws, seed, name);
    let one_way = drawn(&of_images, "images");
    let (variance, n_least) = match of_raters {
        None => (one_way, of_images.len()),
        Some(of_raters) => {
            let other = drawn(&of_raters, "raters");
            let single: Vec<Cluster> = correct.iter().map(|&is| Cluster::of(is)).collect();
            let both = one_way + other - drawn(&single, "decisions");
            (
                both.max(one_way).max(other),
                of_images.len().min(of_raters.len()),
            )
        }
    };
    let share = correct.iter().filter(|&&is| is).count() as f64 / correct.len() as f64;
    let standard_error = variance.sqrt();
    let degrees = n_least - 1;
    let t = StudentsT::new(0.0, 1.0, degrees as f64)
        .ok()?
        .inverse_cdf(f64::midpoint(1.0, confidence));
    (standard_error > 0.0).then(|| Resampled {
        standard_error,
        degrees,
        interval: (
            (share - t * standard_error).max(0.0),
            (share + t * standard_error).min(1.0),
        ),
    })
}

impl Cluster {
    fn of(is_correct: bool) -> Self {
        Self {
            n_correct: u32::from(is_correct),
            n: 1,
        }
    }
}

/// Decisions by label, in the order of the labels.
fn clusters(correct: &[bool], labels: &[u32]) -> Vec<Cluster> {
    let mut by_label: BTreeMap<u32, Cluster> = BTreeMap::new();
    for (&is_correct, &label) in correct.iter().zip(labels) {
        let cluster = by_label.entry(label).or_default();
        cluster.n_correct += u32::from(is_correct);
        cluster.n += 1;
    }
    by_label.into_values().collect()
}

/// Variance of the share over draws of whole clusters; with few clusters the draws are too alike, by (G − 1)/G.
fn variance(clusters: &[Cluster], n_draws: usize, seed: u64, name: &str) -> f64 {
    let mut rng = lab_core::rng::stream(seed, &format!("study/bootstrap/{name}"));
    let n_clusters = clusters.len();
    let shares: Vec<f64> = (0..n_draws)
        .map(|_| {
            let mut sum = Cluster::default();
            for _ in 0..n_clusters {
                let drawn = clusters[rng.random_range(0..n_clusters as u32) as usize];
                sum.n_correct += drawn.n_correct;
                sum.n += drawn.n;
            }
            f64::from(sum.n_correct) / f64::from(sum.n)
        })
        .collect();
    let mean = shares.iter().sum::<f64>() / n_draws as f64;
    let squares: f64 = shares.iter().map(|share| (share - mean).powi(2)).sum();
    squares / (n_draws as f64 - 1.0).max(1.0) * n_clusters as f64 / (n_clusters as f64 - 1.0)
}
