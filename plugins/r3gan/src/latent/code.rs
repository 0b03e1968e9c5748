//! The numbers of an image, from which it is drawn again.
//!
//! ```text
//! z = (x − x̄)·Vᵀ/σ        V the first principal components of the corpus, σ their standard deviations
//! x ≈ x̄ + (z·σ)·V
//! ```
//! Components of pixels, not of the autoencoder's latents: those spread an image over hundreds of dimensions that pixels hardly
//! depend on, so that as few of them would keep far less of it. Over the corpus every number of z has mean 0 and variance 1, as
//! the latents that samples are drawn from.

use candle_core::Tensor;
use faer::Mat;
use lab_core::Result;
use lab_core::recording::Stimuli;
use lab_core::rng::Stream;
use lab_core::weights::{self, Weights};
use lab_linalg::{centre_columns, gram, product, symmetric};
use rand::seq::index::sample;

use crate::error::R3ganError;

/// Images that components are computed from, at most: the time grows with the cube.
const MOST_IMAGES: usize = 1500;
/// Images coded at a time.
const CHUNK: usize = 256;

/// A linear code of images.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    /// `[1, n_pixels]`.
    mean: Tensor,
    /// `Vᵀ/σ`: `[n_pixels, n_latents]`.
    read: Tensor,
    /// `σ·V`: `[n_latents, n_pixels]`.
    draw: Tensor,
}

impl Code {
    /// The code of `n_latents` numbers of some images of a corpus.
    pub(crate) fn of(
        corpus: &Stimuli,
        image_idx: &[usize],
        n_latents: usize,
        rng: &mut Stream,
        device: &candle_core::Device,
    ) -> Result<Self> {
        let n = image_idx.len().min(MOST_IMAGES);
        if n <= n_latents {
            return Err(R3ganError::Corpus {
                expected: format!("more training images than the {n_latents} numbers of a latent"),
                got: n.to_string(),
            }
            .into());
        }
        let drawn = some(rng, image_idx, MOST_IMAGES);
        let pixels = corpus.images.read(&drawn)?;
        let n_pixels = corpus.shape().n_pixels();
        let mut x = Mat::from_fn(n, n_pixels, |row, pixel| {
            f64::from(pixels[row * n_pixels + pixel])
        });
        let mean = centre_columns(&mut x);
        let decomposed = symmetric(gram(x.as_ref()).as_ref());
        let (eigenvalues, u) = decomposed.map_err(R3ganError::from)?;
        let floor = eigenvalues.last().copied().unwrap_or(0.0) * 1e-10;
        let kept: Vec<usize> = (0..n).rev().take(n_latents).collect();
        if kept.iter().any(|&at| eigenvalues[at] <= floor) {
            return Err(R3ganError::Corpus {
                expected: format!("images that span {n_latents} dimensions, those of a latent"),
                got: "fewer".into(),
            }
            .into());
        }
        // Vᵀ = Xᵀ·U/√λ and σ = √(λ/n), so that Vᵀ/σ = Xᵀ·U·√n/λ.
        let scaled = Mat::from_fn(n, n_latents, |row, latent| {
            u[(row, kept[latent])] * (n as f64).sqrt() / eigenvalues[kept[latent]]
        });
        let read = product(x.transpose(), scaled.as_ref());
        let read: Vec<f32> = (0..n_pixels)
            .flat_map(|pixel| (0..n_latents).map(move |latent| (pixel, latent)))
            .map(|at| read[at] as f32)
            .collect();
        let mean: Vec<f32> = mean.into_iter().map(|value| value as f32).collect();
        Self::new(
            Tensor::from_vec(mean, (1, n_pixels), device)?,
            Tensor::from_vec(read, (n_pixels, n_latents), device)?,
        )
    }

    /// A code whose columns of `read` are v/σ, where v has length 1: their squared lengths are 1/σ², so that σ·v = read·σ².
    fn new(mean: Tensor, read: Tensor) -> Result<Self> {
        let variances = read.sqr()?.sum_keepdim(0)?.recip()?;
        let draw = read.broadcast_mul(&variances)?.t()?.contiguous()?;
        Ok(Self { mean, read, draw })
    }

    /// What codes `[batch, n_latents]` keep of their images: `[batch, n_pixels]`; differentiable with respect to them.
    pub(crate) fn draw(&self, codes: &Tensor) -> Result<Tensor> {
        Ok(codes.matmul(&self.draw)?.broadcast_add(&self.mean)?)
    }

    /// Codes `[batch, n_latents]` of images `[batch, channels, height, width]`; differentiable with respect to them.
    pub(crate) fn read(&self, images: &Tensor) -> Result<Tensor> {
        let n_images = images.dim(0)?;
        let mut codes = Vec::with_capacity(n_images.div_ceil(CHUNK));
        for start in (0..n_images).step_by(CHUNK) {
            let chunk = images.narrow(0, start, CHUNK.min(n_images - start))?;
            let rows = chunk.flatten_from(1)?.broadcast_sub(&self.mean)?;
            codes.push(rows.matmul(&self.read)?);
        }
        Ok(Tensor::cat(&codes, 0)?)
    }

    /// Adds what [`Code::restore`] reads.
    pub(crate) fn save(&self, saved: &mut Weights) {
        saved.insert("code/mean".into(), self.mean.clone());
        saved.insert("code/read".into(), self.read.clone());
    }

    /// The code among saved weights, for images of `n_pixels` and `n_latents` numbers.
    pub(crate) fn restore(saved: &Weights, n_pixels: usize, n_latents: usize) -> Result<Self> {
        let get = |name: &str, expected: [usize; 2]| -> Result<Tensor> {
            let tensor = weights::get(saved, name)?;
            if tensor.dims() != expected {
                let what = format!("weights '{name}'");
                return Err(lab_core::Error::shape(what, expected, tensor.dims()));
            }
            Ok(tensor.clone())
        };
        Self::new(
            get("code/mean", [1, n_pixels])?,
            get("code/read", [n_pixels, n_latents])?,
        )
    }
}

/// At most so many of the images, at random and in the order in which they were drawn.
pub(super) fn some(rng: &mut Stream, image_idx: &[usize], most: usize) -> Vec<usize> {
    sample(rng, image_idx.len(), most.min(image_idx.len()))
        .iter()
        .map(|at| image_idx[at])
        .collect()
}
