//! How good a set of images is, beside real images that no generator has seen.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::context::Context;
use lab_core::recording::Stimuli;
use lab_score::Rows;
use lab_score::quality::{
    Copying, Coverage, Frechet, Jackknife, KernelDistance, PrecisionRecall, Side, copying,
    frechet_distance, kernel_distance, precision_recall,
};
use serde::Serialize;

use super::super::scoring::rows;
use super::super::shown::some;
use super::judge::Judge;

/// Training images that samples are held against at most: a random choice where there are more.
const N_TRAINING: usize = 10_000;
/// Pairs on the sheet of nearest training images: its rows then hold four whole pairs.
const N_NEAREST: usize = 16;

/// Scores of a set of images.
#[derive(Debug, Clone, Serialize)]
pub struct Quality {
    /// Number of images.
    pub n: usize,
    /// KID.
    pub kid: KernelDistance,
    /// FID.
    pub fid: Frechet,
    /// Improved precision and recall.
    pub precision_recall: PrecisionRecall,
    /// Classes drawn, by the judge.
    pub coverage: Option<Coverage>,
    /// Distances to the training images; `None` for training images themselves.
    pub copying: Option<CopyingFacts>,
}

/// KID less that of another generator, on the same real images.
#[derive(Debug, Clone, Serialize)]
pub struct KidLess {
    /// The other generator.
    pub than: String,
    /// Below 0 where this one is nearer to real images.
    pub difference: KernelDistance,
}

/// Memorising, by pixels and by features.
#[derive(Debug, Clone, Serialize)]
pub struct CopyingFacts {
    /// Training images looked at.
    pub n_training: usize,
    /// All of them.
    pub n_corpus: usize,
    /// Root mean squared difference of pixels in `[−1, 1]`.
    pub pixels: Nearer,
    /// The same of the judge's features, in units of their root mean square over real images.
    pub features: Nearer,
}

/// Whether samples are nearer to training images than new images are.
#[derive(Debug, Clone, Serialize)]
pub struct Nearer {
    /// Median distance of a sample to its nearest training image.
    pub median_of_samples: f64,
    /// Median distance of a held-out image.
    pub median_of_held_out: f64,
    /// P(a sample is nearer than a held-out image); 0.5 if nothing is copied.
    pub nearer: f64,
    /// One-sided p by Mann and Whitney's test.
    pub p: f64,
}

impl From<&Copying> for Nearer {
    fn from(found: &Copying) -> Self {
        let (median_of_samples, median_of_held_out) = found.medians();
        Self {
            median_of_samples,
            median_of_held_out,
            nearer: found.nearer,
            p: found.p,
        }
    }
}

/// What images are held against.
pub(super) struct Yardstick {
    pub(super) judge: Judge,
    /// Real images that no corpus holds: `[n_real, 1, height, width]`.
    pub(super) real: Tensor,
    /// The picture that each was cut from, if they were.
    pub(super) pictures: Option<Vec<usize>>,
    pub(super) confidence: f64,
    /// One over the root mean square of the judge's features of real images: with it the kernel's three powers all count,
    /// whatever the judge's scale.
    scale: f32,
    features: Rows,
}

/// Images to be held against real ones.
#[derive(Clone, Copy)]
pub(super) struct Images<'a> {
    pub(super) pixels: &'a Tensor,
    /// The picture that each was cut from, if they were.
    pub(super) pictures: Option<&'a [usize]>,
}

/// What was found of images, the pairs that look most like copies, and what a comparison of KID needs.
pub(super) type Found = (Quality, Option<Nearest>, Jackknife);

/// Some images of a generator's corpus.
pub(super) struct CorpusImages {
    pub(super) images: Tensor,
    n_corpus: usize,
}

impl CorpusImages {
    /// At most [`N_TRAINING`] of the corpus, from the stream `shown` of the context.
    pub(super) fn of(ctx: &Context, corpus: &Stimuli) -> Result<Self> {
        let chosen: Vec<usize> = some(corpus.n_images(), N_TRAINING, ctx)
            .into_iter()
            .map(|idx| idx as usize)
            .collect();
        Ok(Self {
            images: corpus.tensor(&chosen, ctx.device())?,
            n_corpus: corpus.n_images(),
        })
    }
}

/// The samples that are nearest to a training image, each beside it: `[2·n, 1, height, width]`.
pub(super) struct Nearest(pub(super) Tensor);

impl Yardstick {
    pub(super) fn new(
        judge: Judge,
        (real, pictures): (Tensor, Option<Vec<usize>>),
        confidence: f64,
    ) -> Result<Self> {
        let features = judge.features(&real)?;
        let n = features.values.len().max(1) as f64;
        let squares = features
            .values
            .iter()
            .map(|&value| f64::from(value).powi(2));
        let mean_square = squares.sum::<f64>() / n;
        let scale = if mean_square > 0.0 {
            (1.0 / mean_square.sqrt()) as f32
        } else {
            1.0
        };
        Ok(Self {
            features: scaled(features, scale),
            scale,
            judge,
            real,
            pictures,
            confidence,
        })
    }

    /// The judge's features of images, in units of those of real ones.
    fn features_of(&self, images: &Tensor) -> Result<Rows> {
        Ok(scaled(self.judge.features(images)?, self.scale))
    }

    /// Scores of a set of images.
    pub(super) fn quality(
        &self,
        of: Images<'_>,
        training: Option<&CorpusImages>,
    ) -> crate::Result<Found> {
        let images = of.pixels;
        let features = self.features_of(images)?;
        let (copying, nearest) = match training {
            Some(training) => {
                let (facts, nearest) = self.copying(images, &features, training)?;
                (Some(facts), Some(nearest))
            }
            None => (None, None),
        };
        let own = Side {
            rows: &features,
            pictures: of.pictures,
        };
        let real = Side {
            rows: &self.features,
            pictures: self.pictures.as_deref(),
        };
        let kid = kernel_distance(own, real)?;
        let quality = Quality {
            n: images.dim(0)?,
            kid: kid.distance(self.confidence),
            fid: frechet_distance(&features, &self.features)?,
            precision_recall: precision_recall(&features, &self.features, self.confidence)?,
            coverage: self.judge.coverage(images, self.confidence)?,
            copying,
        };
        Ok((quality, nearest, kid))
    }

    fn copying(
        &self,
        images: &Tensor,
        features: &Rows,
        training: &CorpusImages,
    ) -> crate::Result<(CopyingFacts, Nearest)> {
        let of_training = self.features_of(&training.images)?;
        let by_pixels = copying(&rows(images)?, &rows(&self.real)?, &rows(&training.images)?)?;
        let by_features = copying(features, &self.features, &of_training)?;
        let mut order: Vec<usize> = (0..by_pixels.of_samples.len()).collect();
        order.sort_by(|&a, &b| by_pixels.of_samples[a].total_cmp(&by_pixels.of_samples[b]));
        let mut pairs = Vec::new();
        for &sample in order.iter().take(N_NEAREST) {
            pairs.push(images.narrow(0, sample, 1)?);
            pairs.push(training.images.narrow(0, by_pixels.nearest[sample], 1)?);
        }
        let facts = CopyingFacts {
            n_training: training.images.dim(0)?,
            n_corpus: training.n_corpus,
            pixels: Nearer::from(&by_pixels),
            features: Nearer::from(&by_features),
        };
        Ok((facts, Nearest(Tensor::cat(&pairs, 0)?)))
    }
}

fn scaled(mut rows: Rows, scale: f32) -> Rows {
    rows.values.iter_mut().for_each(|value| *value *= scale);
    rows
}
