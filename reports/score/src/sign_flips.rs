//! The test of a paired difference: under the null hypothesis each image's difference could as well have the other sign.

use rand::RngCore;

use super::permutation::EQUAL;

/// Bits of a word of signs.
const WORD: usize = 64;

/// Signs given to the differences of images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignFlips {
    n_images: usize,
    /// `[n_flips, n_words]`: a bit an image, set for the other sign.
    words: Vec<u64>,
    n_flips: usize,
    /// Whether these are all signs that there are.
    all: bool,
}

impl SignFlips {
    /// All signs where there are at most `n_flips` of them, `n_flips` random ones otherwise.
    ///
    /// # Determinism
    /// Stream "`evaluate/sign_flips`" of `seed`.
    pub fn draw(n_images: usize, n_flips: usize, seed: u64) -> Self {
        let n_all = u32::try_from(n_images)
            .ok()
            .and_then(|n| 2_usize.checked_pow(n))
            .filter(|&n_all| n_all <= n_flips);
        let n_words = n_images.div_ceil(WORD).max(1);
        let words = if let Some(n_all) = n_all {
            (0..n_all as u64).collect()
        } else {
            let mut rng = lab_core::rng::stream(seed, "evaluate/sign_flips");
            (0..n_flips * n_words).map(|_| rng.next_u64()).collect()
        };
        Self {
            n_images,
            words,
            n_flips: n_all.unwrap_or(n_flips),
            all: n_all.is_some(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.n_flips
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.n_flips == 0
    }

    /// Two-sided p of the mean of paired differences; `None` without flips, or for another number of images.
    ///
    /// ```text
    /// p = (b + 1)/(m + 1) for m random signs, b/m for all 2ⁿ;     b = #{ |Σ sᵢ·dᵢ| ≥ |Σ dᵢ| }
    /// ```
    /// It takes the differences as symmetric about zero under the null hypothesis, which holds where the two conditions
    /// could change places image by image.
    ///
    /// # Source
    /// Fisher (1935), The design of experiments, section 21; Phipson & Smyth (2010), doi:10.2202/1544-6115.1585.
    pub fn p_value(&self, differences: &[f64]) -> Option<f64> {
        if self.is_empty() || differences.len() != self.n_images || differences.is_empty() {
            return None;
        }
        let observed = differences.iter().sum::<f64>().abs();
        let n_words = self.n_images.div_ceil(WORD);
        let flipped = |words: &[u64]| -> f64 {
            let signed = differences.iter().enumerate().map(|(idx, difference)| {
                if (words[idx / WORD] >> (idx % WORD)) & 1 == 1 {
                    -difference
                } else {
                    *difference
                }
            });
            signed.sum::<f64>().abs()
        };
        let sums = self.words.chunks_exact(n_words).map(flipped);
        let n_as_large = sums.filter(|&sum| sum >= observed - EQUAL).count() as f64;
        let n_flips = self.n_flips as f64;
        Some(if self.all {
            n_as_large / n_flips
        } else {
            (n_as_large + 1.0) / (n_flips + 1.0)
        })
    }
}
