//! The test of a paired difference: under the null hypothesis each image's difference could as well have the other sign.

use rand::RngCore;

use super::ties::{PValue, Tally};

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
    /// What places among ties are drawn from.
    seed: u64,
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
            seed,
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

    /// Two-sided p of the mean of paired differences; `None` without flips, or for another number of images. `what` names the lot
    /// among ties.
    ///
    /// ```text
    /// p of |Σ sᵢ·dᵢ| against |Σ dᵢ|:     (b + c + L + 1)/(m + 1) for m random signs
    /// ```
    /// Signs that change no difference, or turn all of them, are copies. Where all 2ⁿ are tried, one of each pair of opposite
    /// signs is, and the observed one stands among them: with ties counted whole that is the share of signs with a sum as
    /// large. The test takes the differences as symmetric about zero under the null hypothesis, which holds where the two
    /// conditions could change places image by image.
    ///
    /// # Source
    /// Fisher (1935), The design of experiments, section 21; [`super::ties`] for b, c and L.
    pub fn p_value(&self, differences: &[f64], what: &str) -> Option<PValue> {
        if self.is_empty() || differences.len() != self.n_images || differences.is_empty() {
            return None;
        }
        let observed = differences.iter().sum::<f64>().abs();
        let n_words = self.n_images.div_ceil(WORD);
        let mut counted = vec![0_u64; n_words];
        for (idx, _) in differences
            .iter()
            .enumerate()
            .filter(|(_, d)| d.abs() > 0.0)
        {
            counted[idx / WORD] |= 1 << (idx % WORD);
        }
        let flipped = |words: &[u64]| {
            let signed = differences.iter().enumerate().map(|(idx, difference)| {
                if (words[idx / WORD] >> (idx % WORD)) & 1 == 1 {
                    -difference
                } else {
                    *difference
                }
            });
            let pairs = || words.iter().zip(&counted);
            let is_copy = pairs().all(|(word, counted)| word & counted == 0)
                || pairs().all(|(word, counted)| word & counted == *counted);
            (signed.sum::<f64>().abs(), is_copy)
        };
        let tried = if self.all {
            // The last image keeps its sign, and the first of all signs is the observed one.
            1..self.n_flips / 2
        } else {
            0..self.n_flips
        };
        let words = tried.map(|flip| &self.words[flip * n_words..][..n_words]);
        let tally = Tally::of(observed, words.map(flipped));
        Some(tally.p_value(self.seed, what))
    }
}
