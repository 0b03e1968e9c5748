//! Bootstrap intervals over images.

use rand::Rng;

/// Random samples of images, with replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bootstrap {
    n_images: usize,
    /// `[n_draws, n_images]`, indices of images.
    draws: Vec<u32>,
}

impl Bootstrap {
    /// `n_draws` samples of `n_images` out of `n_images`.
    ///
    /// # Determinism
    /// Stream "evaluate/bootstrap" of `seed`, from its start for each number of images.
    pub fn draw(n_images: usize, n_draws: usize, seed: u64) -> Self {
        let mut rng = lab_core::rng::stream(seed, "evaluate/bootstrap");
        let n = if n_images == 0 { 0 } else { n_draws * n_images };
        Self {
            n_images,
            draws: (0..n)
                .map(|_| rng.random_range(0..n_images as u32))
                .collect(),
        }
    }

    /// The samples, each as indices of images.
    pub(crate) fn samples(&self) -> impl Iterator<Item = &[u32]> {
        self.draws.chunks_exact(self.n_images.max(1))
    }

    /// Percentile interval of the mean over images; `None` without draws.
    ///
    /// ```text
    /// [q(α/2), q(1 − α/2)],   α = 1 − confidence,   q: quantiles of the drawn means, interpolated linearly
    /// ```
    /// An image keeps all of its decisions: the image is the cluster, so that votes about one image may depend on each
    /// other. Foils stay as they are, and the interval speaks of other images, not of other people.
    ///
    /// # Source
    /// Efron & Tibshirani (1993), section 13.3; for clusters Field & Welsh (2007), doi:10.1111/j.1467-9868.2007.00593.x.
    ///
    /// # Shapes
    /// `per_image: [n_images]`.
    pub fn interval(&self, per_image: &[f64], confidence: f64) -> Option<(f64, f64)> {
        if self.draws.is_empty() || per_image.len() != self.n_images {
            return None;
        }
        let mean = |draw: &[u32]| {
            draw.iter().map(|&idx| per_image[idx as usize]).sum::<f64>() / draw.len() as f64
        };
        middle(self.samples().map(mean).collect(), confidence)
    }
}

/// The middle part of what was drawn, from its quantile α/2 to that of 1 − α/2; `None` if nothing was.
pub(crate) fn middle(mut drawn: Vec<f64>, confidence: f64) -> Option<(f64, f64)> {
    drawn.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    (!drawn.is_empty()).then(|| (quantile(&drawn, tail), quantile(&drawn, 1.0 - tail)))
}

/// The quantile of sorted values by linear interpolation between order statistics (numpy's default).
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let low = place.floor() as usize;
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + (sorted[high] - sorted[low]) * (place - low as f64)
}
